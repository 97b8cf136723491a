"""The pages of a draft (form, JSON, README, check) and the actions of their buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import DomainError
from accounts.views.signed_in import stays_signed_in
from hub.numbers import whole_number
from models_registry.definitions.checks.advice import TWIN
from models_registry.definitions.form.nodes import MAX_FIELDS
from models_registry.definitions.form.tree import refill
from models_registry.definitions.json_text.problems import DefinitionTextError, Problem
from models_registry.definitions.prefill.shapes import CUSTOM
from models_registry.drafting import drafts
from models_registry.drafting.checks import NothingToFix, conversion, with_fix
from models_registry.drafting.versions import version
from models_registry.errors import InvalidParameter, StaleState
from models_registry.labels import translated
from models_registry.models import (
    Draft,
    ReadmeOrigin,
    RegisteredModel,
    RevisionState,
    SubmittedDraft,
    Visibility,
)
from models_registry.readme.limits import ReadmeTooLarge
from models_registry.readme.render import render as render_readme
from models_registry.views.drafts import page as draft_pages
from models_registry.views.drafts import sources as draft_sources

MAX_TURN = 1_000_000_000
VIEWS = ("form", "json", "readme", "readme-zh", "check")


@never_cache
@stays_signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def draft_page(request: HttpRequest, pk: int, view: str = "form") -> HttpResponse:
    """One view of the person's draft; a POST saves it, then carries out the button's action."""
    if view not in VIEWS:
        raise Http404
    # First the draft: after a restore, a number of one that was submitted may come again.
    if not Draft.objects.filter(pk=pk, owner_id=request.user.pk).exists():
        done = SubmittedDraft.objects.filter(draft=pk, owner_id=request.user.pk)
        if (submitted := done.select_related("owner", "revision__model").first()) is not None:
            return _after_submission(request, submitted, view)
    draft = own_draft(request, pk)
    if request.method == "POST":
        return _posted(request, draft, view)
    return shown(request, draft, view)


def _after_submission(request: HttpRequest, done: SubmittedDraft, view: str) -> HttpResponse:
    """Lead from a page of a submitted draft to what became of it, and keep what was typed since."""
    revision = done.revision
    number = {"number": revision.number}
    if request.headers.get("HX-Request"):
        text = _(
            "this draft was submitted as revision %(number)s. Press a button to keep the text."
        )
        context = {"refusal": text % number}
        template = "models_registry/drafts/_draft_not_saved.html"
        return render(request, template, context, status=409)
    kept = None
    # A second press of the button that submits says nothing new.
    if request.method == "POST" and not request.POST.get("discard"):
        try:
            kept = drafts.keep_typed(done, view, dict(request.POST.lists()))
        except DomainError as refusal:
            messages.error(request, refusal.message)
    if kept is not None:
        text = _(
            "That draft was submitted as revision %(number)s. What you have typed since is in this "
            "new draft."
        )
        messages.warning(request, text % number)
        return _to(kept, view)
    messages.info(request, _("This draft was submitted as revision %(number)s.") % number)
    if not RegisteredModel.objects.visible_to(done.owner).filter(pk=revision.model_id).exists():
        return redirect("models_registry:my_models")
    return redirect(revision.model)


def own_draft(request: HttpRequest, pk: int) -> Draft:
    """The person's draft with this number. Raises Http404 for drafts of others."""
    rows = Draft.objects.select_related("model", "base_revision", "owner")
    return get_object_or_404(rows, pk=pk, owner_id=request.user.pk)


def shown(
    request: HttpRequest,
    draft: Draft,
    view: str,
    *,
    refusal: str = "",
    status: int = 200,
    sources: Sequence[draft_sources.SourceState] | None = None,
) -> HttpResponse:
    """The page of a view; after a refusal with what was typed, although it is not saved."""
    context = draft_pages.context(request, draft, view) | {"sources": sources}
    if view == "form" and context["findings"].form is None:
        if refusal:
            messages.error(request, refusal)
        if context["findings"].is_too_large:
            text = _(
                "The form shows at most %(most)d fields. Edit this definition as JSON instead."
            )
            messages.info(request, text % {"most": MAX_FIELDS})
        return redirect("models_registry:draft_view", draft.pk, "json")
    if refusal:
        context["refusal"] = refusal
        if view == "form":
            refill(context["findings"].form, dict(request.POST.lists()))
        elif view in ("json", "readme", "readme-zh"):
            context["typed"] = request.POST.get("text", "")
        if view == "check":
            # The page shows the present findings; keep the choice and the message.
            context |= _wishes(request, draft)
        else:
            context["base"] = request.POST.get("base", "")
        context["shape"] = request.POST.get("shape", "")
        context["shown"] = request.POST.get("shown", "")
    name = "readme" if view == "readme-zh" else view
    template = f"models_registry/drafts/{name}.html"
    return render(request, template, context, status=status)


