import pytest

from models_registry.definitions.checks.values import value_problems
from tests.models_registry.definitions.samples import llm, spec


def told(**changes):
    found = value_problems([llm(**changes)], ())
    return [("/".join(map(str, one.path[1:])), one.severity, one.message) for one in found]


def test_usual_numbers_and_addresses_are_right():
    assert (
        told(
            context_length=1_048_576,
            updated_at=1_792_515_422,
            stop_token_ids=[0, 248_046],
            virtualenv={
                "packages": [
                    "torch>=2 ; #engine# == 'vllm'",
                    "a @ git+https://github.com/o/a.git@v1",
                    "b@https://example.org/b.whl",
                ],
                "extra_index_url": ["https://wheels.example.org/cu130"],
                "find_links": "http://example.org/links",
            },
            model_specs=[{**spec(size="1_5"), "activated_size_in_billions": "0_5"}],
        )
        == []
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"context_length": 10**9},
            '"context_length" is "1000000000", more than 100,000,000.',
        ),
        (
            {"updated_at": 1_792_515_422_000},
            '"updated_at" is "1792515422000", more than 4,102,444,800. '
            "It must be in seconds, not milliseconds.",
        ),
        ({"max_tokens": -1}, '"max_tokens" is "-1". It must be more than 0.'),
        ({"stop_token_ids": [1, -1]}, '"stop_token_ids" is "-1". It must not be negative.'),
        (
            {"model_specs": [spec(size="1" * 400)]},
            f'"model_size_in_billions" is "{"1" * 60}…", more than 100,000.',
        ),
    ],
)
def test_numbers_that_cannot_be_are_errors(changes, message):
    [(_, severity, found)] = told(**changes)
    assert (severity, found) == ("error", message)


def test_more_activated_parameters_than_there_are_is_worth_a_warning():
    [(place, severity, _)] = told(model_specs=[{**spec(), "activated_size_in_billions": 9}])
    assert (place, severity) == ("model_specs/0/activated_size_in_billions", "warning")


def test_numbers_in_the_settings_of_engines_are_their_own():
    assert told(default_model_config={"max_tokens": -1}) == []


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://a.b",
        "//a.b",
        "https://",
        "https://a b",
        "http://[",
        "a.b/c",
        "x\n",
    ],
)
@pytest.mark.parametrize("key", ["index_url", "find_links", "extra_index_url"])
def test_addresses_that_are_not_of_the_web_are_errors(url, key):
    [(place, severity, message)] = told(virtualenv={key: [url]})
    assert (place, severity) == (f"virtualenv/{key}/0", "error")
    assert message.endswith("Begin with http:// or https:// and use no spaces.")


def test_addresses_in_the_settings_of_engines_are_looked_at():
    assert [place for place, *_ in told(default_model_config={"a": {"base_url": "file:///x"}})] == [
        "default_model_config/a/base_url"
    ]


@pytest.mark.parametrize(
    "package", ["a @ file:///x.whl", "git+ssh://git@h/x", "file:./x", "svn+http://x"]
)
def test_packages_come_from_the_web_alone(package):
    [(_, severity, message)] = told(virtualenv={"packages": [package]})
    assert severity == "error"
    assert message.endswith("Use https:// or git+https://.")


@pytest.mark.parametrize("key", ["index_url", "packages"])
def test_a_password_in_an_address_is_worth_a_warning(key):
    [(_, severity, message)] = told(virtualenv={key: ["https://me:secret@example.org/x"]})
    assert severity == "warning"
    assert "secret" not in message
