"""The pages of a draft: its form, its JSON, its README, its check; and what is pressed on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import DomainError
from models_registry.definitions.form.tree import refill
from models_registry.definitions.problems import DefinitionTextError, Problem
from models_registry.drafting import drafts
from models_registry.drafting.checks import with_fix
from models_registry.errors import InvalidParameter, StaleState
from models_registry.models import Draft, ReadmeOrigin, Visibility
from models_registry.readme.limits import ReadmeTooLarge
from models_registry.readme.render import render as render_readme
from models_registry.views import draft_pages, draft_sources
from models_registry.views.signed_in import stays_signed_in

VIEWS = ("form", "json", "readme", "check")


@never_cache
@stays_signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def draft_page(request: HttpRequest, pk: int, view: str = "form") -> HttpResponse:
    """One view of one's own draft; a POST saves it, then does what was pressed."""
    if view not in VIEWS:
        raise Http404
    draft = own_draft(request, pk)
    if request.method == "POST":
        return _posted(request, draft, view)
    return shown(request, draft, view)


def own_draft(request: HttpRequest, pk: int) -> Draft:
    """The draft of that number, if it is the person's own; for all others it does not exist."""
    found = Draft.objects.select_related("model", "base_revision", "owner")
    return get_object_or_404(found, pk=pk, owner_id=request.user.pk)


def shown(
    request: HttpRequest,
    draft: Draft,
    view: str,
    *,
    refusal: str = "",
    status: int = 200,
    sources: Sequence[draft_sources.SourceState] | None = None,
) -> HttpResponse:
    """The page of a view; after a refusal with what was typed, which is not saved."""
    context = draft_pages.context(request, draft, view) | {"sources": sources}
    if view == "form" and context["findings"].form is None:
        if refusal:
            messages.error(request, refusal)
        return redirect("models_registry:draft_view", draft.pk, "json")
    if refusal:
        context["refusal"] = refusal
        if view == "form":
            refill(context["findings"].form, dict(request.POST.lists()))
        elif view in ("json", "readme"):
            context["typed"] = request.POST.get("text", "")
        context["base"] = request.POST.get("base", "")
        context["shape"] = request.POST.get("shape", "")
    template = f"models_registry/registration_{view}.html"
    return render(request, template, context, status=status)


def _posted(request: HttpRequest, draft: Draft, view: str) -> HttpResponse:
    if request.POST.get("discard"):
        draft.delete()
        messages.success(request, _("The draft is discarded."))
        return redirect("models_registry:model_registration")
    try:
        problems = _SAVES[view](request, draft)
    except (StaleState, InvalidParameter) as refusal:
        return _not_saved(request, draft, view, refusal.message, refusal.status)
    except DefinitionTextError:
        return redirect("models_registry:draft_view", draft.pk, "json")
    if problems:
        return _not_saved(request, draft, view, problems[0].message, 422)
    draft.refresh_from_db()
    for name, act in _ACTS.items():
        if request.POST.get(name):
            return act(request, draft, view)
    if request.headers.get("HX-Request"):
        context = draft_pages.context(request, draft, view)
        return render(request, "models_registry/_draft_saved.html", context)
    return _to(draft, view)


def _not_saved(
    request: HttpRequest, draft: Draft, view: str, why: str, status: int
) -> HttpResponse:
    if request.headers.get("HX-Request"):
        context = {"refusal": why, "draft": draft}
        return render(request, "models_registry/_draft_not_saved.html", context, status=status)
    return shown(request, draft, view, refusal=why, status=status)


def _to(draft: Draft, view: str, anchor: str = "") -> HttpResponseRedirect:
    address = reverse("models_registry:draft_view", args=[draft.pk, view])
    return HttpResponseRedirect(address + (f"#{anchor}" if anchor else ""))


# --- Saving -----------------------------------------------------------------------------------


def _page(request: HttpRequest) -> drafts.Page:
    return drafts.Page(
        base=request.POST.get("base", ""),
        writer=request.POST.get("writer", "")[:40],
        shape=request.POST.get("shape", ""),
        turn=_whole_number(request.POST.get("turn", "")),
        forced=bool(request.POST.get("force")),
    )


def _whole_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _save_form(request: HttpRequest, draft: Draft) -> list[Problem]:
    sent = dict(request.POST.lists())
    return drafts.save_form(draft, sent, request.POST.get("op", ""), page=_page(request))


def _save_json(request: HttpRequest, draft: Draft) -> list[Problem]:
    if "text" in request.POST:
        drafts.save_json(draft, request.POST["text"], page=_page(request))
    return []


def _save_readme(request: HttpRequest, draft: Draft) -> list[Problem]:
    if "text" in request.POST:
        drafts.save_readme(draft, request.POST["text"], page=_page(request))
    return []


