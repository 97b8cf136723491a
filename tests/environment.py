"""The environment of the test run: set before Django reads its settings.

Everything that the hub would read from the developer's own environment is replaced; DATABASE_URL
and REDIS_URL stay, since they choose what the tests run on.
"""

import os
import sys
import tempfile
from pathlib import Path

FOREIGN = [
    "ALLOWED_HOSTS", "DEBUG", "EMAIL_URL", "GITHUB_API_URL", "GITHUB_TOKEN", "HF_ENDPOINT",
    "GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "GITHUB_WEBHOOK_SECRET",
    "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
    "HUB_CONFIRM_EMAIL", "HUB_FLEET", "HUB_GATHER_SECONDS", "HUB_KEEP_LIST_REVISIONS",
    "HUB_KEEP_AUDIT_DAYS", "HUB_KEEP_PERSONAL_DAYS", "HUB_KEEP_NOTIFICATION_DAYS",
    "HUB_KEEP_RUN_DAYS", "HUB_FORMER_NAME_DAYS",
    "HUB_OLDEST_SERVER",
    "HUB_SIGN_OFF", "HUB_SIGNING_KEY", "HUB_SOURCE_KEY",
    "HUB_NEW_ACCOUNTS_REGISTER_MODELS", "HUB_OPEN_REGISTRATION",
    "HF_TOKEN", "HUB_SOURCE_READMES", "HUB_SOURCE_VISIT_HOURS",
    "HUB_SERVER_ADDRESSES", "HUB_SKIP_IMPORT", "HUB_SOURCE", "HUB_SOURCE_TOKEN",
    "HUB_TRUSTED_PROXIES",
    "HUB_UPSTREAM_BRANCH", "HUB_UPSTREAM_REPO", "HUB_VAULT_KEYS", "MODELSCOPE_ENDPOINT", "SITE_URL",
    "SECRET_KEY_FALLBACKS", "WEB_PORT", "XINFERENCE_API_KEY", "XINFERENCE_ENDPOINT",
    "XINFERENCE_PASSWORD", "XINFERENCE_USERNAME",
]  # fmt: skip
for name in FOREIGN:
    os.environ.pop(name, None)

# SECURITY: tests delete what is in the storage. Empty, and not missing: the hub would take the
# bucket from the developer's `.env` file.
for name in ("BUCKET", "PREFIX", "ENDPOINT", "REGION", "ACCESS_KEY", "SECRET_KEY"):
    os.environ[f"HUB_S3_{name}"] = ""

# What is compiled is kept, for test processes and for hubs that they start: each of a hub's
# seven processes would compile hundreds of modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Hubs that tests start as processes ask nobody on the Internet.
os.environ["HUB_SOURCE_VISITS"] = "0"
os.environ["HUB_USE_COUNTS"] = "0"
os.environ["SECRET_KEY"] = "for-tests-only-and-long-enough-to-be-a-key-of-fifty-characters"
os.environ["HUB_VAR_DIR"] = tempfile.mkdtemp(prefix="hub-test-")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's event loop runs in our thread

# Each parallel worker empties its cache before each test, so each has a Redis database of its own.
worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
if os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{8 + int(worker) % 8}"

ROOT = Path(__file__).resolve().parent.parent
