"""The review queue, bulk approval, and the saved replies."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.person import signed_in_user
from models_registry.errors import DomainError
from models_registry.models import ModelType
from models_registry.policy import holds
from reviews import queue as review_queue
from reviews import use_cases
from reviews.forms import SavedReplyForm
from reviews.lookup import reviewable
from reviews.models import SavedReply
from reviews.views.access import for_queue, for_reviewers, tell

MAX_BULK = 100


@require_safe
@for_queue
def queue(request: HttpRequest) -> HttpResponse:
    """The queue with its filters, oldest first."""
    user = signed_in_user(request)
    choices = review_queue.parse(request.GET.dict())
    found = review_queue.listing(user, choices)
    pages = Paginator(range(found.total), review_queue.PAGE_SIZE)
    base = replace(found.choices, page=1).query()
    join = "" if base == "?" else "&"
    numbers = pages.get_elided_page_range(found.choices.page, on_each_side=2, on_ends=1)
    context = {
        "tab": "queue",
        "listing": found,
        "choices": found.choices,
        "states": [
            (
                state,
                label,
                found.state_counts[state],
                replace(found.choices, state=state, page=1).query(),
            )
            for state, label in review_queue.STATES.items()
        ],
        "types": [
            (value, label, found.type_counts.get(value, 0)) for value, label in ModelType.choices
        ],
        "sorts": review_queue.SORTS.items(),
        "ages": review_queue.AGES.items(),
        "assigned": review_queue.ASSIGNED.items(),
        "pages": [
            (number, f"{base}{join}page={number}" if isinstance(number, int) else "")
            for number in numbers
        ],
        "page_count": pages.num_pages,
        "may_decide": holds(user, "review_model"),
    }
    return render(request, "reviews/queue.html", context)


@require_POST
@for_queue
def bulk_approve(request: HttpRequest) -> HttpResponse:
    """Approve the chosen trivial updates, each checked and each by itself."""
    user = signed_in_user(request)
    chosen = [int(pk) for pk in request.POST.getlist("proposal") if pk.isdecimal()][:MAX_BULK]
    approved = 0
    for proposal in reviewable(user).filter(pk__in=chosen).order_by("created_at", "pk"):
        try:
            use_cases.approve_trivial(proposal, by=user)
            approved += 1
        except DomainError as refusal:
            messages.error(request, f"{proposal.model.name}: {refusal.message}")
    if approved:
        text = ngettext(
            "%(count)d update is approved and published.",
            "%(count)d updates are approved and published.",
            approved,
        )
        messages.success(request, text % {"count": approved})
    elif not chosen:
        messages.warning(request, _("Choose the updates to approve first."))
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return redirect(back if safe else reverse("reviews:queue"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_reviewers
def saved_replies(request: HttpRequest) -> HttpResponse:
    """All saved replies, and a form for a new one."""
    form = SavedReplyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        use_cases.save_reply(form.save(commit=False), by=signed_in_user(request))
        messages.success(request, _("The reply is saved."))
        return redirect("reviews:saved_replies")
    context = {"tab": "replies", "form": form, "replies": SavedReply.objects.all()}
    return render(request, "reviews/saved_replies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_reviewers
def saved_reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one saved reply."""
    reply = get_object_or_404(SavedReply, pk=pk)
    form = SavedReplyForm(request.POST or None, instance=reply)
    if request.method == "POST" and form.is_valid():
        use_cases.save_reply(form.save(commit=False), by=signed_in_user(request))
        messages.success(request, _("The reply is saved."))
        return redirect("reviews:saved_replies")
    return render(
        request, "reviews/saved_reply.html", {"tab": "replies", "form": form, "reply": reply}
    )


@require_POST
@for_reviewers
def delete_saved_reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one saved reply."""
    reply = get_object_or_404(SavedReply, pk=pk)
    user = signed_in_user(request)
    tell(request, lambda: use_cases.delete_reply(reply, by=user), _("The reply is deleted."))
    return redirect("reviews:saved_replies")
