"""Bulk approval, and the saved replies of reviewers."""

from __future__ import annotations

from django.urls import reverse

from models_registry.models import RegisteredModel
from reviews.models import Review, SavedReply
from tests.reviews.pages import QUEUE


def test_trivial_updates_are_approved_in_bulk_and_others_are_not(client, queue, reviewer):
    chosen = [queue["mature"].pk, queue["young"].pk, 987654, "x"]
    answer = client.post("/admin/reviews/bulk", {"proposal": chosen, "next": QUEUE}, follow=True)
    said = answer.content.decode()
    assert "1 update was approved and published." in said
    assert "The model is new." in said
    assert Review.objects.get().revision_id == queue["mature"].pk
    assert RegisteredModel.objects.get(name="mature").published_revision.readme == "# New words\n"


def test_bulk_approval_leads_nowhere_else(client, queue):
    answer = client.post("/admin/reviews/bulk", {"next": "https://evil.example/"})
    assert answer.url == reverse("reviews:queue")


def test_saved_replies_are_kept_changed_and_deleted(client, reviewer):
    client.force_login(reviewer)
    client.post("/admin/reviews/replies", {"title": "Pin it", "text": "Name a commit."})
    reply = SavedReply.objects.get()
    client.post(f"/admin/reviews/replies/{reply.pk}", {"title": "Pin it!", "text": "Please."})
    reply.refresh_from_db()
    assert (reply.title, reply.text) == ("Pin it!", "Please.")
    again = client.post("/admin/reviews/replies", {"title": "Pin it!", "text": "Twice."})
    assert "already exists" in again.content.decode()
    client.post(f"/admin/reviews/replies/{reply.pk}/delete")
    assert not SavedReply.objects.exists()
