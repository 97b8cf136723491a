"""The model list: what it shows, to whom, and how its filters count."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.http import QueryDict
from django.utils import timezone

from models_registry import labels
from models_registry.forms.filters import ListingFilterForm
from models_registry.models import Facet
from models_registry.pages import listing as browsing
from models_registry.pages.listing_filters import ListingSort
from tests.factories import a_model, a_user, image_record, llm_record, of_size, written
from tests.models_registry.pages.browsed import counts, listing

pytestmark = pytest.mark.django_db


def names(client, address="/models"):
    return [model.name for model in listing(client, address).models]


def an_llm(name, **changes):
    return a_model(name, definition=written(llm_record(name, **changes)))


def an_image(name, **changes):
    return a_model(name, model_type="image", definition=written(image_record(name, **changes)))


# What the list shows


def test_both_addresses_show_the_list_and_a_closing_slash_does_no_harm(client):
    a_model("one")
    assert names(client, "/") == names(client, "/models") == names(client, "/models/") == ["one"]


def test_featured_models_come_first_then_by_name_regardless_of_case(client):
    for name, featured in [("beta", False), ("Alpha", False), ("gamma", True)]:
        an_llm(name, featured=featured)
    assert names(client) == ["gamma", "Alpha", "beta"]
    assert names(client, "/models?sort=name") == ["Alpha", "beta", "gamma"]


def test_newest_sorts_by_update_and_puts_models_without_one_last(client):
    an_llm("old", updated_at=1_600_000_000)
    an_llm("undated", updated_at=...)
    an_llm("new", updated_at=1_700_000_000)
    assert names(client, "/models?sort=newest") == ["new", "old", "undated"]


def test_a_model_of_exactly_the_searched_name_goes_before_featured_ones(client):
    an_llm("qwen3-next", featured=True)
    an_llm("qwen3")
    assert names(client, "/models?q=QWEN3") == ["qwen3", "qwen3-next"]


def test_search_needs_every_word_and_looks_into_descriptions_and_repositories(client):
    an_llm("one", model_description="Writes poems about the sea")
    an_llm("two", model_description="Writes code")
    assert names(client, "/models?q=sea+writes") == ["one"]
    assert names(client, "/models?q=example/two") == ["two"]
    assert names(client, "/models?q=writes+mountains") == []


def test_a_row_shows_the_facts_at_a_glance(client):
    an_llm("tiny-llm", featured=True)
    page = client.get("/models").content.decode()
    for shown in ("tiny-llm", "0.6B", "32K", "PyTorch", "English, Chinese", "Tool calling"):
        assert shown in page
    assert 'aria-label="Featured"' in page
    assert "32,768" in page or "32768 tokens" in page


# Filters


def test_values_of_one_group_widen_and_other_groups_narrow(client):
    an_llm("chatty", model_ability=["chat"])
    an_llm("writer", model_ability=["generate"])
    an_llm("seer", model_ability=["vision"], context_length=8192)
    assert sorted(names(client, "/models?ability=chat&ability=vision")) == ["chatty", "seer"]
    assert names(client, "/models?ability=chat&ability=vision&context=32k") == ["chatty"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("type=image", ["painter"]),
        ("type=image&type=llm", ["painter", "tiny", "writer"]),
        ("ability=text2image", ["painter"]),
        ("format=pytorch&type=llm", ["tiny", "writer"]),
        ("size=lt-1b", ["tiny", "writer"]),
        ("context=1m", ["writer"]),
        ("language=fr", ["writer"]),
        ("engine=Diffusers", ["painter"]),
        ("featured=1", ["tiny"]),
    ],
)
def test_each_filter_narrows_the_list(client, query, found):
    an_llm("tiny", featured=True)
    an_llm("writer", context_length=1_048_576, model_lang=["fr"])
    an_image("painter")
    assert sorted(names(client, f"/models?{query}")) == found


def test_counts_of_a_group_ignore_its_own_choice_and_obey_the_others(client):
    an_llm("a", model_ability=["chat"])
    an_llm("b", model_ability=["chat", "tools"])
    an_llm("c", model_ability=["tools"], context_length=4096)
    an_image("d")
    assert counts(client, "ability", "/models?ability=tools") == {
        "chat": 2,
        "tools": 2,
        "text2image": 1,
    }
    assert counts(client, "ability", "/models?ability=tools&context=32k") == {"chat": 2, "tools": 1}
    assert counts(client, "type", "/models?ability=tools&type=llm") == {"llm": 2}
    assert counts(client, "type") == {"llm": 3, "image": 1}


def test_the_count_beside_a_value_is_what_a_click_on_it_gives(client):
    an_llm("a", model_ability=["chat", "tools"], featured=True)
    an_llm("b", model_ability=["chat"], model_lang=["fr"])
    an_image("c", featured=True)
    for address in ("/models?", "/models?featured=1", "/models?q=a&language=fr"):
        shown = listing(client, address)
        for group in shown.groups:
            if shown.choices.of(group.key):
                continue
            for value in group.values:
                clicked = listing(client, f"{address}&{group.key}={value.value}")
                assert clicked.total == value.count, (address, group.key, value.value)


def test_values_without_models_are_hidden_unless_chosen(client):
    an_llm("a", model_lang=["en"])
    an_llm("b", model_lang=["fr"], model_ability=["vision"])
    assert counts(client, "language", "/models?ability=vision") == {"fr": 1}
    assert counts(client, "language", "/models?ability=vision&language=en") == {"fr": 1, "en": 0}


def test_sizes_and_context_lengths_stand_in_the_order_of_size(client):
    for name, size in [("big", 70), ("small", "0_5"), ("middle", 7)]:
        record = llm_record(name)
        record["model_specs"][0]["model_size_in_billions"] = size
        a_model(name, definition=written(record))
    assert list(counts(client, "size")) == ["lt-1b", "4-9b", "40-110b"]
    assert list(counts(client, "context")) == ["8k", "32k"]


def test_long_groups_fold_and_open_where_a_choice_is_inside(client):
    codes = ["en", "de", "fr", "es", "it", "ja", "ko", "pt", "ru", "th"]
    an_llm("polyglot", model_lang=codes)
    group = next(g for g in listing(client).groups if g.key == "language")
    assert len(group.values) == 6
    assert not group.is_unfolded
    hidden = group.more[0].value
    page = client.get(f"/models?language={hidden}").content.decode()
    assert re.search(r'<details id="more-language" class="facet-more" open>', page)


def test_every_active_filter_can_be_removed_alone_or_with_all_others(client):
    an_llm("a", featured=True)
    shown = listing(client, "/models?q=a&type=llm&ability=chat&featured=1&page=1")
    assert [one.label for one in shown.active] == ["a", "Language", "Chat", "Featured"]
    assert [one.query_without for one in shown.active] == [
        "?type=llm&ability=chat&featured=1",
        "?q=a&ability=chat&featured=1",
        "?q=a&type=llm&featured=1",
        "?q=a&type=llm&ability=chat",
    ]
    page = client.get("/models?q=a&type=llm").content.decode()
    assert '<a class="clear-all" href="/models">' in page


def test_an_empty_list_says_which_filters_to_drop(client):
    an_llm("a")
    page = client.get("/models?q=nothing&type=llm").content.decode()
    assert "No model fits all of these" in page
    assert 'href="/models?q=nothing"' in page
    assert 'href="/models?type=llm"' in page


def test_an_empty_hub_says_how_to_fill_it(client):
    assert "import_catalogue" in client.get("/").content.decode()


# Addresses


def test_garbage_in_the_address_is_passed_over(client):
    an_llm("a")
    address = (
        "/models?type=nonsense&ability=%00&ability=nonsense&size=huge&sort=price&page=abc"
        "&featured=yes&context=&language=" + "x" * 500 + "&q=%00++a++"
    )
    shown = listing(client, address)
    assert [model.name for model in shown.models] == ["a"]
    assert shown.choices.query() == "?q=a"


@pytest.mark.parametrize("page", ["0", "-3", "999999", "9" * 400, "1.5", "٣", ""])
def test_absurd_pages_show_the_nearest_page_that_there_is(client, page):
    for number in range(browsing.PAGE_SIZE + 1):
        an_llm(f"model-{number:02}")
    shown = listing(client, f"/models?page={page}")
    assert shown.choices.page == (2 if page == "999999" else 1)


def test_pages_hold_24_models_and_link_to_each_other(client):
    for number in range(50):
        an_llm(f"model-{number:02}")
    first, last = listing(client, "/models?type=llm"), listing(client, "/models?type=llm&page=3")
    assert (len(first.models), len(last.models), first.page.paginator.num_pages) == (24, 2, 3)
    page = client.get("/models?type=llm&page=2").content.decode()
    assert re.search(r'<a href="/models\?type=llm" rel="prev">', page)
    assert re.search(r'<a href="/models\?type=llm&amp;page=3" rel="next">', page)


def test_choices_survive_a_round_trip_through_their_query():
    text = "q=qwen+3&type=llm&type=image&ability=chat&size=lt-1b&featured=1&sort=newest&page=3"
    choices = ListingFilterForm(QueryDict(text)).filters()
    assert choices.sort is ListingSort.NEWEST
    query = QueryDict(choices.query().removeprefix("?"))
    assert ListingFilterForm(query).filters() == choices
    assert choices.query() == f"?{text}"


def test_a_name_of_several_models_is_linked_by_number(client):
    an_llm("twin")
    image = an_image("twin")
    an_llm("only")
    page = client.get("/models").content.decode()
    assert f'href="/models/detail/{image.pk}"' in page
    assert 'href="/models/detail/only"' in page
    assert 'href="/models/detail/twin"' not in page


# Who sees what


def test_hidden_models_are_in_no_list_count_or_filter(client):
    owner = a_user("owner")
    a_model(
        "secret",
        visibility="private",
        owner=owner,
        definition=written(llm_record("secret", model_ability=["vision"], model_lang=["la"])),
    )
    a_model("company", visibility="enterprise", owner=owner)
    a_model("gone", expires_at=timezone.now() - timedelta(days=1))
    a_model("open")
    shown = listing(client)
    assert [model.name for model in shown.models] == ["open"]
    assert shown.total == 1
    assert counts(client, "type") == {"llm": 1}
    assert "vision" not in counts(client, "ability")
    # A value that only a hidden model has is as unknown as one that nobody has.
    assert listing(client, "/models?language=la").choices.query() == ""
    page = client.get("/models?q=secret").content.decode()
    assert "example/secret" not in page
    client.force_login(owner)
    assert names(client) == ["company", "open", "secret"]
    assert counts(client, "language")["la"] == 1


def test_models_that_are_not_simply_public_carry_a_badge(client):
    owner = a_user("owner")
    owner.user_permissions.add(Permission.objects.get(codename="view_enterprise_model"))
    a_model("secret", visibility="private", owner=owner)
    a_model("company", visibility="enterprise", owner=owner)
    client.force_login(owner)
    page = client.get("/models").content.decode()
    assert "Private</span>" in page
    assert "Enterprise</span>" in page


def test_values_that_another_version_stored_are_left_out(client):
    model = an_llm("a")
    Facet.objects.create(model=model, kind=Facet.Kind.RELEASE, value="99.9.9")
    assert names(client) == ["a"]
    assert "99.9.9" not in counts(client, "xinference")


# What fits


def test_a_gpu_filters_the_models_of_which_a_variant_fits(client):
    of_size("small", 2)
    of_size("middle", 8)
    of_size("large", 60)
    an_llm("of-unknown-shape")
    an_image("painter")
    assert counts(client, "fits") == {"8": 1, "24": 2, "16": 1, "48": 2, "80": 2, "160": 3}
    assert names(client, "/models?fits=8") == ["small"]
    assert names(client, "/models?fits=24&sort=memory") == ["small", "middle"]
    # One GPU at a time: the last one of an address counts.
    assert names(client, "/models?fits=8&fits=160&sort=name") == ["large", "middle", "small"]
    assert names(client, "/models?fits=7&sort=memory")[:2] == ["small", "middle"]
    page = client.get("/models").content.decode()
    assert 'title="2B · PyTorch, with a context of 8K tokens">4.4 GiB' in page


def test_a_chosen_gpu_is_remembered_and_can_be_forgotten(client):
    of_size("small", 2)
    of_size("middle", 8)
    assert "gpu" not in client.get("/models?fits=8").cookies, "an address is no choice yet"
    chosen = client.get("/models?fits=8&type=llm&keep=1")
    assert chosen.headers["Location"] == "/models?type=llm&fits=8"
    assert chosen.cookies["gpu"].value == "8"
    assert names(client, "/models") == ["small"]
    # The address says what the list shows, so it can be shared.
    assert listing(client).choices.query() == "?fits=8"
    assert names(client, "/models?fits=any&sort=name") == ["middle", "small"]
    shown = listing(client, "/models?fits=any")
    assert shown.page_query(2) == "?fits=any&page=2"
    [active] = listing(client).active
    client.get(f"/models{active.query_without}")
    assert client.cookies["gpu"].value == ""
    assert len(names(client)) == 2


def test_another_site_can_not_choose_the_gpu(client):
    of_size("small", 2)
    for site in ("cross-site", "same-site", "none"):
        answer = client.get("/models?fits=8&keep=1", headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 200
        assert "gpu" not in answer.cookies


def test_a_rubbish_cookie_is_no_gpu(client):
    of_size("large", 60)
    client.cookies["gpu"] = "7' OR 1"
    assert names(client) == ["large"]


def test_tabs_count_the_models_of_each_type_and_keep_the_other_filters(client):
    an_llm("a", featured=True)
    an_llm("b")
    an_image("c")
    tabs = listing(client, "/models?featured=1&type=image&page=1").tabs
    shown = [(tab.value, tab.count, tab.is_current, tab.query) for tab in tabs]
    assert shown == [
        ("", 1, False, "?featured=1"),
        ("llm", 1, False, "?type=llm&featured=1"),
        ("image", 0, True, "?type=image&featured=1"),
    ]
    page = client.get("/models?type=image").content.decode()
    assert '<input type="hidden" name="type" value="image">' in page


# How it is answered


def test_htmx_gets_the_changing_part_and_browsers_the_page(client):
    an_llm("a")
    whole = client.get("/models?q=a")
    part = client.get("/models?q=+a&page=7", headers={"HX-Request": "true"})
    restored = client.get(
        "/models?q=a", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )
    assert "<html" in whole.content.decode()
    assert "<html" in restored.content.decode()
    assert "<html" not in part.content.decode()
    assert 'id="facets" class="facets" hx-swap-oob="true"' in part.content.decode()
    assert part.headers["HX-Push-Url"] == "/models?q=a"
    assert "HX-Push-Url" not in whole.headers
    for response in (whole, part):
        assert "HX-Request" in response.headers["Vary"]


def test_the_page_names_its_canonical_address_and_keeps_filtered_lists_out_of_indexes(
    client, settings
):
    an_llm("a")
    plain = client.get("/").content.decode()
    assert f'<link rel="canonical" href="{settings.SITE_URL}/models">' in plain
    assert "noindex" not in plain
    assert "noindex" in client.get("/models?type=llm").content.decode()


def test_only_reading_is_allowed(client):
    assert client.post("/models").status_code == 405


@pytest.mark.parametrize("query", ["", "?q=model&type=llm&ability=chat&format=pytorch&size=lt-1b"])
def test_the_number_of_queries_does_not_grow_with_the_models(
    client, django_assert_max_num_queries, query
):
    for number in range(30):
        an_llm(f"model-{number}")
    client.get("/models")
    with django_assert_max_num_queries(12):
        client.get(f"/models{query}")


def test_even_a_choice_in_every_group_takes_twelve_queries_at_most(
    client, django_assert_max_num_queries
):
    an_llm("a", featured=True)
    with django_assert_max_num_queries(12):
        client.get(
            "/models?q=a&type=llm&ability=chat&format=pytorch&size=lt-1b&context=8k&language=en"
            "&engine=Transformers&featured=1&fits=24"
        )


# Labels


@pytest.mark.parametrize(
    ("count", "label"),
    [
        (128, "128"),
        (512, "512"),
        (514, "514"),
        (1024, "1K"),
        (8192, "8K"),
        (32_000, "32K"),
        (32_768, "32K"),
        (100_000, "100K"),
        (128_000, "128K"),
        (131_072, "128K"),
        (202_752, "198K"),
        (1_000_000, "1M"),
        (1_010_000, "1.01M"),
        (1_024_000, "1.02M"),
        (1_048_576, "1M"),
        (10_485_760, "10M"),
    ],
)
def test_numbers_of_tokens_are_spelt_as_people_say_them(count, label):
    assert labels.tokens_label(count) == label


def test_sizes_are_spelt_out_or_as_a_range():
    assert labels.sizes_label([0.6, 4.0]) == "0.6B, 4B"
    assert labels.sizes_label([0.6, 4.0, 8.0, 235.0]) == "0.6B – 235B"


def test_code_words_are_named_for_people_and_unknown_ones_stay():
    assert labels.language_label("en") == "English"
    assert labels.language_label("zh") == "Chinese"
    assert labels.language_label("tlh") == "tlh"
    assert labels.format_label("ggufv2") == "GGUF"
    assert labels.ability_label("text2audio") == "Text to speech"
    assert labels.ability_label("mind2mind") == "mind2mind"


@pytest.mark.parametrize("text", ["", "of"])
def test_lists_of_maintainers_leave_out_private_models_of_others_unless_asked(client, text):
    keeper = a_user("kim")
    keeper.user_permissions.add(Permission.objects.get(codename="change_public_model"))
    a_model("of-all")
    a_model("of-olga", visibility="private", owner=a_user("olga"))
    a_model("of-nobody", visibility="private")
    a_model("of-kim", visibility="private", owner=keeper)
    client.force_login(keeper)
    assert names(client, f"/models?q={text}&sort=name") == ["of-all", "of-kim"]
    everything = ["of-all", "of-kim", "of-nobody", "of-olga"]
    assert names(client, f"/models?q={text}&sort=name&private=1") == everything
    page = client.get("/models").content.decode()
    assert "Private models of others" in page
    client.force_login(a_user("uma"))
    assert names(client, f"/models?q={text}&private=1") == ["of-all"]
    assert "Private models of others" not in client.get("/models").content.decode()
