"""The review page of one proposal, and what is done on it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.views.person import signed_in_user
from models_registry.errors import DomainError
from models_registry.models import RegisteredModel
from models_registry.specs import overview
from reviews import policy, queue, source_check, use_cases
from reviews.findings import Finding
from reviews.forms import CommentForm, DecisionForm
from reviews.models import Decision, Proposal, SavedReply
from reviews.reading import examine, read
from reviews.views.access import for_reviewers, proposal_or_404, tell


@require_safe
@for_reviewers
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about a proposal on one screen."""
    asked_for, newest = proposal_or_404(request, pk)
    if newest.pk != asked_for.pk:
        messages.info(request, _("A newer round has come in: this is it."))
        return redirect(newest)
    return _page(request, newest)


@require_POST
@for_reviewers
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a verdict, then go on to the next proposal that waits."""
    found, newest = proposal_or_404(request, pk)
    user = signed_in_user(request)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, newest, decision_form=form, status=400)
    decision = Decision(form.cleaned_data["decision"])
    _before, after = queue.neighbours(user, found)
    try:
        feedback = form.cleaned_data["feedback"]
        review = use_cases.decide(found, decision, by=user, feedback=feedback)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        _found, newest = proposal_or_404(request, pk)
        return _page(request, newest, decision_form=form, status=refusal.status)
    said = f"{found.model.name}: {review.get_decision_display()}."
    messages.success(request, said)
    return redirect(after.get_absolute_url() if after is not None else "reviews:queue")


@require_POST
@for_reviewers
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Say something about the proposal or one of its lines."""
    found, newest = proposal_or_404(request, pk)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _page(request, newest, comment_form=form, status=400)
    try:
        added = use_cases.comment(found, by=signed_in_user(request), **form.cleaned_data)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return _page(request, newest, comment_form=form, status=refusal.status)
    return redirect(f"{found.get_absolute_url()}#comment-{added.pk}")


@require_POST
@for_reviewers
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that one is at work on it."""
    _asked_for, found = proposal_or_404(request, pk)
    user = signed_in_user(request)
    said = _("%(name)s is yours for the next hours.") % {"name": found.model.name}
    tell(request, lambda: use_cases.claim(found, by=user), said)
    return redirect(found)


@require_POST
@for_reviewers
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the claim back."""
    _asked_for, found = proposal_or_404(request, pk)
    user = signed_in_user(request)
    said = _("%(name)s is free for others again.") % {"name": found.model.name}
    tell(request, lambda: use_cases.release(found, by=user), said)
    return redirect(found)


@require_POST
@for_reviewers
def check_sources(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a worker ask the source repositories."""
    _asked_for, found = proposal_or_404(request, pk)
    tell(request, lambda: source_check.ask(found), _("The source repositories are being asked."))
    return redirect(f"{found.get_absolute_url()}#checks")


def _page(
    request: HttpRequest,
    found: Proposal,
    *,
    decision_form: DecisionForm | None = None,
    comment_form: CommentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = signed_in_user(request)
    before, after = queue.neighbours(user, found)
    visible = RegisteredModel.objects.visible_to(user)
    examination = examine(user, found)
    checked = examination.source_check
    context = {
        "proposal": found,
        "model": found.model,
        "facts": overview(found.model, found).facts,
        "reading": read(user, found, request.GET.get("against", "")),
        "examination": examination,
        "source_findings": [Finding.from_dict(one) for one in checked.findings] if checked else [],
        "standing": policy.standing(user, found),
        "claim": policy.standing_claim(found),
        "before": before,
        "after": after,
        "sort": queue.SORTS[queue.sort_of(found)],
        "is_visible": visible.filter(pk=found.model_id).exists(),
        "decision_form": decision_form or DecisionForm(),
        "comment_form": comment_form or CommentForm(),
        "replies": SavedReply.objects.all(),
    }
    return render(request, "reviews/proposal.html", context, status=status)
