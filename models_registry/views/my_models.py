"""My Models."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.views.person import signed_in_user
from models_registry import my_models, policy
from models_registry.errors import InvalidParameter
from models_registry.models import Visibility


@never_cache
@login_required
@require_safe
def my_models_page(request: HttpRequest) -> HttpResponse:
    """All that the person owns, has proposed, or is writing."""
    user = signed_in_user(request)
    listing = my_models.listing(user, my_models.parse(request.GET))
    pages = Paginator(range(listing.total), my_models.PAGE_SIZE)
    page = listing.choices.page
    context = {
        "listing": listing,
        "choices": listing.choices,
        "sorts": my_models.SORT_LABELS.items(),
        "pages": [
            (number, listing.choices.query(page=number) if isinstance(number, int) else "")
            for number in pages.get_elided_page_range(page, on_each_side=2, on_ends=1)
        ],
        "base": reverse("models_registry:my_models"),
        "may_register": any(policy.may_register(user, one) for one in Visibility.values),
    }
    return render(request, "models_registry/my_models.html", context)


@login_required
@require_POST
def discard_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft of one's own away."""
    try:
        name = my_models.discard_draft(pk, by=signed_in_user(request))
        said = _("The draft of %(name)s is discarded.") % {"name": name}
        messages.success(request, said if name else _("The draft is discarded."))
    except InvalidParameter as refusal:
        messages.error(request, refusal.message)
    return redirect("models_registry:my_models")
