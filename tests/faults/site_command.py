"""Commands for a site of the outage test: `python -m tests.faults.site_command prepare|doctor`.

`prepare` makes the tables, people, their tokens and a webhook, and prints the tokens as JSON;
`doctor` is `manage.py doctor --json` that misses workers after seconds.
"""

from __future__ import annotations

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")
django.setup()

from django.contrib.auth.models import Group, Permission  # noqa: E402
from django.core.management import call_command  # noqa: E402

from accounts import email_addresses, tokens  # noqa: E402
from accounts.models import Scope, User  # noqa: E402
from hub.doctor import workers  # noqa: E402
from reviews import webhooks  # noqa: E402

STILL_SECONDS = 25


def prepare(receiver: str) -> None:
    call_command("prepare", stdout=sys.stderr)
    root = User.objects.create_superuser("root", "root@example.org", "correct horse battery")
    people = {}
    for name in ("ada", "rita"):
        user = User.objects.create_user(name, f"{name}@example.org", "correct horse battery")
        email_addresses.vouch(user)
        people[name] = tokens.issue(by=user, name="life", scope=Scope.WRITE, expires_at=None)[1]
    User.objects.get(username="ada").groups.add(Group.objects.get(name="Registrars"))
    rights = Permission.objects.filter(codename__in=["view_review_list", "review_model"])
    User.objects.get(username="rita").user_permissions.add(*rights)
    webhooks.add(receiver, ["model.published", "pull_request.opened"], by=root, of_site=True)
    print(json.dumps(people))


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(sys.argv[2])
    else:
        workers.STILL_SECONDS = STILL_SECONDS
        # The schedule of the site asks for as much in a minute as the hub's own in an hour.
        workers._MANY_TASKS = 10_000
        call_command("doctor", "--json")
