"""What the hub does when something outside fails: integration × fault × what touches it.

A row says which answer a page or call gives, or how a task ends, and what is so afterwards. Every
pair of an integration and a fault has a row, or a reason why it can't be. `test_fault_table` walks
the rows; touches and states are functions in
`touches` and `states`. New code that opens connections fails that test until
its module and its settings stand here, and then until each of its faults has a row.
"""

from __future__ import annotations

from typing import Final, NamedTuple

FAULTS: Final = (
    "refused",  # the connection is refused; a disk is read-only
    "timeout",  # the connection is accepted, but never answered
    "slow",  # the answer comes byte by byte, and reports an error
    "cut off",  # the answer ends in the middle
    "rubbish",  # the answer does not follow the protocol
    "wrong type",  # the answer is well-formed, but of another type than requested
    "full",  # there is no room for more data
    "back later",  # it was unavailable for one request, and is available again
)
NETWORK: Final = FAULTS[:-1]
_NOT_STORED: Final = tuple(fault for fault in NETWORK if fault != "wrong type")


class Integration(NamedTuple):
    """Something outside of the hub: which modules connect to it, which settings name it."""

    modules: frozenset[str]
    settings: frozenset[str]


INTEGRATIONS: Final[dict[str, Integration]] = {
    "database": Integration(
        frozenset({"hub/sqlite3/base.py", "hub/data_version.py"}), frozenset({"database"})
    ),
    "broker": Integration(
        frozenset({"hub/task_queue.py", "hub/folder_broker.py"}), frozenset({"redis_url"})
    ),
    "cache": Integration(frozenset({"hub/cache_backends.py"}), frozenset({"redis_url"})),
    "mail server": Integration(
        frozenset({"hub/doctor/mail.py", "hub/mail_outbox.py"}),
        frozenset({"email", "default_from_email"}),
    ),
    "GitHub": Integration(
        frozenset(
            {
                "accounts/github.py",
                "accounts/github_quota.py",
                "models_registry/sync/sources/github.py",
                "models_registry/upstream/github.py",
                "models_registry/upstream/github_app.py",
            }
        ),
        frozenset({"github_api_url"}),
    ),
    "single sign-on": Integration(
        frozenset({"accounts/views/single_sign_on.py"}), frozenset({"oidc_url"})
    ),
    "object storage": Integration(
        frozenset({"hub/object_storage.py"}),
        frozenset({"s3_endpoint"}),
    ),
    "source hub": Integration(
        frozenset({"models_registry/http/fetch.py", "models_registry/http/transport.py"}),
        frozenset({"hub_source"}),
    ),
    "Hugging Face and ModelScope": Integration(
        frozenset({"models_registry/http/fetch.py", "models_registry/http/transport.py"}),
        frozenset({"hf_endpoint", "modelscope_endpoint"}),
    ),
    "Xinference server": Integration(
        frozenset(
            {"models_registry/servers/allowed_addresses.py", "models_registry/servers/requests.py"}
        ),
        frozenset({"xinference_endpoint"}),
    ),
    "receiver of webhooks": Integration(
        frozenset({"models_registry/http/transport.py"}), frozenset()
    ),
    "disk": Integration(frozenset({"hub/sqlite3/base.py"}), frozenset({"var_dir"})),
}
# These import a library of the network and connect to nothing outside: names, wiring, exceptions,
# and the supervisor's question to its own web server.
NO_CONNECTION: Final = frozenset(
    {
        "accounts/adapters.py",
        "hub/celery.py",
        "hub/announcement.py",
        "hub/management/commands/serve.py",
        "hub/schedule.py",
        "hub/settings.py",
        "hub/tasks.py",
        "models_registry/catalogue/folders.py",
        "models_registry/http/allowed_hosts.py",
        "models_registry/sync/update.py",
        "models_registry/tasks.py",
        "models_registry/upstream/github_faults.py",
        "reviews/tasks.py",
    }
)
# Settings with an address that the hub itself does not connect to.
OWN_ADDRESSES: Final = frozenset({"site_url"})


class Row(NamedTuple):
    """With that integration's faults, touching it gives the answer, and then the state is so."""

    integration: str
    faults: tuple[str, ...]
    touch: str
    answer: object
    state: str


