"""Add Model: find one at the source or bring a definition, look at it, confirm."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import vault
from accounts.errors import DomainError
from accounts.views.person import signed_in_user
from models_registry.definitions import facts as definition_facts
from models_registry.definitions import text as definition_text
from models_registry.errors import SourceNotFound, SourceRefused
from models_registry.forms.launch import DefinitionForm, LookUpForm
from models_registry.launch import adding
from models_registry.readme.code import highlight_json
from models_registry.views.browse import HtmxRequest

TOKEN = "launch_source_token"  # noqa: S105 - the key in the session
CANDIDATE = "launch_candidate"


@login_required
@never_cache
@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HtmxRequest) -> HttpResponse:
    """The dialog, as a page of its own or for htmx; what is found goes on to the preview."""
    brings = request.POST.get("way") == "definition"
    posted = request.POST if request.method == "POST" else None
    look_up = LookUpForm(None if brings else posted)
    bring = DefinitionForm(*((posted, request.FILES) if brings else (None,)))
    form = bring if brings else look_up
    if posted is not None and form.is_valid():
        try:
            candidate = _brought(bring) if brings else _looked_up(request, look_up)
        except DomainError as error:
            form.add_error("definition" if brings else "asked", _said(error))
        else:
            request.session[CANDIDATE] = candidate.as_dict()
            return redirect("launch:preview")
    context = {
        "look_up": look_up, "bring": bring, "brings": brings, "source": settings.ENV.hub_source,
        "has_token": TOKEN in request.session,
    }  # fmt: skip
    name = "_add_model" if request.htmx else "add_model"
    status = 422 if posted is not None else 200
    return render(request, f"models_registry/{name}.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest) -> HttpResponse:
    """What will be added; a POST adds it and jumps to the tab of its type."""
    kept = request.session.get(CANDIDATE)
    if kept is None:
        return redirect("launch:add")
    candidate = adding.Candidate(**kept)
    user = signed_in_user(request)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            model = adding.add(candidate, by=user, visibility=request.POST.get("visibility", ""))
        except DomainError as error:
            refusal, status = error.message, error.status
        else:
            del request.session[CANDIDATE]
            text = _("%(name)s is added.") if model.published_revision_id else _(
                "%(name)s is submitted; it appears here when a reviewer approves it."
            )  # fmt: skip
            messages.success(request, text % {"name": model.name})
            if model.published_revision_id:
                for said in adding.tell_servers(model, by=user):
                    messages.info(request, said)
            tab = reverse("launch:tab", args=[model.model_type])
            return redirect(f"{tab}?{urlencode({'q': model.name, 'added': model.pk})}")
    records = definition_text.parse(candidate.text).records
    context = {
        "candidate": candidate,
        "ways": adding.ways(user, candidate),
        "facts": definition_facts.derive(candidate.model_type, records),
        "highlighted": highlight_json(candidate.text),
        "refusal": refusal,
    }
    return render(request, "models_registry/add_preview.html", context, status=status)


@login_required
@require_safe
def names(request: HttpRequest) -> HttpResponse:
    """Names at the source that fit what is typed, as options of the field; none if it is silent."""
    try:
        found = adding.suggestions(request.GET.get("asked", ""), token=_kept_token(request))
    except DomainError:
        found = []
    return render(request, "models_registry/_add_names.html", {"names": found})


def _looked_up(request: HttpRequest, form: LookUpForm) -> adding.Candidate:
    if token := form.cleaned_data["token"].strip():
        # Sessions are rows of the database, where no secret stands in clear.
        request.session[TOKEN] = vault.seal(token)
    return adding.look_up(form.cleaned_data["asked"], token=_kept_token(request))


def _brought(form: DefinitionForm) -> adding.Candidate:
    return adding.from_text(form.cleaned_data["model_type"], form.cleaned_data["definition"])


def _said(error: DomainError) -> str:
    """What went wrong, for somebody who typed a name."""
    if isinstance(error, SourceNotFound):
        return _(
            "The source has no such model, or does not show it to you. Names are case-sensitive; "
            "private and enterprise models need an access token of the source."
        )
    if isinstance(error, SourceRefused):
        return _("The source refuses to show this model. Is the access token right, and not over?")
    return error.message


def _kept_token(request: HttpRequest) -> str:
    """The token of the source that was typed in this session; empty where there is none."""
    try:
        return vault.unseal(request.session.get(TOKEN, "")) if TOKEN in request.session else ""
    except vault.VaultClosed:
        return ""
