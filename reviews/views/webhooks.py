"""A person's webhooks, and the log of what was sent."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import DomainError
from accounts.views.person import signed_in_user
from accounts.views.signed_in import signed_in_only
from hub.models import Webhook, WebhookDelivery
from reviews import webhooks
from reviews.forms import WebhookForm
from reviews.views.access import tell

MAX_SHOWN = 50


@never_cache
@signed_in_only
@require_http_methods(["GET", "HEAD", "POST"])
def webhook_list(request: HttpRequest) -> HttpResponse:
    """The person's webhooks; a POST adds one and shows its secret, which only this answer has."""
    user = signed_in_user(request)
    form = WebhookForm(request.POST or None)
    made, secret, status = None, "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                made, secret = webhooks.add(
                    data["url"], data["events"], by=user, of_site=data["of_site"]
                )
            except DomainError as refusal:
                form.add_error("url", refusal.message)
            else:
                form, status = WebhookForm(), 200
    context = {
        "form": form,
        "made": made,
        "secret": secret,
        "webhooks": webhooks.webhooks_of(user),
    }
    return render(request, "reviews/webhooks.html", context, status=status)


@never_cache
@signed_in_only
@require_safe
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """One webhook with its latest deliveries."""
    hook = _own(request, pk)
    labels = dict(webhooks.LABELS)
    context = {
        "hook": hook,
        "events": [labels[webhooks.Event(event)] for event in hook.events],
        "deliveries": hook.deliveries.all()[:MAX_SHOWN],
    }
    return render(request, "reviews/webhook.html", context)


@signed_in_only
@require_POST
def webhook_action(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Test, stop, continue or remove a webhook."""
    hook, user = _own(request, pk), signed_in_user(request)
    if action == "remove":
        tell(request, lambda: webhooks.remove(hook, by=user), _("The webhook has been removed."))
        return redirect("reviews:webhooks")
    if action == "ping":
        tell(request, lambda: webhooks.ping(hook, by=user), _("A test event is being sent."))
    elif action in ("stop", "continue"):
        is_active = action == "continue"
        done = _("The webhook is active.") if is_active else _("The webhook is stopped.")
        tell(request, lambda: webhooks.set_active(hook, is_active, by=user), done)
    return redirect("reviews:webhook", pk)


@signed_in_only
@require_POST
def redeliver(request: HttpRequest, pk: int, delivery: int) -> HttpResponse:
    """Send one delivery again."""
    hook, user = _own(request, pk), signed_in_user(request)
    row = get_object_or_404(WebhookDelivery, pk=delivery, webhook=hook)
    tell(request, lambda: webhooks.redeliver(row, by=user), _("It is being sent again."))
    return redirect("reviews:webhook", pk)


def _own(request: HttpRequest, pk: int) -> Webhook:
    return get_object_or_404(webhooks.webhooks_of(signed_in_user(request)), pk=pk)
