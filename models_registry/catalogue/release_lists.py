"""The lists for servers whose version is stated: everything that their release takes.

Each is kept in the database, and built again when it is asked for after a change; a worker builds
those that were asked for lately. Older revisions: `release_history`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import brotli
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, InternalError, OperationalError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from models_registry.catalogue import build, history, release_history, serve, signing
from models_registry.catalogue.selection import (
    Selection,
    models_of,
    names_held_back,
    names_without_updated_at,
    select,
)
from models_registry.definitions.checks import release_rules
from models_registry.definitions.checks.release_translation import ForRelease, for_release
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.messages import packed
from models_registry.errors import InvalidParameter, ModelNotFound, NameHeldBack, NotForRelease
from models_registry.labels import translated
from models_registry.models import CatalogueList, RegisteredModel, ReleaseList, Visibility

logger = logging.getLogger(__name__)

# A list that nobody asked for in this time is not built by workers.
ASKED_WITHIN: Final = timedelta(days=30)
_NOTE_AFTER: Final = timedelta(days=1)


def stated_release(version: str) -> str:
    """The release of a stated version. Raises InvalidParameter if the hub knows none for it."""
    release = release_rules.known_release(version)
    if release is None:
        raise InvalidParameter(
            "unknown_server_version", version=version[:60], oldest=release_rules.RELEASES[0]
        )
    return release


def current(model_type: str, release: str) -> ReleaseList:
    """The list of a type for a release, as the models are now.

    While the database can't be written, it is the last one that was built.
    """
    listing = _listing(model_type)
    state = _state(listing, release)
    kept = ReleaseList.objects.filter(model_type=model_type, release=release)
    row = kept.defer("brotli_body").first()
    now = timezone.now()
    if row is not None and _is_current(row, listing, state):
        if row.asked_at < now - _NOTE_AFTER:
            # A database that can't be written must not keep anybody from a list.
            with suppress(DatabaseError), transaction.atomic():
                kept.update(asked_at=now)
        return row
    try:
        return _build(listing, release, state)
    except (OperationalError, InternalError):  # away, or read-only
        if row is None or not row.sha256:
            raise
        logger.exception("The %s list for %s can't be built again.", model_type, release)
        return row


def rebuild_asked() -> None:
    """Build the lists that were asked for lately and are out of date; empty those that nobody asks
    for. Their numbers go on where they were if somebody asks again."""
    asked = ReleaseList.objects.filter(asked_at__gte=timezone.now() - ASKED_WITHIN)
    for row in asked.only("model_type", "release", "state", "rules"):
        if row.release not in (*release_rules.RELEASES, release_rules.LATER):
            continue
        listing = _listing(row.model_type)
        state = _state(listing, row.release)
        if not _is_current(row, listing, state):
            _build(listing, row.release, state, is_asked=False)
    forgotten = ReleaseList.objects.filter(asked_at__lt=timezone.now() - ASKED_WITHIN * 3)
    for pk in forgotten.exclude(sha256="").values_list("pk", flat=True):
        with transaction.atomic():
            # Somebody may have asked for it in the meantime.
            still = forgotten.select_for_update().only("model_type", "release").filter(pk=pk)
            for listed in still:
                release_history.of(listed.model_type, listed.release).delete()
                release_history.empty(listed)


def use_these_rules() -> None:
    """Make the rules of this process those by which lists are built: those deployed last.

    While two versions of the hub run side by side, the other one then leaves alone what these
    rules have built; else each would build the same list again whenever it is asked.
    """
    by_other_rules().update(release_rules=release_rules.VERSION)


def by_other_rules() -> QuerySet[CatalogueList]:
    """The lists that processes of another version build."""
    return CatalogueList.objects.exclude(release_rules=release_rules.VERSION)


def body_of(row: ReleaseList) -> bytes:
    """The uncompressed bytes of a list."""
    body: bytes = brotli.decompress(bytes(row.brotli_body))
    return body


def list_response(request: HttpRequest, model_type: str, release: str) -> HttpResponse:
    """The public list of a type for servers of a release."""
    row = current(model_type, release)
    response = serve.lazy_json_response(
        request,
        f"release-list:{model_type}:{release}",
        digest=row.sha256[:32],
        write=lambda: body_of(row),
    )
    _add_headers(response, row.revision, row.sha256, release, len(row.translated))
    if signature := release_history.sign(row):
        response.headers["X-Hub-Signature"] = signing.as_header(signature)
    return response


def revision_response(
    request: HttpRequest, model_type: str, release: str, number: int
) -> HttpResponse:
    """An older revision of the list for a release: the same for everybody, and immutable.

    Raises RevisionNotFound.
    """
    revision = release_history.get(model_type, release, number)
    text = release_history.body_of(revision).decode("utf-8")
    response = serve.json_response(request, text, public=True, changed_at=revision.created_at)
    _add_headers(response, number, revision.sha256, release, revision.translated_count)
    response.headers["Cache-Control"] = serve.FOR_EVER
    if signature := release_history.sign(revision):
        response.headers["X-Hub-Signature"] = signing.as_header(signature)
    return response


def visible_list_response(
    request: HttpRequest, model_type: str, release: str, user: User | AnonymousUser
) -> HttpResponse:
    """The list for a release with the enterprise and private models that the user may see."""
    row = current(model_type, release)
    models = (
        RegisteredModel.objects.named_for(user)
        .published()
        .filter(model_type=model_type)
        .with_definitions()
    )
    listing = CatalogueList.objects.get(model_type=model_type)
    if listing.pinned is not None:
        models = models.exclude(visibility=Visibility.PUBLIC)
    ranked = list(models)
    if listing.pinned is not None:
        ranked += serve.public_models_of(model_type, listing.revision, listing.sha256)
    selection = select(model_type, ranked, release=release)
    text = definition_text.join_records(selection.definitions())
    response = serve.json_response(request, text, public=False)
    sha256 = hashlib.sha256(text.encode("utf-8")).hexdigest()
    _add_headers(response, row.revision, sha256, release, len(selection.translated))
    subject = f"{model_type}/{release}"
    if signature := history.sign(subject, row.revision, sha256, kind=signing.TOKEN_LIST):
        response.headers["X-Hub-Signature"] = signing.as_header(signature)
    return response


def model_for(model: RegisteredModel, release: str) -> ForRelease:
    """A model as servers of a release get it.

    Raises ModelNotFound for one that is not published yet, NotForRelease for one that they can't
    use, and NameHeldBack for one whose name would break their list.
    """
    revision = model.published_revision
    if revision is None:
        raise ModelNotFound(model.name)
    if model.name_key in names_held_back(model.model_type, release) or revision.loading_problems:
        raise NameHeldBack(model.name)
    records = definition_text.parse(revision.definition).records
    fitting = for_release(release, model.model_type, records)
    if reason := fitting.verdict.refusal or fitting.verdict.stop:
        raise NotForRelease(model.name, release, translated(reason))
    return fitting


def model_response(
    request: HttpRequest,
    model: RegisteredModel,
    release: str,
    *,
    include_readme: bool,
    public: bool,
) -> HttpResponse:
    """The records of one model for servers of a release; raises what `model_for` does."""
    fitting = model_for(model, release)
    revision = model.published_revision
    if revision is None:
        raise ModelNotFound(model.name)
    text = fitting.text() if fitting.changes else revision.definition
    if include_readme:
        text = serve.with_readme(text, revision.readme)
    response = serve.json_response(request, text, public=public, changed_at=revision.published_at)
    response.headers["X-Hub-Release"] = release
    response.headers["X-Hub-Translated"] = str(int(bool(fitting.changes)))
    return response


def _add_headers(
    response: HttpResponse, revision: int, sha256: str, release: str, translations: int
) -> None:
    """The headers of `serve`, and `X-Hub-Release` and `X-Hub-Translated`, a number of models."""
    response.headers["X-Hub-Revision"] = str(revision)
    response.headers["X-Hub-SHA256"] = sha256
    response.headers["X-Hub-Release"] = release
    response.headers["X-Hub-Translated"] = str(translations)
    if response.status_code == 200:
        digest = base64.b64encode(hashlib.sha256(response.content).digest()).decode("ascii")
        response.headers["Repr-Digest"] = f"sha-256=:{digest}:"


def _listing(model_type: str) -> CatalogueList:
    """The public list that names no version, built again if one of its models has expired."""
    lists = CatalogueList.objects.filter(model_type=model_type).only(
        "model_type", "fingerprint", "revision", "pinned", "sha256", "valid_until", "etag",
        "release_rules",
    )  # fmt: skip
    listing = lists.first()
    expired = listing and listing.valid_until and listing.valid_until <= timezone.now()
    if listing is None or not listing.etag or expired:
        try:
            build.rebuild([model_type])
        except (OperationalError, InternalError):  # away, or read-only
            if listing is None or not listing.etag:
                raise
            logger.exception("The %s list can't be built again.", model_type)
        listing = lists.get()
    return listing


def _is_current(row: ReleaseList, listing: CatalogueList, state: str) -> bool:
    """Whether a list need not be built again: nothing has changed, and the same rules built it, or
    others that this process must leave alone."""
    is_newest = listing.release_rules in ("", release_rules.VERSION)
    return row.state == state and (row.rules == release_rules.VERSION or not is_newest)


def _state(listing: CatalogueList, release: str) -> str:
    """What a list depends on besides the rules, as any version of the hub writes it."""
    parts: list[Any] = [listing.fingerprint, listing.pinned]
    if listing.pinned is not None:
        parts.append(listing.sha256)
    if release == release_rules.LATER:
        parts += names_without_updated_at(listing.model_type)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def select_for(listing: CatalogueList, release: str) -> Selection:
    """The public models of a list for a release."""
    model_type = listing.model_type
    if listing.pinned is None:
        return select(model_type, models_of(model_type), release=release)
    pinned = serve.public_models_of(model_type, listing.revision, listing.sha256)
    return select(model_type, pinned, release=release)


def _build(
    listing: CatalogueList, release: str, state: str, *, is_asked: bool = True
) -> ReleaseList:
    selection = select_for(listing, release)
    body = definition_text.join_records(selection.definitions()).encode("utf-8")
    sha256 = hashlib.sha256(body).hexdigest()
    names = {model.name_key: model.name for model in selection.kept}
    with transaction.atomic():
        key: dict[str, Any] = {"model_type": listing.model_type, "release": release}
        ReleaseList.objects.get_or_create(**key)
        row = ReleaseList.objects.select_for_update().get(**key)
        if row.sha256 != sha256:
            row.revision += 1
            row.sha256 = sha256
            row.brotli_body = brotli.compress(body, quality=5)
        row.state, row.rules = state, release_rules.VERSION
        row.model_count = len(selection.kept)
        row.translated = {
            names[name_key]: [packed(change) for change in fitting.changes]
            for name_key, fitting in selection.translated.items()
        }
        if is_asked:
            row.asked_at = timezone.now()
        row.save()
        release_history.add(row, selection, size=len(body))
    return row
