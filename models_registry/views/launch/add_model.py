"""Add Model: find a model at the source or enter a definition, check it, confirm."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import vault
from accounts.errors import DomainError
from accounts.form_version import FIELD, require
from accounts.views.person import signed_in_user
from accounts.views.signed_in import signed_in_only
from models_registry.definitions.facts import facts as definition_facts
from models_registry.definitions.json_text import document as definition_text
from models_registry.errors import SourceNotFound, SourceRefused
from models_registry.forms.launch import DefinitionForm, LookUpForm
from models_registry.readme.code import highlight_json
from models_registry.sync import add_model
from models_registry.views.model.listing import HtmxRequest

TOKEN = "launch_source_token"  # noqa: S105 - the key in the session
CANDIDATE = "launch_candidate"


@signed_in_only
@never_cache
@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HtmxRequest) -> HttpResponse:
    """The dialog, as a separate page or for htmx; a model that is found leads to the preview."""
    brings = request.POST.get("way") == "definition"
    posted = request.POST if request.method == "POST" else None
    look_up = LookUpForm(None if brings else posted)
    bring = DefinitionForm(*((posted, request.FILES) if brings else (None,)))
    form = bring if brings else look_up
    if posted is not None and form.is_valid():
        try:
            candidate = _brought(bring) if brings else _looked_up(request, look_up)
        except DomainError as error:
            form.add_error("definition" if brings else "asked", _error_text(error))
        else:
            request.session[CANDIDATE] = candidate.as_dict()
            return redirect("launch:preview")
    context = {
        "look_up": look_up, "bring": bring, "brings": brings, "source": settings.ENV.hub_source,
        "has_token": TOKEN in request.session,
    }  # fmt: skip
    name = "_add_model" if request.htmx else "add_model"
    status = 422 if posted is not None else 200
    return render(request, f"models_registry/launch/{name}.html", context, status=status)


@signed_in_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest) -> HttpResponse:
    """The model to add; a POST adds it and redirects to the tab of its type."""
    stored = request.session.get(CANDIDATE)
    if stored is None:
        return redirect("launch:add")
    candidate = add_model.Candidate(**stored)
    user = signed_in_user(request)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            require(
                request.POST.get(FIELD, ""),
                candidate.version,
                labels={"candidate": _("the model that is to be added")},
            )
            model = add_model.add(candidate, by=user, visibility=request.POST.get("visibility", ""))
        except DomainError as error:
            refusal, status = error.message, error.status
        else:
            del request.session[CANDIDATE]
            text = _("%(name)s has been added.") if model.published_revision_id else _(
                "%(name)s has been submitted. It appears here after a reviewer approves it."
            )  # fmt: skip
            messages.success(request, text % {"name": model.name})
            if model.published_revision_id:
                for notice in add_model.make_known_to_servers(model, by=user):
                    messages.info(request, notice)
            tab = reverse("launch:tab", args=[model.model_type])
            return redirect(f"{tab}?{urlencode({'q': model.name, 'added': model.pk})}")
    records = definition_text.parse(candidate.text).records
    context = {
        "candidate": candidate,
        "ways": add_model.ways(user, candidate),
        "facts": definition_facts.derive(candidate.model_type, records),
        "highlighted": highlight_json(candidate.text),
        "refusal": refusal,
    }
    return render(request, "models_registry/launch/add_preview.html", context, status=status)


@signed_in_only
@require_safe
def names(request: HttpRequest) -> HttpResponse:
    """Names at the source that match the typed text, as options; none if it does not answer."""
    try:
        suggestions = add_model.suggestions(
            request.GET.get("asked", ""), token=_stored_token(request)
        )
    except DomainError:
        suggestions = []
    return render(request, "models_registry/launch/_add_names.html", {"names": suggestions})


def _looked_up(request: HttpRequest, form: LookUpForm) -> add_model.Candidate:
    if token := form.cleaned_data["token"].strip():
        # SECURITY: sessions are rows of the database, which must not contain secrets in clear text.
        request.session[TOKEN] = vault.seal(token)
    return add_model.look_up(form.cleaned_data["asked"], token=_stored_token(request))


def _brought(form: DefinitionForm) -> add_model.Candidate:
    return add_model.from_text(form.cleaned_data["model_type"], form.cleaned_data["definition"])


def _error_text(error: DomainError) -> str:
    """The error message for somebody who typed a name."""
    if isinstance(error, SourceNotFound):
        return _(
            "The source has no such model, or does not show it to you. Names are case-sensitive, "
            "and private and enterprise models need an access token of the source."
        )
    if isinstance(error, SourceRefused):
        return _(
            "The source refuses to show this model. Check that the access token is correct and has "
            "not expired."
        )
    return error.message


def _stored_token(request: HttpRequest) -> str:
    """The token of the source that was typed in this session, or ""."""
    try:
        return vault.unseal(request.session.get(TOKEN, "")) if TOKEN in request.session else ""
    except vault.VaultClosed:
        return ""
