"""The schedule, on a machine whose clock is set back."""

from __future__ import annotations

from datetime import timedelta

from celery import Celery

from hub.schedule import Scheduler


def test_after_the_clock_was_set_back_tasks_are_asked_for_as_before(tmp_path):
    app = Celery("schedule", broker="memory://")
    app.conf.beat_schedule = {
        name: {"task": name, "schedule": 30.0} for name in ("often", "also-often")
    }
    asked: list[str] = []
    app.send_task = lambda name, *args, **options: asked.append(name)
    file = str(tmp_path / "schedule")
    scheduler = Scheduler(app=app, schedule_filename=file, lazy=True)
    scheduler.setup_schedule()
    scheduler.tick()
    # As an hour ago's clock left them.
    for entry in scheduler.schedule.values():
        entry.last_run_at = entry.default_now() + timedelta(hours=1)
    scheduler._heap = None
    assert scheduler.tick() <= 30
    assert all(entry.last_run_at <= entry.default_now() for entry in scheduler.schedule.values())
    for entry in scheduler.schedule.values():
        entry.last_run_at = entry.default_now() - timedelta(seconds=31)
    scheduler._heap = None
    for _ in range(4):
        scheduler.tick()
    assert set(asked[-2:]) == {"often", "also-often"}
    scheduler.close()
