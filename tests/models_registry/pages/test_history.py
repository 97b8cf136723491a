"""The History tab: what each revision changed, any two compared, older ones restored."""

from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest
from django.contrib.auth.models import AnonymousUser

from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.models import RegisteredModel, Revision
from models_registry.pages import history
from tests.factories import a_model, a_person, llm_record, written
from tests.models_registry.pages.histories import propose, publish, reloaded, url

pytestmark = pytest.mark.django_db


def first_entries(model, person):
    return history.entries_of(history.pages_of(person, model).page(1))


def summary_of(model, number, person=None):
    (entry,) = [
        entry
        for entry in first_entries(reloaded(model), person or AnonymousUser())
        if entry.revision.number == number
    ]
    return entry


def shown_numbers(client, model):
    page = client.get(url(model)).content.decode()
    return [int(number) for number in re.findall(r'<li class="revision [^>]*id="r(\d+)"', page)]


# --- What changed --------------------------------------------------------------------------------


def test_each_revision_says_what_it_changed(grown):
    second, third = summary_of(grown, 2), summary_of(grown, 3)
    assert second.summary.sentences == ("Context length 32768 → 131072",)
    assert (second.summary.readme_added, second.summary.readme_removed) == (0, 0)
    assert third.summary.sentences == ("Added language de",)
    assert (third.summary.readme_added, third.summary.readme_removed) == (2, 0)
    assert summary_of(grown, 1).summary is None


def test_three_changes_are_spelt_out_and_the_others_counted():
    model = a_model()
    publish(
        model,
        context_length=1,
        model_lang=["fr"],
        model_ability=["generate"],
        model_description="Other",
    )
    summary = summary_of(model, 2).summary
    assert len(summary.sentences) == 3
    assert summary.more == summary.total - 3 > 0


def test_the_hubs_own_time_stamp_is_no_change_worth_telling():
    model = a_model()
    publish(model, updated_at=1_790_000_000)
    assert summary_of(model, 2).summary.is_empty


def test_a_proposal_is_compared_with_what_it_started_from(grown):
    ada = a_person("ada")
    RegisteredModel.objects.update(owner=ada)
    propose(reloaded(grown), by=ada, context_length=5)
    propose(reloaded(grown), by=ada, context_length=6)
    entry = summary_of(grown, 5, ada)
    assert entry.before.number == 3
    assert "Context length 131072 → 6" in entry.summary.sentences


def test_rounds_before_the_first_publication_are_compared_with_each_other():
    ada = a_person("ada", "Registrars")
    submission = Submission(written(llm_record()), visibility="public")
    first = register("llm", submission, by=ada)
    propose(first.model, by=ada, context_length=6)
    assert summary_of(first.model, 2, ada).summary.sentences == ("Context length 32768 → 6",)


def test_summaries_are_worked_out_once(grown, django_assert_num_queries):
    with django_assert_num_queries(2):
        first_entries(grown, AnonymousUser())
    with django_assert_num_queries(1):
        first_entries(grown, AnonymousUser())


def test_a_long_history_has_pages_and_few_queries(client, django_assert_max_num_queries):
    model = a_model()
    for number in range(39):
        publish(model, context_length=number + 1)
    with django_assert_max_num_queries(20):
        assert shown_numbers(client, model) == list(range(40, 25, -1))
    assert client.get(url(model) + "?page=3").context["entries"][-1].revision.number == 1
    for nonsense in ("0", "-1", "x", "99999999999", "²"):
        assert client.get(f"{url(model)}?page={nonsense}").status_code == 200


# --- Who sees what -------------------------------------------------------------------------------


def test_everybody_sees_what_was_public_and_those_who_work_with_it_see_all(client):
    ada = a_person("ada", "Registrars")
    model = a_model(
        owner=ada, visibility="private", definition=written(llm_record(context_length=7))
    )
    publish(model, visibility="public", context_length=8)
    propose(reloaded(model), by=ada, context_length=9)
    assert shown_numbers(client, model) == [2]
    client.force_login(a_person("ben"))
    assert shown_numbers(client, model) == [2]
    client.force_login(a_person("rae", "Reviewers"))
    assert shown_numbers(client, model) == [3, 2]
    client.force_login(ada)
    assert shown_numbers(client, model) == [3, 2, 1]