def _wishes(request: HttpRequest, draft: Draft) -> dict[str, Any]:
    draft.message = request.POST.get("message", draft.message)
    draft.visibility = _visibility(request)
    return {"draft": draft, "chosen": draft_pages.choice(draft, draft.visibility)}


def _visibility(request: HttpRequest) -> Visibility:
    # The enterprise switch has no effect without the public one.
    if not request.POST.get("public"):
        return Visibility.PRIVATE
    return Visibility.ENTERPRISE if request.POST.get("enterprise") else Visibility.PUBLIC


def _posted(request: HttpRequest, draft: Draft, view: str) -> HttpResponse:
    if request.POST.get("discard"):
        try:
            drafts.discard(draft, base=request.POST.get("base", ""))
        except StaleState as refusal:
            return _not_saved(request, draft, view, refusal.message, refusal.status)
        messages.success(request, _("The draft has been discarded."))
        return redirect("models_registry:model_registration")
    try:
        problems = _SAVES[view](request, draft)
    except (StaleState, InvalidParameter) as refusal:
        return _not_saved(request, draft, view, refusal.message, refusal.status)
    except DefinitionTextError:
        return redirect("models_registry:draft_view", draft.pk, "json")
    if problems:
        return _not_saved(request, draft, view, translated(problems[0].message), 422)
    draft.refresh_from_db()
    for name, act in _ACTS.items():
        if request.POST.get(name):
            return act(request, draft, view)
    if request.headers.get("HX-Request"):
        context = draft_pages.context(request, draft, view)
        return render(request, "models_registry/drafts/_draft_saved.html", context)
    return _to(draft, view)


def _not_saved(
    request: HttpRequest, draft: Draft, view: str, why: str, status: int
) -> HttpResponse:
    if request.headers.get("HX-Request"):
        context = {"refusal": why, "draft": draft}
        template = "models_registry/drafts/_draft_not_saved.html"
        return render(request, template, context, status=status)
    return shown(request, draft, view, refusal=why, status=status)


def _to(draft: Draft, view: str, anchor: str = "") -> HttpResponseRedirect:
    address = reverse("models_registry:draft_view", args=[draft.pk, view])
    return HttpResponseRedirect(address + (f"#{anchor}" if anchor else ""))


# --- Saving -----------------------------------------------------------------------------------


def _page(request: HttpRequest) -> drafts.DraftPage:
    return drafts.DraftPage(
        base=request.POST.get("base", ""),
        writer=request.POST.get("writer", "")[:40],
        shape=request.POST.get("shape", ""),
        turn=whole_number(request.POST.get("turn", ""), most=MAX_TURN) or 0,
        over=request.POST.get("force", ""),
        shown=request.POST.get("shown", ""),
    )


def _save_form(request: HttpRequest, draft: Draft) -> list[Problem]:
    submitted = dict(request.POST.lists())
    return drafts.save_form(draft, submitted, request.POST.get("op", ""), page=_page(request))


def _save_json(request: HttpRequest, draft: Draft) -> list[Problem]:
    if "text" in request.POST:
        drafts.save_json(draft, request.POST["text"], page=_page(request))
    return []


def _save_readme(request: HttpRequest, draft: Draft) -> list[Problem]:
    if "text" in request.POST:
        drafts.save_readme(draft, request.POST["text"], page=_page(request))
    return []


def _save_chinese_readme(request: HttpRequest, draft: Draft) -> list[Problem]:
    if "text" in request.POST:
        drafts.save_chinese_readme(draft, request.POST["text"], page=_page(request))
    return []


def _save_options(request: HttpRequest, draft: Draft) -> list[Problem]:
    if "message" in request.POST:
        drafts.save_options(
            draft,
            visibility=_visibility(request),
            message=request.POST["message"],
            page=_page(request),
        )
    return []


_SAVES: Mapping[str, Callable[[HttpRequest, Draft], list[Problem]]] = {
    "form": _save_form,
    "json": _save_json,
    "readme": _save_readme,
    "readme-zh": _save_chinese_readme,
    "check": _save_options,
}

# --- Buttons --------------------------------------------------------------------------------


