"""The tab of a model's page on which authors follow their proposals."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.form_version import FIELD
from accounts.views.person import signed_in_user
from hub.audit import Tag
from hub.models import AuditEntry
from models_registry import policy as registry_policy
from models_registry.actions.withdraw import withdraw as withdraw_proposal
from models_registry.drafting.drafts import may_open_for
from models_registry.errors import DomainError
from models_registry.form_version import as_seen, proposal_version
from models_registry.models import RegisteredModel, RevisionState
from models_registry.views.model.detail import page_context, shown_revision
from reviews import owner_requests, policy, use_cases
from reviews.forms import CommentForm, DeclineForm, OwnerRequestForm
from reviews.lookup import reviewable, rounds_for
from reviews.models import OPEN, Proposal
from reviews.reading import read
from reviews.statistics import expected_wait
from reviews.views.access import tell


@never_cache
@require_safe
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """The state of a model's proposals."""
    model, rounds = found(request, pk)
    return shown(request, model, rounds)


@require_POST
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the reviewer."""
    model, rounds = found(request, pk)
    round_ = _round(rounds, request.POST.get("round", ""))
    form = CommentForm(request.POST)
    if not form.is_valid():
        return shown(request, model, rounds, comment_form=form, status=400)
    try:
        added = use_cases.comment(round_, by=signed_in_user(request), **form.cleaned_data)
    except DomainError as refusal:
        if round_.pk != rounds[0].pk:
            form = form.without_line()
        form.add_error(None, refusal.message)
        return shown(request, model, rounds, comment_form=form, status=refusal.status)
    return redirect(f"{reverse('reviews:status', args=[pk])}#comment-{added.pk}")


@require_POST
def endorse(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree to a suggestion, as the owner of the model."""
    _model, rounds = found(request, pk)
    round_ = _round(rounds, request.POST.get("round", ""))
    user = signed_in_user(request)
    success = _("The reviewers see that you agree. One of them decides.")
    tell(request, lambda: use_cases.endorse(round_, by=user), success)
    return redirect("reviews:status", pk)


@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline a suggestion, as the owner of the model."""
    model, rounds = found(request, pk)
    round_ = _round(rounds, request.POST.get("round", ""))
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return shown(request, model, rounds, decline_form=form, status=400)
    try:
        use_cases.decline(round_, by=signed_in_user(request), reason=form.cleaned_data["reason"])
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return shown(request, model, rounds, decline_form=form, status=refusal.status)
    messages.success(request, _("You have declined the suggestion. Its author is notified."))
    return redirect("reviews:status", pk)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw the open proposal."""
    model, _rounds = found(request, pk)
    user = signed_in_user(request)

    def withdraw() -> None:
        with as_seen(model, request.POST.get(FIELD, ""), "proposal"):
            withdraw_proposal(model, by=user)

    tell(request, withdraw, _("The proposal has been withdrawn."))
    return redirect("reviews:status", pk)


def found(request: HttpRequest, pk: int) -> tuple[RegisteredModel, list[Proposal]]:
    """The model and its rounds, newest first. Raises Http404 for people without access to them."""
    visible = RegisteredModel.objects.visible_to(request.user)
    model = get_object_or_404(
        visible.select_related("published_revision", "owner", "upstream_file"), pk=pk
    )
    rounds = rounds_for(request.user, model)
    if rounds is None:
        raise Http404
    return model, list(rounds.select_related("model", "review", "author"))


def _round(rounds: list[Proposal], number: str) -> Proposal:
    """The round that the form names, or else the newest one."""
    matching = [revision for revision in rounds if not number or str(revision.number) == number]
    if not matching:
        raise Http404
    return matching[0]


def shown(
    request: HttpRequest,
    model: RegisteredModel,
    rounds: list[Proposal],
    *,
    comment_form: CommentForm | None = None,
    decline_form: DeclineForm | None = None,
    request_form: OwnerRequestForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, after a refusal with what was typed."""
    context: dict[str, Any] = page_context(
        request.user, model, shown_revision(request.user, model)
    ) | {
        "tab": "reviews",
        "proposal": None,
        "comment_form": comment_form or CommentForm(),
        "decline_form": decline_form or DeclineForm(),
        "request_form": request_form or OwnerRequestForm(auto_id="request_%s"),
        "may_ask": owner_requests.may_ask(request.user, model),
        "owner_request": owner_requests.open_request(model),
    }
    if rounds:
        newest = rounds[0]
        threads = {revision.proposal_id or revision.pk: revision for revision in reversed(rounds)}
        context |= {
            "proposal": newest,
            "seen": proposal_version(newest.number),
            "reading": read(request.user, newest, request.GET.get("against", "")),
            "claim": policy.standing_claim(newest),
            "earlier": [
                revision
                for root, revision in threads.items()
                if root != (newest.proposal_id or newest.pk)
            ][::-1],
            "may_review": reviewable(request.user).filter(pk=newest.pk).exists(),
            "edit_url": _edit_url(request, model, newest),
            "is_declined": _is_declined(newest),
            "expected": expected_wait(newest) if newest.state == RevisionState.PROPOSED else None,
        }
    return render(request, "reviews/status.html", context, status=status)


def _edit_url(request: HttpRequest, model: RegisteredModel, newest: Proposal) -> str:
    """The editor's address; "" for people who can't submit the next round."""
    user = signed_in_user(request)
    is_others = newest.state in OPEN and newest.author_id != user.pk
    suggests = registry_policy.may_suggest(user, model)
    if (suggests and is_others) or not may_open_for(model, by=user):
        return ""
    return reverse("models_registry:model_edit", args=[model.pk])


def _is_declined(newest: Proposal) -> bool:
    """True if the owner of the model has ended the proposal, as the audit log has it."""
    if newest.state != RevisionState.WITHDRAWN:
        return False
    entries = AuditEntry.objects.about(newest.model).filter(tag=Tag.PROPOSAL_DECLINE)
    return any(entry.data.get("revision") == newest.number for entry in entries)