def test_a_hidden_revision_shows_neither_itself_nor_through_comparisons(client):
    ada = a_person("ada", "Registrars")
    secret = written(llm_record(model_description="the secret sauce"))
    model = a_model(owner=ada, visibility="private", definition=secret, readme="# Secret\n")
    publish(model, visibility="public", context_length=8)
    propose(reloaded(model), by=ada, model_description="the secret plan")
    for rest in (
        "history",
        "history/2",
        "history/2?part=definition",
        "compare/2...2",
        "definition.json",
    ):
        response = client.get(url(model, rest))
        assert response.status_code == 200
        assert b"secret" not in response.content.lower()
    for rest in ("history/1", "history/3", "compare/1...2", "compare/2...1", "compare/2...3"):
        assert client.get(url(model, rest)).status_code == 404


@pytest.mark.parametrize("kind", ["private", "enterprise", "expired"])
def test_the_past_of_a_hidden_model_does_not_exist(client, kind):
    if kind == "expired":
        model = a_model(expires_at="2020-01-01T00:00:00Z")
    else:
        model = a_model(owner=a_person("ada"), visibility=kind)
    client.force_login(a_person("ben", "Registrars"))
    for rest in ("history", "history/1", "compare/1...1", "compare?old=1&new=1"):
        assert client.get(url(model, rest)).status_code == 404
    assert client.post(url(model, "history/1/restore")).status_code == 404


# --- One revision, two revisions -----------------------------------------------------------------


def test_two_revisions_are_compared_in_sentences_and_line_by_line(client, grown):
    # A line of the template may end inside a tag, where white space does not show.
    page = re.sub(r"\n>", ">", client.get(url(grown, "compare/1...3")).content.decode())
    assert "Context length 32768 → 131072" in page
    assert "Added language de" in page
    assert "<del>    &quot;context_length&quot;: 32768,</del>" in page
    assert "<ins>    &quot;context_length&quot;: 131072,</ins>" in page
    assert "<ins>It speaks German.</ins>" in page
    assert "unchanged line" in page


def test_the_other_way_round_is_the_other_way_round(grown):
    one, three = grown.revisions.get(number=1), grown.revisions.get(number=3)
    there, back = history.compare(one, three), history.compare(three, one)
    assert there.definition.added == back.definition.removed
    assert "Context length 131072 → 32768" in [change.label for change in back.changes]


def test_side_by_side_and_all_lines(client, grown):
    split = client.get(url(grown, "compare/1...3?view=split")).content.decode()
    assert 'class="diff-table split"' in split
    whole = client.get(url(grown, "compare/1...3?lines=all")).content.decode()
    assert 'class="fold"' not in whole
    assert "Qwen3ForCausalLM" in whole


def test_equal_revisions_say_so(client):
    model = a_model()
    page = client.get(url(model, "compare/1...1")).content.decode()
    assert "The definitions are identical." in page
    assert page.count("The texts are identical.") == 2


def test_line_ends_that_differ_are_named(client):
    model = a_model(readme="one\ntwo")
    publish(model, readme="one\r\ntwo\n")
    page = client.get(url(model, "compare/1...2")).content.decode()
    assert "CRLF" in page
    assert "no line feed at the end" in page


def test_hostile_text_is_shown_as_text(client):
    hostile = '<script>window.__xss=1</script>"><img src=x onerror=alert(1)>'
    model = a_model(readme=hostile)
    publish(model, readme=f"{hostile}\nmore", model_description=hostile, message=hostile)
    for rest in ("history", "compare/1...2", "compare/2...1?view=split"):
        page = client.get(url(model, rest)).content.decode()
        assert "<script>window" not in page
        assert "<img src=x" not in page


def test_huge_texts_are_compared_in_time_and_cut():
    model = a_model(readme="a\nb\n" * 60_000)
    publish(model, readme="b\na\n" * 60_000)
    one, two = model.revisions.get(number=1), model.revisions.get(number=2)
    started = time.process_time()
    compared = history.compare(one, two, whole=True)
    assert time.process_time() - started < 10
    assert compared.readme.is_cut
    assert sum(len(hunk.rows) for hunk in compared.readme.hunks) <= history.MAX_ROWS


def test_a_line_of_a_megabyte_is_clipped():
    model = a_model(readme="x" * 900_000)
    publish(model, readme="y" * 900_000)
    one, two = model.revisions.get(number=1), model.revisions.get(number=2)
    rows = history.compare(one, two).readme.hunks[0].rows
    assert max(len(row.text) for row in rows) <= history.MAX_LINE + 2


def test_real_changes_of_the_catalogue_are_told_without_error(upstream_dir):
    texts = sorted((upstream_dir / "catalogue-4.1.0").rglob("models/*.json"))[:40]
    model = a_model()
    revisions = [
        Revision(model=model, number=number, definition=path.read_text(), readme="")
        for number, path in enumerate(texts)
    ]
    for old, new in pairwise(revisions):
        assert history.compare(old, new).definition.added > 0
