"""The index in memory and the plain queries say the same, whoever asks and whatever changes."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from models_registry import catalogue_changes, public_index
from models_registry.launch.needs import GPUS
from models_registry.models import (
    Facet,
    ListingFigures,
    RegisteredModel,
    RegisteredModelUserObjectPermission,
    Revision,
    SearchDocument,
    SmallestNeed,
    SourceSummary,
)
from models_registry.pages import listing
from models_registry.pages.listing_filters import ListingFilters, ListingSort
from models_registry.permissions import Right
from tests.factories import a_person, a_user
from tests.threads import ON_POSTGRESQL

pytestmark = pytest.mark.django_db(transaction=True)

KINDS = {
    "ability": ("chat", "vision", "tools"),
    "format": ("pytorch", "ggufv2"),
    "engine": ("vllm", "mlx"),
    "language": ("en", "zh"),
    "fits": ("24", "80"),
}
CHOICE = {
    "format": "x", "size": "7", "quantization": "", "weights": 1, "cache": 1, "context": 1,
}  # fmt: skip


@pytest.fixture(autouse=True)
def new_index(monkeypatch):
    """An index that no other test has filled."""
    index = public_index._SharedIndex()
    monkeypatch.setattr(public_index, "_INDEX", index)
    return index


def write(chance, people, number):
    """A model as random as the rules of the tables allow."""
    now = timezone.now()
    model = RegisteredModel.objects.create(
        model_type=chance.choice(("llm", "image", "audio")),
        name=f"Model-{number}",
        name_key=f"{chance.choice('aäB-_zß')}-model-{number}",
        owner=chance.choice((None, *people)),
        visibility=chance.choice(("public", "public", "enterprise", "private")),
        expires_at=chance.choice((None, None, now + timedelta(days=1), now - timedelta(seconds=1))),
        featured=chance.random() < 0.3,
        definition_updated_at=chance.choice((None, now, now - timedelta(days=chance.randrange(9)))),
    )
    if chance.random() < 0.8:
        publish(model)
    describe(chance, model)
    return model


def publish(model):
    revision, _is_new = Revision.objects.get_or_create(
        model=model,
        number=1,
        defaults={"state": "published", "definition": "[]", "visibility": model.visibility},
    )
    RegisteredModel.objects.filter(pk=model.pk).update(published_revision=revision)


def describe(chance, model):
    Facet.objects.filter(model=model).delete()
    facets = [
        Facet(model=model, kind=kind, value=value)
        for kind, values in KINDS.items()
        for value in values
        if chance.random() < 0.4
    ]
    Facet.objects.bulk_create(facets)
    # The search's documents have no values of sources.
    values = [f"{facet.kind}:{facet.value}" for facet in facets if facet.kind != "fits"]
    words = ["model", model.name.partition("-")[2], *chance.sample(["tiny", "chat"], 1)]
    SearchDocument.objects.update_or_create(
        model=model,
        defaults={
            "words": " ".join([*words, *values]),
            "folded_name": "".join(words),
            "fields": {"name": words, "values": values},
            "rank": chance.randrange(3),
        },
    )
    for table, values in (
        (ListingFigures, {"recommended_rank": chance.choice((None, chance.randrange(99)))}),
        (SmallestNeed, {"need": chance.choice((None, chance.randrange(10**11))), "choice": CHOICE}),
        (SourceSummary, {"downloads": chance.choice((None, chance.randrange(9)))}),
    ):
        if chance.random() < 0.7:
            table.objects.update_or_create(model=model, defaults=values)


def change(chance, people, number):
    """One of the changes that a catalogue goes through, in bulk or one by one."""
    models = RegisteredModel.objects.all()
    pks = list(models.values_list("pk", flat=True))
    some = models.filter(pk__in=chance.sample(pks, min(3, len(pks))))
    match chance.randrange(8):
        case 0:
            write(chance, people, number)
        case 1:
            # Models refer to their revision, and it to them.
            with transaction.atomic():
                some.update(published_revision=None)
                Revision.objects.filter(model__in=some).delete()
                some.delete()
        case 2:
            some.update(visibility="private", owner=chance.choice(people))
        case 3:
            some.update(visibility="public")
        case 4:
            some.update(expires_at=chance.choice((None, timezone.now())))
        case 5:
            some.update(featured=chance.random() < 0.5, definition_updated_at=timezone.now())
        case 6:
            for model in some:
                describe(chance, model)
        case _:
            for model in some:
                model.name_key, model.model_type = f"b-renamed-{number}-{model.pk}", "llm"
                model.visibility = "enterprise"
                model.save()


def shown(result):
    """All that a visitor sees."""
    return {
        "models": [model.pk for model in result.models],
        "ambiguous": result.ambiguous,
        "total": result.total,
        "featured": result.featured_count,
        "groups": result.groups,
        "active": result.active,
        "choices": result.choices,
        "pages": result.page.paginator.num_pages,
    }


def choices_of(chance):
    kinds = chance.sample([*KINDS, "type"], chance.choice((0, 0, 1, 2, 3)))
    values = {**KINDS, "fits": ("24", "80"), "type": ("llm", "image")}
    chosen = {kind: tuple(chance.sample(values[kind], chance.choice((1, 1, 2)))) for kind in kinds}
    if "ability" in chosen:
        chosen["ability"] += ("no-such-ability",)
    return ListingFilters(
        values=chosen,
        featured=chance.random() < 0.2,
        sort=chance.choice(list(ListingSort)),
        page=chance.choice((1, 2, 3, 999)),
    )


def api_address(chance):
    order = chance.choice(("featured", "recommended", "name", "updated", "memory", "used"))
    address = f"/api/models?order={order}&page={chance.choice((1, 2, 5))}&pageSize=7"
    address += chance.choice(("", "&model_type=llm"))
    address += chance.choice(("", f"&fits={GPUS[0].key}", "&named=true"))
    return address


def test_the_index_says_what_the_plain_queries_say(new_index, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 5)
    people = [a_user("owner"), a_person("member", "view_enterprise_model")]
    readers = [
        AnonymousUser(),
        *people,
        a_person("keeper", Right.CHANGE_PUBLIC_MODEL, Right.REVIEW_MODEL),
        a_user("root", is_superuser=True),
        a_user("gone", is_active=False),
    ]
    for seed in range(2):
        chance = random.Random(seed)
        for number in range(25):
            model = write(chance, people, 1000 * seed + number)
        permission = RegisteredModelUserObjectPermission
        permission.objects.assign_perm("change_model", readers[3], model)
        for number in range(10):
            change(chance, people, 1000 * seed + 500 + number)
            for reader in readers:
                choices = choices_of(chance)
                visible = RegisteredModel.objects.visible_to(reader).order_by()
                plain = listing.browse(reader, choices, among=visible)
                assert shown(listing.browse(reader, choices)) == shown(plain), (seed, choices)
                # A tab of the Launch page.
                tab = chance.choice(("llm", "image"))
                among = visible.published().filter(model_type=tab)
                plain = listing.browse(reader, choices, among=among)
                by_index = listing.browse(reader, choices, among=among, of_type=tab)
                assert shown(by_index) == shown(plain), (seed, tab, choices)
                # A search.
                text = chance.choice(("model", "tiny", "tiny model", "tyny", "chat 7", "zebra"))
                choices = replace(choices, text=text)
                by_index = listing.browse(reader, choices)
                with monkeypatch.context() as patch:
                    patch.setattr(public_index._SharedIndex, "current", lambda self: None)
                    plain = listing.browse(reader, choices)
                assert shown(by_index) == shown(plain), (seed, choices)
            client, address = Client(), api_address(chance)
            reader = chance.choice(readers[:-1])
            if reader.is_authenticated:
                client.force_login(reader)
            by_index = client.get(address).json()
            with monkeypatch.context() as patch:
                patch.setattr(public_index._SharedIndex, "current", lambda self: None)
                assert by_index == client.get(address).json(), (seed, address)
    # The index was there all the time, and followed.
    assert new_index._index is not None


def pages(reader=None):
    result = listing.browse(reader or AnonymousUser(), ListingFilters())
    return [model.pk for model in result.models], result.total


def test_a_model_is_gone_at_the_second_of_its_expiry():
    model = write(random.Random(1), [], 1)
    until = timezone.now() + timedelta(seconds=2)
    RegisteredModel.objects.update(visibility="public", expires_at=until)
    publish(model)
    assert pages() == ([model.pk], 1)
    time.sleep(max(0, (until - timezone.now()).total_seconds()))
    assert pages() == ([], 0)


def test_a_model_that_is_hidden_leaves_no_count_behind(new_index):
    model = write(random.Random(2), [], 1)
    RegisteredModel.objects.update(visibility="public", expires_at=None)
    publish(model)
    Facet.objects.create(model=model, kind="ability", value="secret")
    assert pages() == ([model.pk], 1)
    RegisteredModel.objects.update(visibility="private")
    assert pages() == ([], 0)
    shown = listing.browse(AnonymousUser(), ListingFilters())
    assert [group for group in shown.groups if not group.is_empty] == []
    chosen = ListingFilters(values={"ability": ("secret",)})
    assert listing.browse(AnonymousUser(), chosen).choices.values == {}


def test_a_transaction_sees_its_own_changes_and_leaves_none_behind(new_index):
    assert pages() == ([], 0)
    with transaction.atomic():
        model = write(random.Random(3), [], 1)
        RegisteredModel.objects.update(visibility="public", expires_at=None)
        publish(model)
        assert pages() == ([model.pk], 1)
        transaction.set_rollback(True)
    assert pages() == ([], 0)


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite writes one transaction after the other")
def test_a_transaction_that_began_first_and_ends_last_is_noticed(new_index):
    first, second = (write(random.Random(4), [], number) for number in (1, 2))
    RegisteredModel.objects.update(visibility="public", expires_at=None)
    publish(first)
    publish(second)
    assert pages()[1] == 2
    slow = connection.copy()
    try:
        slow.set_autocommit(False)
        with slow.cursor() as cursor:
            cursor.execute(
                "UPDATE models_registry_registeredmodel SET visibility = 'private' WHERE id = %s",
                [first.pk],
            )
        RegisteredModel.objects.filter(pk=second.pk).update(visibility="private")
        assert pages() == ([first.pk], 1)
        slow.commit()
        assert pages() == ([], 0)
    finally:
        slow.close()


def test_without_its_triggers_the_index_is_not_used(new_index):
    name, table, _statement = next(catalogue_changes._triggers(connection.vendor))
    on = f" ON {table}" if ON_POSTGRESQL else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{on}")
    try:
        assert new_index.current() is None
    finally:
        catalogue_changes.install(using="default")
    assert new_index.current() is not None


def test_old_notes_are_pruned_and_the_index_follows_on(new_index):
    model = write(random.Random(5), [], 1)
    assert new_index.current() is not None
    old = "now() - interval '2 days'" if ON_POSTGRESQL else "datetime('now', '-2 days')"
    RegisteredModel.objects.update(visibility="public", expires_at=None)
    publish(model)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {catalogue_changes.TABLE} SET at = {old}")
    if not ON_POSTGRESQL:
        # Its mark is gone, so it reads everything.
        assert catalogue_changes.prune() > 0
    assert pages() == ([model.pk], 1)
    catalogue_changes.prune()
    assert pages() == ([model.pk], 1)
