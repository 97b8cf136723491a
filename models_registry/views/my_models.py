"""My Models."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.form_version import FIELD
from accounts.views.person import signed_in_user
from accounts.views.signed_in import signed_in_only
from hub.pager import page_links
from models_registry import policy
from models_registry.actions import ownership
from models_registry.errors import DomainError
from models_registry.forms.filters import EntryFilterForm
from models_registry.models import Visibility
from models_registry.pages import my_models


@never_cache
@signed_in_only
@require_safe
def my_models_page(request: HttpRequest) -> HttpResponse:
    """The person's models, proposals and drafts."""
    user = signed_in_user(request)
    listing = my_models.listing(user, EntryFilterForm(request.GET).filters())
    context = {
        "listing": listing,
        "offers": ownership.offers_of(user).filter(offered_to=user),
        "choices": listing.choices,
        "sorts": my_models.SORT_LABELS.items(),
        "pages": page_links(listing.page, lambda number: listing.choices.query(page=number)),
        "base": reverse("models_registry:my_models"),
        "may_register": any(
            policy.may_register(user, visibility) for visibility in Visibility.values
        ),
    }
    return render(request, "models_registry/my_models/my_models.html", context)


@signed_in_only
@require_POST
def answer_offer(request: HttpRequest, pk: int, answer: str) -> HttpResponse:
    """Accept or decline a model that somebody offers to the person."""
    if answer not in ("accept", "decline"):
        raise Http404
    try:
        model = ownership.answer(pk, accepts=answer == "accept", by=signed_in_user(request))
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("models_registry:my_models")
    if answer == "decline":
        messages.success(request, _("You have declined %(name)s.") % {"name": model.name})
        return redirect("models_registry:my_models")
    messages.success(request, _("%(name)s is yours now.") % {"name": model.name})
    return redirect("models_registry:model_settings", model.pk)


@signed_in_only
@require_POST
def discard_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Discard one of the person's drafts."""
    try:
        name = my_models.discard_draft(
            pk, by=signed_in_user(request), seen=request.POST.get(FIELD, "")
        )
        message = _("The draft of %(name)s has been discarded.") % {"name": name}
        messages.success(request, message if name else _("The draft has been discarded."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("models_registry:my_models")
