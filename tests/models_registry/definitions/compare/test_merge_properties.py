import copy
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_registry.definitions.compare.merge import merge
from models_registry.definitions.json_text.document import parse
from tests.models_registry.definitions.json_text import edits


def data(text):
    return json.loads(text)


def unordered(value):
    """The value with its lists sorted: what is left when order does not count."""
    if isinstance(value, dict):
        return {key: unordered(one) for key, one in value.items()}
    if isinstance(value, list):
        return sorted(
            (unordered(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True)
        )
    return value


def unstamped(records):
    return [{key: one for key, one in record.items() if key != "updated_at"} for record in records]


def typed(value):
    return json.dumps(value, sort_keys=True)


@st.composite
def three(draw, most=4):
    base = draw(edits.RECORDS)
    return tuple(
        draw(edits.texts(draw(edits.edited(base, most)) if edit else base))
        for edit in (False, True, True)
    )


@given(three())
@settings(max_examples=150, deadline=None)
def test_our_changes_alone_come_through_whole(texts):
    base, ours, _ = texts
    merged = merge(base, ours, base)
    assert merged.conflicts == []
    assert typed(unstamped(data(merged.text))) == typed(unstamped(data(ours)))


@given(three())
@settings(max_examples=100, deadline=None)
def test_their_changes_alone_keep_every_byte(texts):
    base, _, theirs = texts
    assert merge(base, base, theirs).text == theirs


@given(three())
@settings(max_examples=100, deadline=None)
def test_one_change_made_by_both_is_there_once(texts):
    base, ours, _ = texts
    assert merge(base, ours, ours) == merge(base, base, ours)


@given(three(most=2))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_orders_of_the_sides_give_the_same_data(texts):
    base, ours, theirs = texts
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert sorted((c.base or "", c.ours or "", c.theirs or "") for c in one.conflicts) == sorted(
        (c.base or "", c.theirs or "", c.ours or "") for c in other.conflicts
    )
    if not one.conflicts:
        assert typed(unordered(unstamped(data(one.text)))) == typed(
            unordered(unstamped(data(other.text)))
        )


@given(three(), st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_choosing_a_side_of_each_conflict_leaves_none(texts, draw):
    base, ours, theirs = texts
    first = merge(base, ours, theirs)
    parse(first.text)
    sides = {one.key: draw.draw(st.sampled_from(["ours", "theirs"])) for one in first.conflicts}
    assert len(sides) == len(first.conflicts)
    # Choices may leave a list empty, which is a conflict of its own.
    second = merge(base, ours, theirs, choices=sides)
    assert not {one.key for one in second.conflicts} & set(sides)


def places(value, path=()):
    """The path of each object of a definition, the inner ones too."""
    if isinstance(value, dict):
        yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in entries:
        if isinstance(one, (dict, list)):
            yield from places(one, (*path, key))


def put(records, path, key, value):
    """A copy of the records with one member of one object set."""
    copied = copy.deepcopy(records)
    inner = copied
    for step in path:
        inner = inner[step]
    inner[key] = value
    return copied


@given(edits.RECORDS, st.data())
@settings(max_examples=200, deadline=None)
def test_no_edit_of_either_side_is_lost(base, draw):
    ours_at, theirs_at = (draw.draw(st.sampled_from(list(places(base)))) for _ in range(2))
    ours, theirs = put(base, ours_at, "mine", 3.0), put(base, theirs_at, "yours", [True])
    texts = [draw.draw(edits.texts(one)) for one in (base, ours, theirs)]
    merged = merge(*texts)
    assert merged.conflicts == []
    assert typed(data(merged.text)) == typed(put(ours, theirs_at, "yours", [True]))


@given(three())
@settings(max_examples=100, deadline=None)
def test_the_pointer_of_a_conflict_leads_into_the_merged_text(texts):
    merged = merge(*texts)
    definition = parse(merged.text)
    for conflict in merged.conflicts:
        node, _, exists = definition.find(conflict.pointer)
        assert exists
        if conflict.theirs is not None:
            assert merged.text[node.start : node.end] == conflict.theirs
