"""The life of a hub beside upstream, at random: people here and there, and what they mean.

`Life` remembers what was meant, and never looks at what the hub makes of it; `proof` compares.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from models_registry.actions.delete import delete
from models_registry.actions.edit import edit as edit_model
from models_registry.actions.expiry import set_expiry
from models_registry.actions.register import register as register_model
from models_registry.actions.submission import Submission
from models_registry.errors import StaleState
from models_registry.models import (
    ChangeKind,
    ChangeState,
    PullRequest,
    RegisteredModel,
    UpstreamChange,
    Visibility,
)
from models_registry.upstream import worker
from tests.factories import decide_upstream, image_record, llm_record, written
from tests.faults.upstream_files import Key, UpstreamFiles

LIVE = [ChangeState.WAITING, ChangeState.SENDING, ChangeState.FAILED, ChangeState.CONFLICT]


def a_record(key: Key) -> dict:
    """A model with values that must keep their spelling: 3.0, and non-ASCII text."""
    if key[0] == "image":
        spelt = {"default_generate_config": {"guidance_scale": 3.0}}
        return image_record(key[1], model_description="Bilder.", **spelt)
    return llm_record(key[1], model_description="Größer – 大.")


class Life:
    """What people do, and what they have meant by it."""

    def __init__(
        self,
        files: UpstreamFiles,
        people: Sequence[User],
        chance: random.Random,
        *,
        tokens: Sequence[str] = (),
    ) -> None:
        self.files, self.github = files, files.github
        self.people, self.chance, self.tokens = people, chance, tokens
        self.alive: set[Key] = {("llm", f"model-{n}") for n in range(8)}
        self.alive |= {("image", f"picture-{n}") for n in range(4)}
        self.expired: set[Key] = set()
        self.hub_values: dict[Key, list[int]] = {}
        self.clashes: dict[Key, list[int]] = {}
        self.marks: dict[Key, list[str]] = {}
        self.keys: list[uuid.UUID] = []
        self.diary: list[str] = []
        self.counts: dict[str, int] = {}
        self.number = 0
        self.revoked: list[tuple[str, str]] = []
        files.begin({key: a_record(key) for key in sorted(self.alive)})

    def note(self, what: str, of: object = "") -> None:
        """Count something that happened, and write it into the diary."""
        self.counts[what] = self.counts.get(what, 0) + 1
        self.diary.append(f"{time.strftime('%H:%M:%S')} {what} {of}")

    def story(self, key: Key) -> str:
        """All that is known of a model, for whoever must find out what went wrong."""
        rows = UpstreamChange.objects.filter(model_type=key[0], name=key[1]).order_by("pk")
        changes = [
            f"{row.created_at:%H:%M:%S} {row.pk} {row.kind} {row.state} of {row.pull_request} "
            f"{row.last_error} commit {row.commit[:7]}"
            for row in rows
        ]
        paths = self.github.git("log", "--format=%h %ad %s", "--date=format:%H:%M:%S", "main")
        return "\n".join([str(key), *self.diary, *changes, paths])

    # --- In the hub -------------------------------------------------------------------------------

    def change_something(self) -> None:
        """One change in the hub, by somebody."""
        roll = self.chance.random()
        by = self.chance.choice(self.people)
        key = self.chance.choice(sorted(self.alive))
        if roll < 0.12:
            self.register(by)
        elif roll < 0.17 and len(self.alive) > 9:
            delete(the_model(key), by=by)
            self.alive.discard(key)
            self._changed("delete", key)
        elif roll < 0.21 and len(self.alive) > 9:
            set_expiry(the_model(key), timezone.now() - timedelta(seconds=1), by=by)
            self.alive.discard(key)
            self.expired.add(key)
            self._changed("expire", key)
        elif roll < 0.25 and self.expired:
            key = self.chance.choice(sorted(self.expired))
            set_expiry(the_model(key), None, by=by)
            self.expired.discard(key)
            self.alive.add(key)
            self._changed("restore", key)
        else:
            self.edit(key, by)

    def register(self, by: User) -> None:
        """Register a model that is public at once."""
        self.number += 1
        key = self.chance.choice([("llm", f"new-{self.number}"), ("image", f"new-{self.number}")])
        submission = Submission(definition=written(a_record(key)), visibility=Visibility.PUBLIC)
        register_model(key[0], submission, by=by)
        self.alive.add(key)
        self._changed("register", key)

    def edit(self, key: Key, by: User) -> None:
        """Change one value of a model: one that nobody has meant before."""
        self.number += 1
        for _ in range(5):
            model = the_model(key)
            published = model.published_revision
            record = in_text(published.definition)
            set_value(key, record, self.number)
            submission = Submission(definition=written(record))
            try:
                edit_model(model, submission, by=by, base_revision=published.number)
            except StaleState:
                # Upstream's own edit was quicker; a person looks and does it again.
                continue
            break
        self.hub_values.setdefault(key, []).append(self.number)
        self._changed("edit", key)

    def _changed(self, what: str, key: Key) -> None:
        self.counts["changes"] = self.counts.get("changes", 0) + 1
        self.note(what, key)
        newest = UpstreamChange.objects.filter(model_type=key[0], name=key[1]).first()
        if newest is not None:
            self.keys.append(newest.key)

    # --- Upstream ---------------------------------------------------------------------------------

    def edit_by_hand(self) -> None:
        """Somebody adds to a description upstream; or changes what the hub changes, too."""
        there = self.files.records()
        key = self.chance.choice(sorted(self.alive & set(there)) or [("", "")])
        if key not in there:
            return
        self.number += 1
        record = there[key][0]
        if self.chance.random() < 0.1:
            set_value(key, record, self.number)
            self.files.edit(key, record)
            self.clashes.setdefault(key, []).append(self.number)
            self.note("clashes", key)
            return
        mark = f"Hand {self.number}."
        self.files.edit(key, {"model_description": f"{record['model_description']} {mark}"})
        self.marks.setdefault(key, []).append(mark)
        self.note("hand edits", (key, mark))

    def happen(self) -> None:
        """Perhaps something happens at upstream that the hub has no hand in."""
        happenings: list[tuple[float, Callable[[], None]]] = [
            (0.3, self.edit_by_hand),
            (0.1, self.move_base),
            (0.2, self.merge_one),
            (0.03, self.close_one),
            (0.03, self.delete_a_branch),
            (0.03, self.push_to_a_branch),
            (0.02, self.revoke_a_token),
            (0.02, self.rename),
        ]
        for likely, happening in happenings:
            if self.chance.random() < likely:
                happening()
        if self.revoked and self.chance.random() < 0.4:
            self.give_tokens_back()

    def move_base(self) -> None:
        """A commit to main that has nothing to do with models."""
        self.number += 1
        self.github.commit({"README.md": f"# Xinference {self.number}\n"})
        self.note("base moved")

    def merge_one(self) -> None:
        """A maintainer merges what git can merge."""
        for pull in self.chance.sample(self.github.open_pulls(), len(self.github.open_pulls())):
            if self.github.is_mergeable(pull["number"]):
                try:
                    self.github.merge(pull["number"])
                except ValueError:
                    # The hub was quicker and closed it, or moved its branch.
                    return
                self.note("merges", (pull["number"], pull["title"]))
                return

    def close_one(self) -> None:
        """A maintainer does not want a pull request."""
        if pull := self._one_without_removals():
            self.github.close(pull["number"])
            self.note("closed by upstream", (pull["number"], pull["title"]))

    def delete_a_branch(self) -> None:
        """Somebody tidies up among the branches."""
        if pull := self._one_without_removals():
            self.github.delete_branch(pull["head"]["label"])
            self.note("branches deleted", (pull["number"], pull["title"]))

    def push_to_a_branch(self) -> None:
        """Somebody commits to the hub's branch."""
        if pull := self._one_without_removals():
            self.number += 1
            self.github.commit({f"notes-{self.number}.md": "x\n"}, branch=pull["head"]["label"])
            self.note("pushes to our branch", (pull["number"], pull["title"]))

    def revoke_a_token(self) -> None:
        """A token does not work for a while."""
        token = self.chance.choice(self.tokens)
        if token in self.github.people:
            self.revoked.append((token, self.github.revoke(token)))
            self.note("tokens revoked")

    def give_tokens_back(self) -> None:
        """All tokens work again."""
        for token, login in self.revoked:
            self.github.people[token] = login
        self.revoked = []

    def rename(self) -> None:
        """The repository gets another name."""
        self.number += 1
        self.github.rename(f"xorbitsai/inference-{self.number}")
        self.note("renamed")

    def _one_without_removals(self) -> dict | None:
        """A pull request that is open and removes nothing: what was refused can be meant again."""
        removing = set(
            UpstreamChange.objects.filter(kind=ChangeKind.REMOVE).values_list(
                "pull_request__branch", flat=True
            )
        )
        with self.github.lock:
            found = [one for one in self.github.open_pulls() if one["head"]["ref"] not in removing]
        return self.chance.choice(found) if found else None

    # --- People who look after the outbox ---------------------------------------------------------

    def look_after_the_outbox(self) -> None:
        """Do what the outbox asks people for: try again, decide, deal with foreign branches."""
        admin = self.people[0]
        for change in UpstreamChange.objects.filter(state=ChangeState.CONFLICT):
            if UpstreamChange.objects.filter(
                model_type=change.model_type, name=change.name, pk__gt=change.pk
            ).exists():
                continue
            if not change.wanted:
                # The model goes, with what was edited there since: that was told, and decided.
                self.marks.pop((change.model_type, change.name), None)
            try:
                decide_upstream(change, "ours", by=admin)
            except StaleState:
                continue
            self.note("conflicts decided", change)
        for change in UpstreamChange.objects.filter(
            state=ChangeState.FAILED, pull_request__state__in=["planned", "open"]
        ):
            worker.retry(change)
            self.note("tried again by people", (change, change.last_error))
        for row in PullRequest.objects.filter(state="stopped"):
            pull = self.github.pulls[row.number - 1] if row.number else None
            if pull is None:
                raise AssertionError(f"{row.branch} stopped without a pull request")
            if pull["state"] == "open":
                if self.github.is_mergeable(row.number):
                    self.github.merge(row.number)
                    self.note("merges", (pull["number"], pull["title"]))
                else:
                    self.github.close(row.number)
                    self.note("closed by upstream", (pull["number"], pull["title"]))


def the_model(key: Key) -> RegisteredModel:
    """The hub's model."""
    found = RegisteredModel.objects.select_related("published_revision")
    return found.get(model_type=key[0], name=key[1])


def in_text(definition: str) -> dict:
    """The one record of a definition."""
    (record,) = json.loads(definition)
    return record


def set_value(key: Key, record: dict, value: int) -> None:
    """Put a number where the hub's people change models."""
    if key[0] == "llm":
        record["context_length"] = 10_000 + value
    else:
        record["model_src"]["huggingface"]["model_revision"] = f"v{value}"


def value_of(key: Key, record: dict) -> int:
    """The number again; 0 where nobody has changed it."""
    if key[0] == "llm":
        return max(0, record["context_length"] - 10_000) if record["context_length"] != 32768 else 0
    revision = record["model_src"]["huggingface"]["model_revision"]
    return int(revision[1:]) if revision != "main" else 0
