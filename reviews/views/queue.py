"""The review queue, bulk approval, and the saved replies."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.form_version import FIELD
from accounts.views.person import signed_in_user
from hub.numbers import whole_number
from hub.own_path import own_path
from hub.pager import page_links
from models_registry.errors import DomainError
from models_registry.models import ModelType
from models_registry.permissions import Right
from models_registry.policy import holds
from reviews import owner_requests, use_cases
from reviews import queue as review_queue
from reviews.forms import QueueFilterForm, SavedReplyForm
from reviews.lookup import reviewable
from reviews.models import SavedReply
from reviews.views.access import for_queue, for_reviewers, tell

MAX_BULK = 100


@require_safe
@for_queue
def queue(request: HttpRequest) -> HttpResponse:
    """The queue with its filters, oldest first."""
    user = signed_in_user(request)
    queue_page = review_queue.listing(user, QueueFilterForm(request.GET).filters())
    context = {
        "tab": "queue",
        "listing": queue_page,
        "choices": queue_page.choices,
        "states": [
            (
                state,
                label,
                queue_page.state_counts[state],
                replace(queue_page.choices, state=state, page=1).query(),
            )
            for state, label in review_queue.STATES.items()
        ],
        "types": [
            (value, label, queue_page.type_counts.get(value, 0))
            for value, label in ModelType.choices
        ],
        "sorts": review_queue.SORTS.items(),
        "ages": review_queue.AGES.items(),
        "assigned": review_queue.ASSIGNED.items(),
        "pages": page_links(
            queue_page.page, lambda number: replace(queue_page.choices, page=number).query()
        ),
        "may_decide": holds(user, Right.REVIEW_MODEL),
        "requests": owner_requests.for_reviewer(user).waiting()
        if queue_page.choices.state == "waiting"
        else [],
    }
    return render(request, "reviews/queue.html", context)


@require_POST
@for_queue
def bulk_approve(request: HttpRequest) -> HttpResponse:
    """Approve the selected trivial updates, each checked separately."""
    user = signed_in_user(request)
    chosen = [whole_number(pk) for pk in request.POST.getlist("proposal")[:MAX_BULK]]
    numbers = {pk for pk in chosen if pk is not None}
    proposals = list(reviewable(user).filter(pk__in=numbers).order_by("created_at", "pk"))
    if missing := len(numbers - {proposal.pk for proposal in proposals}):
        text = ngettext(
            "%(count)d of the selected updates was not approved: a newer round was submitted, or "
            "its review has ended. Review it again.",
            "%(count)d of the selected updates were not approved: newer rounds were submitted, or "
            "their reviews have ended. Review them again.",
            missing,
        )
        messages.error(request, text % {"count": missing})
    result = use_cases.approve_all_trivial(proposals, by=user)
    for proposal, refusal in result.refused:
        messages.error(request, f"{proposal.model.name}: {refusal.message}")
    if approved := len(result.approved):
        text = ngettext(
            "%(count)d update was approved and published.",
            "%(count)d updates were approved and published.",
            approved,
        )
        messages.success(request, text % {"count": approved})
    elif not chosen:
        messages.warning(request, _("Select the updates to approve first."))
    return redirect(own_path(request, request.POST.get("next", "")) or "reviews:queue")


@require_http_methods(["GET", "HEAD", "POST"])
@for_reviewers
def saved_replies(request: HttpRequest) -> HttpResponse:
    """All saved replies, and a form for a new one."""
    form = SavedReplyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        use_cases.save_reply(form.save(commit=False), by=signed_in_user(request))
        messages.success(request, _("The reply has been saved."))
        return redirect("reviews:saved_replies")
    context = {"tab": "replies", "form": form, "replies": SavedReply.objects.all()}
    return render(request, "reviews/saved_replies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_reviewers
def saved_reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one saved reply."""
    reply, status = get_object_or_404(SavedReply, pk=pk), 200
    form = SavedReplyForm(request.POST or None, instance=reply)
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get(FIELD, "")
        try:
            use_cases.save_reply(form.save(commit=False), by=signed_in_user(request), seen=seen)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
            status = refusal.status
        else:
            messages.success(request, _("The reply has been saved."))
            return redirect("reviews:saved_replies")
    # The form has changed its instance to what was typed: read the row again.
    context = {"tab": "replies", "form": form, "reply": get_object_or_404(SavedReply, pk=pk)}
    return render(request, "reviews/saved_reply.html", context, status=status)


@require_POST
@for_reviewers
def delete_saved_reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one saved reply."""
    reply = get_object_or_404(SavedReply, pk=pk)
    user = signed_in_user(request)
    seen = request.POST.get(FIELD, "")

    def delete() -> None:
        use_cases.delete_reply(reply, by=user, seen=seen)

    tell(request, delete, _("The reply has been deleted."))
    return redirect("reviews:saved_replies")
