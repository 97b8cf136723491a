"""Two queues: what people wait for never stands behind what nobody waits for."""

from __future__ import annotations

import pytest
from django.utils import timezone

from hub import heartbeat, task_queue, tasks
from hub.celery import app
from models_registry import tasks as registry_tasks
from models_registry.models import UpdateRun
from models_registry.sync import update
from tests.factories import a_person


@pytest.fixture
def sent(monkeypatch):
    """Task and queue of each message."""
    messages: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "celery.current_app.send_task",
        lambda name, *, queue, **_: messages.append((name, queue)),
    )
    return messages


def test_the_schedule_names_a_queue_for_every_task_and_syncs_go_to_the_background():
    queues = {entry["task"]: entry["options"]["queue"] for entry in app.conf.beat_schedule.values()}
    assert set(queues.values()) == {task_queue.PEOPLE, task_queue.BACKGROUND}
    for name in ("follow_upstream", "visit_sources", "send_changes", "rebuild_stale_lists"):
        assert queues[f"models_registry.{name}"] == task_queue.BACKGROUND
    assert queues["hub.send_mail"] == task_queue.PEOPLE


@pytest.mark.django_db(transaction=True)
def test_a_click_goes_to_the_queue_of_people_and_the_schedule_to_the_other(
    client, sent, settings, monkeypatch
):
    client.force_login(a_person("ada", "update_catalogue"))
    client.post("/launch_model/update", {"model_type": "llm"})
    assert sent == [(update.TASK, task_queue.PEOPLE)]
    sent.clear()
    UpdateRun.objects.all().delete()
    update._started("llm", None)
    assert sent == [(update.TASK, task_queue.BACKGROUND)]
    sent.clear()
    UpdateRun.objects.update(created_at=timezone.now() - timezone.timedelta(minutes=5))
    registry_tasks.ask_again_for_updates()
    assert sent == [(update.TASK, task_queue.BACKGROUND)]


@pytest.mark.django_db
def test_workers_of_each_queue_show_that_they_live():
    assert heartbeat.age_seconds() is None
    tasks.note_sign_of_life()
    assert heartbeat.age_seconds(task_queue.PEOPLE) < 5
    assert heartbeat.age_seconds() is None, "nobody has worked in the background"
    tasks.note_sign_of_life(task_queue.BACKGROUND)
    assert heartbeat.age_seconds() < 5


def test_how_much_waits_in_each_queue():
    assert set(task_queue.waiting_tasks() or {}) == {task_queue.PEOPLE, task_queue.BACKGROUND}


def test_a_worker_that_names_no_queue_takes_both_and_no_message_twice():
    """One that an earlier version's unit starts; each queue is bound to its own name only."""
    queues = app.amqp.Queues(app.conf.task_queues).consume_from
    assert set(queues) == {task_queue.PEOPLE, task_queue.BACKGROUND}
    for name, queue in queues.items():
        assert (queue.exchange.name, queue.routing_key) == (name, name)
