"""The review page of one proposal, and its actions."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.views.person import signed_in_user
from models_registry.definitions.json_text.document import scanned_once
from models_registry.errors import DomainError
from models_registry.models import RegisteredModel
from models_registry.pages.model_page import overview
from reviews import policy, queue, source_check, use_cases
from reviews.findings import ReviewFinding
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
        messages.info(request, _("A newer round was submitted. This page shows it."))
        return redirect(newest)
    return _page(request, newest)


@require_POST
@for_reviewers
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a verdict, then go to the next waiting proposal."""
    asked_for, newest = proposal_or_404(request, pk)
    user = signed_in_user(request)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        _tell_of_newer_round(request, asked_for, newest)
        return _page(request, newest, decision_form=form, status=400)
    decision = Decision(form.cleaned_data["decision"])
    _before, after = queue.neighbours(user, asked_for)
    try:
        feedback = form.cleaned_data["feedback"]
        review = use_cases.decide(asked_for, decision, by=user, feedback=feedback)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        _asked_for, newest = proposal_or_404(request, pk)
        return _page(request, newest, decision_form=form, status=refusal.status)
    text = f"{asked_for.model.name}: {review.get_decision_display()}."
    messages.success(request, text)
    return redirect(after.get_absolute_url() if after is not None else "reviews:queue")


@require_POST
@for_reviewers
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Comment on the proposal or on one of its lines."""
    asked_for, newest = proposal_or_404(request, pk)
    form = CommentForm(request.POST)
    if not form.is_valid():
        _tell_of_newer_round(request, asked_for, newest)
        return _page(request, newest, comment_form=form, status=400)
    try:
        added = use_cases.comment(asked_for, by=signed_in_user(request), **form.cleaned_data)
    except DomainError as refusal:
        _asked_for, newest = proposal_or_404(request, pk)
        if newest.pk != asked_for.pk:
            form = form.without_line()
        form.add_error(None, refusal.message)
        return _page(request, newest, comment_form=form, status=refusal.status)
    return redirect(f"{asked_for.get_absolute_url()}#comment-{added.pk}")


@require_POST
@for_reviewers
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Claim the proposal."""
    asked_for, newest = proposal_or_404(request, pk)
    user = signed_in_user(request)
    success = _("You have claimed %(name)s for the next hours.") % {"name": asked_for.model.name}
    tell(request, lambda: use_cases.claim(asked_for, by=user), success)
    return redirect(newest)


@require_POST
@for_reviewers
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Release the claim."""
    _asked_for, newest = proposal_or_404(request, pk)
    user = signed_in_user(request)
    success = _("You have released your claim on %(name)s.") % {"name": newest.model.name}
    tell(request, lambda: use_cases.release(newest, by=user), success)
    return redirect(newest)


@require_POST
@for_reviewers
def check_sources(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a worker check the source repositories."""
    _asked_for, newest = proposal_or_404(request, pk)
    tell(request, lambda: source_check.ask(newest), _("The source repositories are being checked."))
    return redirect(f"{newest.get_absolute_url()}#checks")


def _tell_of_newer_round(request: HttpRequest, asked_for: Proposal, newest: Proposal) -> None:
    """Show a message if the page shows a newer round than the form was about."""
    if asked_for.pk != newest.pk:
        text = _(
            "Nothing was changed: revision %(new)s was submitted after revision %(old)s, which you "
            "have read. This page shows revision %(new)s."
        )
        messages.warning(request, text % {"old": asked_for.number, "new": newest.number})


@scanned_once()
def _page(
    request: HttpRequest,
    newest: Proposal,
    *,
    decision_form: DecisionForm | None = None,
    comment_form: CommentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = signed_in_user(request)
    before, after = queue.neighbours(user, newest)
    visible = RegisteredModel.objects.visible_to(user)
    examination = examine(user, newest)
    checked = examination.source_check
    context = {
        "proposal": newest,
        "model": newest.model,
        "facts": overview(newest.model, newest).facts,
        "reading": read(user, newest, request.GET.get("against", "")),
        "examination": examination,
        "source_findings": [ReviewFinding.from_dict(finding) for finding in checked.findings]
        if checked
        else [],
        "standing": policy.standing(user, newest),
        "claim": policy.standing_claim(newest),
        "before": before,
        "after": after,
        "sort": queue.SORTS[queue.sort_of(newest)],
        "is_visible": visible.filter(pk=newest.model_id).exists(),
        "decision_form": decision_form or DecisionForm(),
        "comment_form": comment_form or CommentForm(),
        "replies": SavedReply.objects.all(),
    }
    return render(request, "reviews/proposal.html", context, status=status)
