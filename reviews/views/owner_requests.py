"""What owners ask of reviewers about their public models."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.views.person import signed_in_user
from models_registry.errors import DomainError
from models_registry.models import RegisteredModel
from reviews import owner_requests
from reviews.forms import OwnerRequestForm, RequestDecisionForm
from reviews.views import status as status_page
from reviews.views.access import for_reviewers, tell


@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the expiry or removal of one's own public model."""
    model, rounds = status_page.found(request, pk)
    form = OwnerRequestForm(request.POST)
    if not form.is_valid():
        return status_page.shown(request, model, rounds, request_form=form, status=400)
    data = form.cleaned_data
    try:
        owner_requests.ask(model, data["kind"], reason=data["reason"], by=signed_in_user(request))
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return status_page.shown(request, model, rounds, request_form=form, status=refusal.status)
    messages.success(request, _("A reviewer decides. You will be notified of the decision."))
    return redirect("reviews:status", pk)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw one's own request."""
    user = signed_in_user(request)
    wanted = get_object_or_404(owner_requests.own(user).filter(model__isnull=False), pk=pk)

    def withdraw() -> None:
        owner_requests.withdraw(wanted, by=user)

    tell(request, withdraw, _("The request has been withdrawn."))
    return redirect("reviews:status", wanted.model_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_reviewers
def owner_request(request: HttpRequest, pk: int) -> HttpResponse:
    """A request, and the decision on it."""
    user = signed_in_user(request)
    wanted = get_object_or_404(owner_requests.for_reviewer(user), pk=pk)
    form = RequestDecisionForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            grants = form.cleaned_data["decision"] == "grant"
            feedback = form.cleaned_data["feedback"]
            try:
                owner_requests.decide(wanted, grants=grants, by=user, feedback=feedback)
            except DomainError as refusal:
                form.add_error(None, refusal.message)
                status = refusal.status
            else:
                messages.success(request, _("The owner is notified of your decision."))
                return redirect("reviews:queue")
        wanted.refresh_from_db()
    context = {
        "tab": "queue",
        "wanted": wanted,
        "model": wanted.model,
        "form": form,
        "may_decide": owner_requests.may_decide(user, wanted),
        "is_visible": wanted.model is not None
        and RegisteredModel.objects.visible_to(user).filter(pk=wanted.model.pk).exists(),
    }
    return render(request, "reviews/owner_request.html", context, status=status)
