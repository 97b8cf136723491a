"""Lists are built from what has changed, and come out as if everything was selected again."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import random
from datetime import timedelta

import brotli
import pytest
from django.core.management import call_command
from django.test import RequestFactory
from django.utils import timezone

from models_registry import publication
from models_registry.actions import derive_again
from models_registry.actions.delete import delete
from models_registry.actions.rename import rename
from models_registry.catalogue import (
    build,
    history,
    pieces,
    pinning,
    refresh,
    selection,
    serve,
)
from models_registry.catalogue.selection import joined, models_of, select, to_store
from models_registry.changes import changing
from models_registry.definitions.checks import release_rules
from models_registry.models import (
    CatalogueList,
    ListEntry,
    ListPiece,
    ListRevision,
    RegisteredModel,
    Revision,
    ShippedName,
    UpstreamFile,
)
from models_registry.servers import held_lists
from tests.environment import ROOT
from tests.factories import a_model, a_person, llm_record, written
from tests.models_registry.catalogue.revisions import digest

pytestmark = pytest.mark.django_db
WORLD = ROOT / "tests/data/upstream/catalogue-4.1.0/xinference/model/world/models"
WORLD /= "LingBot-World-V2.json"
DECODE = {"": lambda body: body, "gzip": gzip.decompress}


@pytest.fixture(autouse=True)
def _nothing_prepared():
    """Other tests have the same lists in pieces of another size."""
    serve._prepared._entries.clear()
    yield
    serve._prepared._entries.clear()


@pytest.fixture
def small(monkeypatch):
    """Pieces of two or three models, and no list is stored as a whole."""
    monkeypatch.setattr(pieces, "_SIZE", 2_000)
    monkeypatch.setattr(pieces, "MOST_WHOLE", 0)


def download(client, model_type="llm", *, encoding="", revision=None):
    address = f"/api/models/download?model_type={model_type}"
    address += f"&revision={revision}" if revision else ""
    return client.get(address, headers={"Accept-Encoding": encoding})


def content(answer) -> bytes:
    return b"".join(answer)


def record(kind: str, name: str, chance: random.Random) -> dict:
    """A record that some, all or no releases can use, of any size."""
    made = llm_record(name, model_description="x" * chance.choice((0, 10, 500, 5_000)))
    if kind == "world":
        [made] = json.loads(WORLD.read_text())
        made["model_family"] = name
        variants = {chance.choice("abcdefgh") for _ in range(2)}
        made["model_specs"] = [
            {**made["model_specs"][0], "model_name": variant} for variant in sorted(variants)
        ]
    elif chance.random() < 0.3:
        # Releases up to 1.16.0 do not know this format, so the model stands at the end.
        made["model_specs"][0]["model_format"] = "fp4"
    made["updated_at"] = chance.choice((*range(1_780_000_000, 1_780_000_004), ...))
    return {key: value for key, value in made.items() if value is not ...}


def decide_all_again(model_type: str) -> None:
    CatalogueList.objects.filter(model_type=model_type).update(fingerprint="")
    build.rebuild([model_type])


class History:
    """What happens to the models of one type, at random."""

    def __init__(self, model_type: str, seed: int) -> None:
        self.type, self.chance = model_type, random.Random(seed)
        self.root = a_person(
            f"root{seed}", "Public registrars", "Maintainers", "delete_public_model"
        )
        self.count = 0

    def model(self) -> RegisteredModel:
        models = RegisteredModel.objects.filter(model_type=self.type)
        return self.chance.choice(list(models.select_related("published_revision").order_by("pk")))

    def text(self, name: str) -> str:
        return written(record(self.type, name, self.chance))

    def step(self) -> str:
        verbs = [self.add, self.add, self.edit, self.edit, self.expire, self.expired, self.hide,
                 self.remove, self.rename, self.hold_back, self.ship, self.outdate, self.derive,
                 self.pin, self.spoil, self.several, self.undone]  # fmt: skip
        verb = self.chance.choice(verbs)
        if not RegisteredModel.objects.filter(model_type=self.type).exists():
            verb = self.add
        verb()
        return verb.__name__

    def add(self) -> None:
        self.count += 1
        name = self.chance.choice("aAbBZz") + f"-{self.chance.randrange(10**6)}-{self.count}"
        a_model(name, model_type=self.type, definition=self.text(name))

    def edit(self) -> None:
        model = self.model()
        with changing([model]) as change:
            publication.publish(model, publication.Content(self.text(model.name), ""), by=None)
            change.touch_list(model)

    def several(self) -> None:
        with changing():
            for _ in range(3):
                self.edit()

    def undone(self) -> None:
        try:
            with changing():
                self.edit()
                self.remove()
                raise InterruptedError
        except InterruptedError:
            pass

    def expire(self) -> None:
        model = self.model()
        days = self.chance.choice((-1, 1, 2, None))
        model.expires_at = days and timezone.now() + timedelta(days=days)
        with changing([model]) as change:
            model.save(update_fields=["expires_at"])
            change.touch_list(model)

    def expired(self) -> None:
        """Time passes: nothing is told of it."""
        RegisteredModel.objects.filter(pk=self.model().pk).update(
            expires_at=timezone.now() - timedelta(seconds=1)
        )
        refresh.rebuild_stale()

    def hide(self) -> None:
        model = self.model()
        model.visibility = "private" if model.visibility == "public" else "public"
        with changing([model]) as change:
            model.save(update_fields=["visibility"])
            change.touch_list(model)

    def remove(self) -> None:
        model = self.model()
        with changing([model]) as change:
            change.delete(model, by=self.root)

    def rename(self) -> None:
        model = self.model()
        name = self.chance.choice(("0", "M", "zz")) + model.name
        if model.visibility == "public" and not model.is_expired() and len(name) < 40:
            rename(model, name, by=self.root)

    def hold_back(self) -> None:
        files = UpstreamFile.objects.filter(model_type=self.type)
        if files.exists():
            files.delete()
        else:
            model = self.model()
            text = written(llm_record(model.name))
            UpstreamFile.objects.create(
                model=model, model_type=self.type, name_key=model.name_key, path="x",
                layout="split", text=text, source="x", has_updated_at=False,
            )  # fmt: skip
        refresh.rebuild_stale()

    def ship(self) -> None:
        name = self.model().name_key
        ShippedName.objects.get_or_create(
            model_type=self.type, name_key=name, defaults={"release": "xinference==4.1.0"}
        )
        refresh.rebuild_stale()

    def outdate(self) -> None:
        RegisteredModel.objects.filter(pk=self.model().pk).update(derived_by="older")
        refresh.rebuild_stale()

    def derive(self) -> None:
        derive_again.derive_all_again(only_stale=self.chance.random() < 0.5)
        refresh.rebuild_stale()

    def pin(self) -> None:
        listing = CatalogueList.objects.get(model_type=self.type)
        if listing.pinned is None:
            numbers = ListRevision.objects.filter(model_type=self.type).values_list("number")
            pinning.pin(self.type, self.chance.choice(list(numbers))[0], by=None)
        else:
            pinning.release(self.type, by=None)

    def spoil(self) -> None:
        """The loader had another problem with a definition before its rules changed."""
        problem = {"pointer": "", "line": 1, "column": 1, "message": "Old rule.", "code": "old"}
        model = self.model()
        model.published_revision.loading_problems = [problem]
        model.published_revision.save(update_fields=["loading_problems"])
        decide_all_again(self.type)
        derive_again.derive_all_again()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("model_type", ["llm", "world"])
@pytest.mark.parametrize("seed", range(2))
def test_whatever_happened_a_list_is_as_if_it_was_built_from_nothing(client, model_type, seed):
    told = History(model_type, seed)
    for _ in range(8):
        told.add()
    happened, seen = [], set()
    for _ in range(30):
        happened.append(told.step())
        models = models_of(model_type)
        whole = select(model_type, models)
        body = joined(whole)
        newest = history.newest(model_type)
        listing = CatalogueList.objects.get(model_type=model_type)
        assert history.body_of(newest) == body, happened
        assert newest.sha256 == hashlib.sha256(body).hexdigest()
        assert gzip.decompress(b"".join(history.gzip_of(newest))) == body
        assert (newest.model_count, newest.record_count, newest.size) == (
            len(whole.kept), whole.record_count(), len(body),
        )  # fmt: skip
        seen |= {"listed"} if whole.kept else set()
        seen |= {"left out"} if whole.left_out else set()
        seen |= {"ordered"} if len(set(whole.refusing.values())) > 1 else set()
        seen |= {"clash"} if "Its variant" in str(listing.left_out) else set()
        assert listing.left_out == [to_store(*entry) for entry in whole.left_out], happened
        ends = [model.expires_at for model in models if model.expires_at]
        assert listing.valid_until == min(ends, default=None)
        served = content(download(client, model_type))
        if listing.pinned is None:
            assert served == body
        else:
            pinned = ListRevision.objects.get(model_type=model_type, number=listing.pinned)
            assert served == history.body_of(pinned)
        # What upstream has of a model may go with it: then the list is built again as it is.
        refresh.rebuild_stale()
        assert model_type not in refresh.rebuild_stale()
        listing = CatalogueList.objects.get(model_type=model_type)
        # Built from nothing: the same pieces, so the same bytes of gzip.
        decide_all_again(model_type)
        again = CatalogueList.objects.get(model_type=model_type)
        assert (again.pieces, again.fingerprint) == (listing.pieces, listing.fingerprint), happened
        assert history.newest(model_type).number == newest.number
    for revision in ListRevision.objects.filter(model_type=model_type):
        assert hashlib.sha256(history.body_of(revision)).hexdigest() == revision.sha256
    assert len(set(happened)) > 8
    # Some were in the list, some were not, and some were in either part of its order.
    assert seen >= {"listed", "left out", "ordered" if model_type == "llm" else "clash"}


def of_three(*names: str) -> list[RegisteredModel]:
    return [a_model(name) for name in names]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("accepted", "sent"), [("", ""), ("br", ""), ("gzip", "gzip"), ("br, gzip", "gzip")]
)
def test_a_long_list_is_sent_in_parts_under_the_same_headers(client, accepted, sent):
    of_three("one", "two", "three")
    body = joined(select("llm", models_of("llm")))
    for revision in (None, 3):
        answer = download(client, encoding=accepted, revision=revision)
        received = content(answer)
        assert DECODE[sent](received) == body
        assert answer.headers.get("Content-Encoding", "") == sent
        assert answer.headers["Content-Length"] == str(len(received))
        assert answer.headers["X-Hub-Revision"] == "3"
        assert answer.headers["X-Hub-SHA256"] == hashlib.sha256(body).hexdigest()
        assert answer.headers["Repr-Digest"] == digest(received)
        same = {"If-None-Match": answer.headers["ETag"], "Accept-Encoding": accepted}
        address = "/api/models/download?model_type=llm"
        again = client.get(f"{address}&revision={revision or ''}".removesuffix("&revision="),
                           headers=same)  # fmt: skip
        assert (again.status_code, again.content) == (304, b"")
    row = CatalogueList.objects.get(model_type="llm")
    assert not any((row.body, row.gzip_body, row.brotli_body))


@pytest.mark.usefixtures("small")
def test_what_is_too_long_even_when_compressed_is_sent_in_parts(client, monkeypatch):
    monkeypatch.setattr(serve, "MOST_BODY_BYTES", 100)
    of_three("four", "five", "six")
    answer = download(client, encoding="gzip")
    assert answer.streaming
    received = content(answer)
    assert gzip.decompress(received) == joined(select("llm", models_of("llm")))
    assert answer.headers["Content-Length"] == str(len(received))
    assert answer.headers["Repr-Digest"] == digest(received)


def test_a_list_becomes_long_and_short_again(client, monkeypatch):
    of_three("one", "two")
    monkeypatch.setattr(pieces, "MOST_WHOLE", history.newest("llm").size)
    a_model("three")
    assert download(client).streaming
    root = a_person("root", "delete_public_model")
    delete(RegisteredModel.objects.get(name="three"), by=root)
    answer = download(client, encoding="br")
    assert answer.headers["Content-Encoding"] == "br"
    assert brotli.decompress(answer.content) == joined(select("llm", models_of("llm")))
    pinning.pin("llm", 3, by=None)
    assert content(download(client)) == history.body_of(history.get("llm", 3))
    pinning.pin("llm", 2, by=None)
    assert download(client).content == history.body_of(history.get("llm", 2))


@pytest.mark.usefixtures("small")
def test_a_change_of_one_model_of_many_writes_its_piece_only():
    with changing() as change:
        for number in range(60):
            model = RegisteredModel.objects.create(
                model_type="llm", name=f"m-{number}", name_key=f"m-{number}", visibility="public"
            )
            text = written(llm_record(model.name))
            publication.publish(model, publication.Content(text, ""), by=None)
        change.build_lists(["llm"])
    before = history.newest("llm").pieces
    assert len(before) > 10
    model = RegisteredModel.objects.get(name="m-30")
    text = written(llm_record("m-30", updated_at=1_790_000_000))
    with changing([model]) as change:
        publication.publish(model, publication.Content(text, ""), by=None)
        change.touch_list(model)
    after = history.newest("llm").pieces
    assert len(after) == len(before)
    assert len(set(after) - set(before)) == 1
    assert ListPiece.objects.count() == len(before) + 1


@pytest.mark.usefixtures("small")
def test_pieces_go_with_the_last_revision_that_has_them(monkeypatch, settings):
    settings.ENV = dataclasses.replace(settings.ENV, keep_list_revisions=2)
    for number in range(12):
        a_model(f"m-{number}")
    kept = ListRevision.objects.filter(model_type="llm")
    assert kept.count() == 2
    used = {key for keys in kept.values_list("pieces", flat=True) for key in keys}
    assert set(ListPiece.objects.values_list("key", flat=True)) == used
    for revision in kept:
        assert hashlib.sha256(history.body_of(revision)).hexdigest() == revision.sha256


@pytest.mark.usefixtures("small")
def test_what_is_forgotten_is_in_no_piece_any_more():
    of_three("secret", *(f"m-{number}" for number in range(10)))
    delete(RegisteredModel.objects.get(name="secret"), by=a_person("root", "delete_public_model"))
    assert pinning.forget("llm", "SECRET", by=None) == [str(number) for number in range(1, 12)]
    assert ListRevision.objects.count() == 1
    kept = list(ListPiece.objects.values_list("key", flat=True))
    assert len(kept) > 1
    assert not any(b"secret" in body for _key, body in pieces.records_of("llm", kept))


@pytest.mark.usefixtures("small")
def test_a_piece_that_is_lost_is_written_again_with_the_next_change(client):
    of_three(*(f"m-{number}" for number in range(10)))
    before = ListPiece.objects.count()
    ListPiece.objects.filter(key__in=history.newest("llm").pieces[1:3]).delete()
    a_model("zz")
    assert before > 3
    assert content(download(client)) == joined(select("llm", models_of("llm")))


@pytest.mark.usefixtures("small")
def test_what_was_decided_is_found_again_after_it_was_lost(client):
    """As a backup of another version may come without it."""
    of_three("one", "two", "three")
    number = history.newest("llm").number
    ListEntry.objects.all().delete()
    CatalogueList.objects.update(pieces=[], entries_digest="")
    assert "llm" in refresh.rebuild_stale()
    assert history.newest("llm").number == number
    assert content(download(client)) == joined(select("llm", models_of("llm")))


def test_a_revision_of_the_former_version_is_served_and_rolled_back_to(client):
    """It has no pieces."""
    of_three("one")
    body = history.body_of(history.newest("llm"))
    ListRevision.objects.update(pieces=[], crc32=None)
    of_three("two")
    assert history.newest("llm").number == 2
    for encoding, decode in DECODE.items():
        assert decode(download(client, encoding=encoding, revision=1).content) == body
    pinning.pin("llm", 1, by=None)
    for encoding, decode in DECODE.items():
        assert decode(download(client, encoding=encoding).content) == body
    assert pinning.forget("llm", "two", by=None) == ["2"]


def test_the_former_version_finds_a_list_in_the_columns_that_it_knows(client):
    of_three("one", "two")
    row, newest = CatalogueList.objects.get(model_type="llm"), history.newest("llm")
    body = joined(select("llm", models_of("llm")))
    assert bytes(row.body) == gzip.decompress(bytes(row.gzip_body)) == body
    assert brotli.decompress(bytes(newest.brotli_body)) == body


@pytest.mark.usefixtures("small")
def test_a_long_list_is_stored_as_a_whole_while_the_former_version_may_run(client):
    of_three("one", "two")
    CatalogueList.objects.update(whole_until=timezone.now() + timedelta(hours=1))
    a_model("three")
    row, newest = CatalogueList.objects.get(model_type="llm"), history.newest("llm")
    body = joined(select("llm", models_of("llm")))
    assert bytes(row.body) == gzip.decompress(bytes(row.gzip_body)) == body
    assert brotli.decompress(bytes(newest.brotli_body)) == body
    assert download(client).content == body
    CatalogueList.objects.update(whole_until=timezone.now())
    a_model("four")
    assert not CatalogueList.objects.get(model_type="llm").body
    assert content(download(client)) == joined(select("llm", models_of("llm")))


@pytest.mark.usefixtures("small")
def test_a_long_list_is_written_into_a_folder(tmp_path):
    of_three("one", "two", "three")
    call_command("install_lists", str(tmp_path), verbosity=0)
    [path] = tmp_path.glob("**/llm_models.json")
    assert path.read_bytes() == joined(select("llm", models_of("llm")))
    call_command("install_lists", str(tmp_path), "--verify", verbosity=0)


def written_by_the_former_version() -> None:
    """One tick of its worker: the fingerprint is foreign to it, so it builds the same list again,
    and then compresses the empty body."""
    row = CatalogueList.objects.get(model_type="llm")
    gzip_body = gzip.compress(bytes(row.body), compresslevel=8, mtime=0)
    brotli_body = brotli.compress(bytes(row.body), quality=7)
    CatalogueList.objects.filter(pk=row.pk).update(
        fingerprint="foreign", gzip_body=gzip_body, brotli_body=brotli_body
    )
    ListRevision.objects.filter(
        model_type="llm", number=row.revision, sha256=row.sha256
    ).update(brotli_body=brotli_body)  # fmt: skip


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
def test_a_long_list_is_served_although_the_former_version_compressed_nothing(client, encoding):
    of_three("one", "two", "three")
    written_by_the_former_version()
    body = joined(select("llm", models_of("llm")))
    for revision in (None, 3):
        answer = download(client, encoding=encoding, revision=revision)
        decode = DECODE[answer.headers.get("Content-Encoding", "")]
        assert decode(content(answer)) == body
    refresh.rebuild_stale()
    row = CatalogueList.objects.get(model_type="llm")
    assert not any((row.body, row.gzip_body, row.brotli_body, history.newest("llm").brotli_body))


@pytest.mark.usefixtures("small")
def test_a_long_revision_of_the_former_version_is_served_as_a_whole(client):
    """It has nothing but bytes, which a former version that runs again must not replace."""
    of_three("one", "two")
    body = history.body_of(history.newest("llm"))
    whole = brotli.compress(body, quality=5)
    ListRevision.objects.filter(number=2).update(pieces=[], crc32=None, brotli_body=whole)
    a_model("three")
    pinning.pin("llm", 2, by=None)
    written_by_the_former_version()
    for revision in (None, 2):
        assert brotli.decompress(download(client, encoding="br", revision=revision).content) == body


@pytest.mark.usefixtures("small")
def test_a_long_list_with_a_whole_revision_does_not_wait_to_be_compressed(client, monkeypatch):
    of_three("one", "two")
    CatalogueList.objects.update(whole_until=timezone.now() + timedelta(hours=1))
    of_three("three", "four")
    CatalogueList.objects.update(whole_until=None)
    pinning.pin("llm", 3, by=None)
    assert history.get("llm", 3).brotli_body
    body = history.body_of(history.get("llm", 3))
    monkeypatch.setattr(history, "encoded", None)
    assert content(download(client, encoding="br", revision=3)) == body


@pytest.mark.usefixtures("small")
def test_a_list_has_until_when_it_is_valid_by_what_it_has(client, monkeypatch):
    """A model expires while its list is being built."""
    of_three("one", "two")
    two = RegisteredModel.objects.filter(name="two")
    write = pieces.write

    def write_late(*arguments):
        keys = write(*arguments)
        two.update(expires_at=timezone.now() - timedelta(seconds=1))
        return keys

    two.update(expires_at=timezone.now() + timedelta(hours=1))
    monkeypatch.setattr(pieces, "write", write_late)
    decide_all_again("llm")
    monkeypatch.undo()
    assert b'"two"' in history.body_of(history.newest("llm"))
    assert b'"two"' not in content(download(client))


def change(name: str, updated_at: int) -> None:
    model = RegisteredModel.objects.get(name=name)
    with changing([model]) as changed:
        text = written(llm_record(name, updated_at=updated_at))
        publication.publish(model, publication.Content(text, ""), by=None)
        changed.touch_list(model)


@pytest.fixture
def pruned_meanwhile(monkeypatch, settings):
    """Call it: of what is read next, nothing is left when its pieces are read."""
    settings.ENV = dataclasses.replace(settings.ENV, keep_list_revisions=2)
    read, moments = pieces._stored_of, iter(range(1_790_000_000, 1_800_000_000))

    def read_late(*arguments):
        monkeypatch.setattr(pieces, "_stored_of", read)
        for _ in range(2):
            for model in RegisteredModel.objects.all():
                change(model.name, next(moments))
        yield from read(*arguments)

    return lambda: monkeypatch.setattr(pieces, "_stored_of", read_late)


@pytest.mark.usefixtures("small")
def test_a_list_that_is_pruned_while_it_is_read_is_read_again(client, pruned_meanwhile):
    of_three(*(f"m-{number}" for number in range(4)))
    pruned_meanwhile()
    answer = download(client, encoding="gzip")
    assert gzip.decompress(content(answer)) == joined(select("llm", models_of("llm")))


@pytest.mark.usefixtures("small")
def test_a_revision_that_is_pruned_while_it_is_read_is_not_found(client, pruned_meanwhile):
    of_three(*(f"m-{number}" for number in range(4)))
    pruned_meanwhile()
    assert download(client, encoding="gzip", revision=4).status_code == 404


@pytest.mark.usefixtures("small")
def test_a_revision_that_is_pruned_while_it_is_searched_is_left_out(pruned_meanwhile):
    of_three(*(f"m-{number}" for number in range(4)))
    newest = history.newest("llm")
    pruned_meanwhile()
    assert history.names_in(newest) == []
    pruned_meanwhile()
    assert not any(history.having(ListRevision.objects.all(), ["m-1"]).values())
    revisions = ListRevision.objects.order_by("-number")
    pruned_meanwhile()
    assert list(held_lists._bodies(list(revisions))) == []


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
def test_a_piece_that_is_lost_is_written_again_for_who_asks(client, encoding):
    of_three(*(f"m-{number}" for number in range(10)))
    ListPiece.objects.filter(key__in=history.newest("llm").pieces[1:3]).delete()
    answer = download(client, encoding=encoding)
    decode = DECODE[answer.headers.get("Content-Encoding", "")]
    assert decode(content(answer)) == joined(select("llm", models_of("llm")))


@pytest.mark.usefixtures("small")
def test_a_piece_that_is_lost_is_noticed(client):
    of_three(*(f"m-{number}" for number in range(10)))
    keys = history.newest("llm").pieces
    ListPiece.objects.filter(key__in=keys[1:3]).delete()
    assert "llm" in refresh.rebuild_stale()
    assert pieces.are_stored("llm", keys)
    assert "llm" not in refresh.rebuild_stale()


@pytest.mark.usefixtures("small")
def test_a_pinned_list_that_is_lost_ends_in_an_error(client):
    of_three("one", "two")
    pinning.pin("llm", 1, by=None)
    ListRevision.objects.filter(number=1).delete()
    with pytest.raises(pieces.LostPieceError):
        download(client)


@pytest.mark.usefixtures("small")
def test_a_list_whose_revision_is_lost_is_built_again(client):
    of_three("one", "two")
    ListRevision.objects.all().delete()
    assert content(download(client)) == joined(select("llm", models_of("llm")))


@pytest.mark.usefixtures("small")
def test_what_is_too_long_even_when_compressed_is_not_read_to_say_that_it_is_the_same(
    client, monkeypatch
):
    monkeypatch.setattr(serve, "MOST_BODY_BYTES", 100)
    of_three("seven", "eight", "nine")
    tag = download(client, encoding="gzip").headers["ETag"]
    monkeypatch.setattr(pieces, "_stored_of", None)
    address = "/api/models/download?model_type=llm"
    accepted = {"Accept-Encoding": "gzip"}
    same = client.get(address, headers={**accepted, "If-None-Match": tag})
    assert same.status_code == 304
    head = client.head(address, headers=accepted)
    assert head.headers["Repr-Digest"] == same.headers["Repr-Digest"]


@pytest.mark.usefixtures("small")
def test_who_accepts_brotli_shares_the_bytes_of_gzip(client):
    of_three("ten", "eleven")
    bodies = []
    for accepted in ("br, gzip", "gzip"):
        answer = serve.list_response(
            RequestFactory().get("/", headers={"Accept-Encoding": accepted}), "llm"
        )
        assert answer.headers["Content-Encoding"] == "gzip"
        bodies.append(serve._prepared._entries["llm", "gzip"][1].read())
    assert bodies[0] is bodies[1]
    assert not isinstance(serve._prepared._entries["llm", "br"][1].read(), bytes)


@pytest.mark.usefixtures("small")
def test_a_large_piece_is_sent_in_parts(monkeypatch):
    monkeypatch.setattr(pieces, "_PART", 100)
    of_three("one")
    newest = history.newest("llm")
    assert max(map(len, history.text_of(newest))) == 100
    assert history.body_of(newest) == joined(select("llm", models_of("llm")))


@pytest.mark.usefixtures("small")
def test_what_another_version_has_decided_is_not_continued(monkeypatch):
    """A process of the older version publishes beside the newer one."""
    of_three("one", "two")
    reasons = selection._reasons
    with monkeypatch.context() as newer:
        newer.setattr(release_rules, "VERSION", "newer")
        newer.setattr(
            selection, "_reasons",
            lambda model, *rest: reasons(model, *rest) if model.name != "one" else ["no"],
        )  # fmt: skip
        CatalogueList.objects.update(release_rules="newer")
        refresh.rebuild_stale()
        assert history.names_in(history.newest("llm")) == ["two"]
    assert "llm" not in refresh.rebuild_stale()
    a_model("three")
    assert history.body_of(history.newest("llm")) == joined(select("llm", models_of("llm")))


@pytest.mark.usefixtures("small")
def test_an_empty_list_has_one_fingerprint():
    [model] = of_three("one")
    delete(model, by=a_person("root", "delete_public_model"))
    before = CatalogueList.objects.get(model_type="llm").fingerprint
    decide_all_again("llm")
    assert CatalogueList.objects.get(model_type="llm").fingerprint == before


def test_a_text_beside_the_changed_one_that_is_broken_is_left_out():
    """All are in one piece, which is written again."""
    [broken, *_] = of_three("one", "two", "three")
    Revision.objects.filter(pk=broken.published_revision_id).update(definition="[{")
    a_model("four")
    assert history.names_in(history.newest("llm")) == ["four", "three", "two"]
    [left_out] = CatalogueList.objects.get(model_type="llm").left_out
    assert left_out["name"] == "one"


def test_an_entry_of_another_type_is_not_in_the_way(client):
    """As somebody may have changed a model's type in the database."""
    of_three("one", "two")
    ListEntry.objects.filter(model__name="one").update(model_type="image", derived_by="other")
    a_model("three")
    assert download(client).content == joined(select("llm", models_of("llm")))
    assert not ListEntry.objects.exclude(model_type="llm").exists()