def _save_wishes(request: HttpRequest, draft: Draft) -> list[Problem]:
    if "message" in request.POST:
        visibility = Visibility.PRIVATE
        # The enterprise switch is nothing without the public one.
        if request.POST.get("public"):
            enterprise = request.POST.get("enterprise")
            visibility = Visibility.ENTERPRISE if enterprise else Visibility.PUBLIC
        drafts.save_wishes(draft, visibility=visibility, message=request.POST["message"])
    return []


_SAVES: Mapping[str, Callable[[HttpRequest, Draft], list[Problem]]] = {
    "form": _save_form,
    "json": _save_json,
    "readme": _save_readme,
    "check": _save_wishes,
}

# --- What is pressed --------------------------------------------------------------------------


def _operated(request: HttpRequest, draft: Draft, view: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        context = draft_pages.context(request, draft, view)
        return render(request, "models_registry/_draft_operated.html", context)
    return _to(draft, view, draft_pages.anchor_after(request.POST.get("op", "")))


def _gone(request: HttpRequest, draft: Draft, view: str) -> HttpResponse:
    wanted = request.POST.get("go", "")
    return _to(draft, wanted if wanted in VIEWS else view)


def _readme_chosen(request: HttpRequest, draft: Draft, view: str) -> HttpResponse:
    """Get a README, or answer the question what shall become of the typed one."""
    verb = request.POST.get("readme", "")
    offer = draft.choices.get("readme_offer") or {}
    page = drafts.Page(base=drafts.version(draft.readme))
    try:
        if verb == "get":
            return _readme_fetched(request, draft, page)
        if verb == "replace" and offer:
            origin = ReadmeOrigin(offer["origin"])
            drafts.save_readme(draft, offer["text"], page=page, origin=origin)
        elif verb == "keep":
            drafts.drop_offer(draft)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return _to(draft, "readme")


def _readme_fetched(request: HttpRequest, draft: Draft, page: drafts.Page) -> HttpResponse:
    """Take over what was found; where something was typed, ask first."""
    found = draft_sources.get_readme(draft)
    for failure in found.failures:
        messages.warning(request, failure)
    typed = draft.readme.strip() and draft.readme_origin == ReadmeOrigin.WRITTEN
    if typed and found.text.strip() != draft.readme.strip():
        drafts.offer_readme(draft, found.text, found.origin, found.where)
    else:
        drafts.save_readme(draft, found.text, page=page, origin=found.origin)
        messages.success(
            request,
            _("The README of %(where)s is taken over.") % {"where": found.where}
            if found.where
            else _("No repository has a README, so one was made of the definition."),
        )
    return _to(draft, "readme")


def _sources_checked(request: HttpRequest, draft: Draft, view: str) -> HttpResponse:
    states = draft_sources.check_sources(draft)
    return shown(request, draft, view, sources=states)


def _fixed(request: HttpRequest, draft: Draft, view: str) -> HttpResponse:
    """Mend one finding at the press of its button."""
    base = drafts.version(draft.definition)
    try:
        text = with_fix(draft, request.POST.get("fix", ""))
        drafts.replace_definition(draft, text, base=base)
    except LookupError as gone:
        messages.warning(request, str(gone).strip("'\""))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return _to(draft, view)


def _submitted(request: HttpRequest, draft: Draft, view: str) -> HttpResponse:
    user = draft.owner
    try:
        revision = drafts.submit(draft, by=user)
    except StaleState as refusal:
        if draft.model is None:
            return shown(request, draft, view, refusal=refusal.message, status=refusal.status)
        return redirect("models_registry:draft_merge", draft.pk)
    except DomainError as refusal:
        return shown(request, draft, view, refusal=refusal.message, status=refusal.status)
    messages.success(request, draft_pages.said_after(revision))
    return redirect(revision.model.get_absolute_url())


_ACTS: Mapping[str, Callable[[HttpRequest, Draft, str], HttpResponse]] = {
    "op": _operated,
    "go": _gone,
    "readme": _readme_chosen,
    "sources": _sources_checked,
    "fix": _fixed,
    "submit": _submitted,
}


@never_cache
@stays_signed_in
@require_POST
def readme_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What a README looks like, as its page will show it."""
    own_draft(request, pk)
    try:
        rendered = render_readme(request.POST.get("text", ""))
    except ReadmeTooLarge as refusal:
        return HttpResponse(escape(str(refusal)), status=400)
    whole = not request.headers.get("HX-Request")
    template = "registration_preview" if whole else "_readme_preview"
    return render(request, f"models_registry/{template}.html", {"readme": rendered})