ROWS: Final = (
    # The database: what can't be answered says so and when to come again; no page is a 500.
    Row("database", NETWORK, "GET /models", 503, "told to come again"),
    Row("database", NETWORK, "GET the llm list", 503, "told to come again"),
    Row("database", NETWORK, "GET the sitemap", 503, "told to come again"),
    Row("database", NETWORK, "GET the feed of new models", 503, "told to come again"),
    Row("database", NETWORK, "GET /robots.txt", 200, "-"),
    Row("database", NETWORK, "GET /help", 200, "-"),
    Row("database", NETWORK, "POST sign-in", 503, "told to come again"),
    Row("database", NETWORK, "POST API sign-in", 503, "told to come again"),
    Row("database", NETWORK, "GET /healthz", 200, "-"),
    Row("database", NETWORK, "GET /readyz", 503, "readyz names the database"),
    Row("database", NETWORK, "task rebuild_stale_lists", ["OperationalError"], "-"),
    Row("database", ("refused",), "task derive_stale", ["OperationalError"], "-"),
    Row("database", ("refused",), "task rank_models", ["OperationalError"], "-"),
    Row(
        "database",
        ("refused", "cut off"),
        "the counts of uses are written",
        [False],
        "the counts are written later",
    ),
    Row("database", ("back later",), "GET /models", 503, "GET /models answers 200"),
    # The broker: what was carried out is answered as ever, and its work is found later.
    Row("broker", NETWORK, "POST a review's decision", 302, "the model is published"),
    Row("broker", NETWORK, "POST update from the source", 302, "the run is started later"),
    Row("broker", NETWORK, "POST check of sources", 302, "the check is started later"),
    Row("broker", NETWORK, "POST GitHub's webhook", 202, "-"),
    Row("broker", NETWORK, "GET /readyz", 200, "readyz names the broker"),
    Row("broker", ("back later",), "POST update from the source", 302, "a click starts the run"),
    # The cache: pages and both sign-ins work, and sign-in still closes after five failures.
    Row("cache", NETWORK, "GET /models", 200, "-"),
    Row("cache", NETWORK, "GET a model's page", 200, "-"),
    Row("cache", NETWORK, "GET the feed of new models", 200, "-"),
    Row("cache", NETWORK, "POST sign-in", 302, "-"),
    Row("cache", NETWORK, "POST API sign-in", 200, "-"),
    Row("cache", NETWORK, "POST API sign-in wrongly, six times", 429, "-"),
    Row("cache", NETWORK, "POST GitHub's webhook", 202, "-"),
    Row("cache", ("refused", "timeout"), "GET /readyz", 200, "readyz names the cache"),
    Row("cache", ("back later",), "GET /readyz", 200, "readyz says that the cache is back"),
    # The mail server: pages never meet it; mail waits for days.
    Row("mail server", NETWORK, "POST a forgotten password", 302, "the mail waits"),
    Row("mail server", NETWORK, "POST sign-up", 302, "the mail waits"),
    Row("mail server", NETWORK, "POST change of password", 302, "the mail waits"),
    Row("mail server", NETWORK, "task hub.send_mail", None, "the mail waits"),
    Row("mail server", ("back later",), "POST sign-up", 302, "the mail arrives once"),
    # The single sign-on: a page says so, and passwords go on working.
    Row("single sign-on", FAULTS, "POST single sign-on", 401, "-"),
    Row(
        "single sign-on",
        ("back later",),
        "POST single sign-on",
        401,
        "the sign-on leads away",
    ),
    # The object storage: people have drawn pictures meanwhile, and keep the one that they had.
    Row("object storage", _NOT_STORED, "GET a picture", 200, "the picture is a drawn one"),
    Row("object storage", _NOT_STORED, "POST a picture", 302, "the picture is not replaced"),
    # Nothing tells such an answer from a right one.
    Row("object storage", ("wrong type",), "GET a picture", 200, "-"),
    Row("object storage", ("back later",), "GET a picture", 200, "the picture is the own one"),
    # GitHub: pages say so, the outbox goes on by itself.
    Row("GitHub", NETWORK, "POST a GitHub token", 422, "no token is saved"),
    Row("GitHub", NETWORK, "task send_changes", None, "the change waits"),
    Row("GitHub", NETWORK, "task poll_pull_requests", None, "-"),
    Row("GitHub", NETWORK, "task follow_upstream", None, "the models are as they were"),
    Row("GitHub", NETWORK, "task send_changes as an app", None, "the change waits"),
    Row("GitHub", ("back later",), "task send_changes", None, "the change is sent"),
    # The source hub: an update brings all or nothing, and its run says why.
    Row("source hub", NETWORK, "task update_type", None, "the run says why"),
    Row("source hub", ("back later",), "task update_type", None, "the next run brings the list"),
    # Hugging Face and ModelScope: a finding for the reviewer, never an error of the model.
    Row("Hugging Face and ModelScope", NETWORK, "task check_sources", None, "a finding says why"),
    Row(
        "Hugging Face and ModelScope",
        ("back later",),
        "task check_sources",
        None,
        "the next check knows",
    ),
    Row("Hugging Face and ModelScope", NETWORK, "task visit_sources", None, "what was seen stays"),
    Row(
        "Hugging Face and ModelScope",
        ("back later",),
        "task visit_sources",
        None,
        "the next visit sees",
    ),
    # The Xinference server: its part of a page says what is wrong with it.
    Row("Xinference server", NETWORK, "GET what the server has", 200, "the page says so"),
    Row("Xinference server", NETWORK, "GET the launch page", 200, "-"),
    Row("Xinference server", ("back later",), "GET what the server has", 200, "it is seen again"),
    # A receiver of webhooks: what happens is done, and the delivery waits. Its status is what
    # counts, and not what comes after it.
    Row(
        "receiver of webhooks",
        ("refused", "timeout", "slow", "rubbish", "full"),
        "task send_webhooks",
        None,
        "the delivery waits",
    ),
    Row(
        "receiver of webhooks",
        ("cut off", "wrong type"),
        "task send_webhooks",
        None,
        "the delivery is over",
    ),
    Row(
        "receiver of webhooks",
        ("back later",),
        "task send_webhooks",
        None,
        "the delivery arrives once",
    ),
    # The disk: reading goes on, writing says that it can't be now.
    Row("disk", ("full", "refused"), "GET /models", 200, "-"),
    Row("disk", ("full", "refused"), "GET the llm list", 200, "-"),
    Row("disk", ("full", "refused"), "GET /healthz", 200, "-"),
    Row("disk", ("full", "refused"), "GET /readyz", 200, "-"),
    Row("disk", ("full", "refused"), "POST API sign-in", 503, "told to come again"),
    Row("disk", ("rubbish",), "GET /models", 503, "told to come again"),
    Row("disk", ("cut off",), "GET /models", 503, "told to come again"),
    Row("disk", ("back later",), "POST API sign-in", 503, "API sign-in answers 200"),
)

CAN_NOT_BE: Final[dict[tuple[str, str], str]] = {
    ("disk", "timeout"): "A file system that hangs stops the process in the kernel.",
    ("disk", "slow"): "The answer comes late and is right.",
    ("disk", "wrong type"): "A folder in the database's place is what `refused` is.",
}