def _operated(request: HttpRequest, draft: Draft, view: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        context = draft_pages.context(request, draft, view)
        return render(request, "models_registry/drafts/_draft_operated.html", context)
    return _to(draft, view, draft_pages.anchor_after(request.POST.get("op", "")))


def _went(request: HttpRequest, draft: Draft, view: str) -> HttpResponse:
    target = request.POST.get("go", "")
    return _to(draft, target if target in VIEWS else view)


def _readme_chosen(request: HttpRequest, draft: Draft, view: str) -> HttpResponse:
    """Get a README, or replace or keep the typed one."""
    verb = request.POST.get("readme", "")
    if view == "readme-zh":
        return _chinese_readme_fetched(request, draft)
    offer = draft.choices.get("readme_offer") or {}
    seen = request.POST.get("offer", "")
    if verb == "replace" and seen and seen != version(offer.get("text", "")):
        messages.error(
            request,
            _("Nothing was replaced: another README was found meanwhile. Check it first."),
        )
        return _to(draft, "readme")
    page = drafts.DraftPage(base=version(draft.readme))
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


def _readme_fetched(request: HttpRequest, draft: Draft, page: drafts.DraftPage) -> HttpResponse:
    """Save the README that was found; if another one was typed, ask first."""
    fetched = draft_sources.get_readme(draft)
    for failure in fetched.failures:
        messages.warning(request, failure)
    typed = draft.readme.strip() and draft.readme_origin == ReadmeOrigin.WRITTEN
    if typed and fetched.text.strip() != draft.readme.strip():
        drafts.offer_readme(draft, fetched.text, fetched.origin, fetched.where)
    else:
        drafts.save_readme(draft, fetched.text, page=page, origin=fetched.origin)
        messages.success(
            request,
            _("README imported from %(where)s.") % {"where": fetched.where}
            if fetched.where
            else _("No repository has a README, so one was generated from the definition."),
        )
    return _to(draft, "readme")


def _chinese_readme_fetched(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Save the README in Chinese that was found, unless one was typed."""
    if draft.readme_zh.strip():
        messages.warning(
            request, _("You wrote one already. Empty the field to import another README.")
        )
        return _to(draft, "readme-zh")
    try:
        text, where = draft_sources.get_chinese_readme(draft)
        drafts.save_chinese_readme(draft, text, page=drafts.DraftPage(base=version("")))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("README imported from %(where)s.") % {"where": where})
    return _to(draft, "readme-zh")


def _sources_checked(request: HttpRequest, draft: Draft, view: str) -> HttpResponse:
    states = draft_sources.check_sources(draft)
    return shown(request, draft, view, sources=states)


def _fixed(request: HttpRequest, draft: Draft, view: str) -> HttpResponse:
    """Fix one finding."""
    base = version(draft.definition)
    code, slash, pointer = request.POST.get("fix", "").partition("/")
    if code == TWIN:
        model_id, exists = draft_sources.twin_exists(draft, slash + pointer)
        if exists is False:
            text = _("ModelScope has no repository %(id)s. Nothing was added.")
            messages.error(request, text % {"id": model_id})
            return _to(draft, view)
        if exists is None:
            messages.warning(
                request,
                _("The hub could not find out if ModelScope has the repository. Check the source."),
            )
    try:
        if request.POST.get("fix") == CUSTOM.code:
            definition = conversion(draft)
            text, guessed = definition.text, definition.guessed
            drafts.replace_definition(draft, text, base=base, guessed=guessed)
        else:
            text = with_fix(draft, request.POST.get("fix", ""))
            drafts.replace_definition(draft, text, base=base)
    except NothingToFix as refusal:
        messages.warning(request, refusal.message)
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
    messages.success(request, draft_pages.submitted_text(revision))
    if revision.state == RevisionState.PROPOSED:
        # The page says how long it will take, who decides, and what happens next.
        return redirect("reviews:status", revision.model_id)
    return redirect(revision.model.get_absolute_url())


_ACTS: Mapping[str, Callable[[HttpRequest, Draft, str], HttpResponse]] = {
    "op": _operated,
    "go": _went,
    "readme": _readme_chosen,
    "sources": _sources_checked,
    "fix": _fixed,
    "submit": _submitted,
}


@never_cache
@stays_signed_in
@require_POST
def readme_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A README as the model's page will show it."""
    own_draft(request, pk)
    try:
        rendered = render_readme(request.POST.get("text", ""))
    except ReadmeTooLarge as refusal:
        return HttpResponse(escape(str(refusal)), status=400)
    whole = not request.headers.get("HX-Request")
    template = "preview" if whole else "_readme_preview"
    return render(request, f"models_registry/drafts/{template}.html", {"readme": rendered})
