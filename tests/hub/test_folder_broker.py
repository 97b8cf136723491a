"""The broker in a folder: what it does with half-written, foreign and unlucky messages."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from queue import Empty

import pytest
from celery import Celery
from kombu import Connection
from kombu.exceptions import OperationalError

from tests.environment import ROOT


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "broker"


@pytest.fixture
def app(folder):
    app = Celery("broker-tests", set_as_current=False)
    app.conf.update(
        broker_url="folder://localhost",
        broker_transport="hub.folder_broker:FolderTransport",
        broker_transport_options={"folder": str(folder)},
    )
    yield app
    app.close()


@pytest.fixture
def queue(folder):
    connection = Connection(
        "folder://localhost", transport="hub.folder_broker:FolderTransport",
        transport_options={"folder": str(folder)},
    )  # fmt: skip
    with connection, connection.SimpleQueue("celery") as queue:
        yield queue


def names_in(folder, *parts):
    path = folder.joinpath("celery", *parts)
    return sorted(os.listdir(path)) if path.is_dir() else []


def taken_by_all(folder):
    return [name for one in names_in(folder, "taken") for name in names_in(folder, "taken", one)
            if name != ".lock"]  # fmt: skip


def test_a_message_is_removed_when_it_is_acknowledged(app, queue, folder):
    app.send_task("some.task", [1])
    message = queue.get(timeout=10)
    assert json.loads(message.body)[0] == [1]
    assert names_in(folder, "new") == []
    assert len(taken_by_all(folder)) == 1
    message.ack()
    assert taken_by_all(folder) == []


def test_messages_come_in_the_order_in_which_they_were_sent(app, queue):
    for number in range(20):
        app.send_task("some.task", [number])
    messages = [queue.get(timeout=10) for _ in range(20)]
    assert [json.loads(message.body)[0][0] for message in messages] == list(range(20))


def test_what_is_being_written_is_not_read(app, queue, folder):
    app.send_task("some.task", [1])
    (folder / "celery/writing").mkdir(exist_ok=True)
    (folder / "celery/writing/0-half").write_text('{"bo')
    assert json.loads(queue.get(timeout=10).body)[0] == [1]
    with pytest.raises(Empty):
        queue.get_nowait()


def test_what_is_no_message_is_put_aside_and_the_next_one_comes(app, queue, folder):
    app.send_task("some.task", [1])
    (folder / "celery/new/0-empty").write_bytes(b"")
    (folder / "celery/new/0-text").write_bytes(b"\xff\0 hello")
    assert json.loads(queue.get(timeout=10).body)[0] == [1]
    assert names_in(folder, "unreadable") == ["0-empty", "0-text"]


def test_a_rejected_message_comes_again(app, queue, folder):
    app.send_task("some.task", [1])
    queue.get(timeout=10).requeue()
    assert json.loads(queue.get(timeout=10).body)[0] == [1]
    assert len(taken_by_all(folder)) == 1


def test_a_consumer_that_ends_in_order_gives_back_what_it_has_taken(app, folder):
    app.send_task("some.task", [1])
    options = {
        "transport": "hub.folder_broker:FolderTransport",
        "transport_options": {"folder": folder},
    }
    for _ in range(5):  # more often than a consumer may die
        with Connection("folder://localhost", **options) as connection:
            assert connection.SimpleQueue("celery").get(timeout=10)
    assert len(names_in(folder, "new")) == 1


TAKER = """
import os, sys, time
from kombu import Connection
options = {"transport": "hub.folder_broker:FolderTransport"}
options["transport_options"] = {"folder": sys.argv[1]}
queue = Connection("folder://localhost", **options).SimpleQueue("celery")
queue.get(timeout=60)
print("taken", flush=True)
time.sleep(600)
"""


def take_and_die(folder):
    with subprocess.Popen(
        [sys.executable, "-c", TAKER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"taken\n"
        process.send_signal(signal.SIGKILL)


def test_what_a_killed_consumer_had_taken_comes_again_until_it_is_no_accident(app, queue, folder):
    app.send_task("some.task", [1])
    take_and_die(folder)
    take_and_die(folder)
    message = queue.get(timeout=30)
    assert json.loads(message.body)[0] == [1]
    message.requeue()
    for _ in range(3):
        take_and_die(folder)
    with pytest.raises(Empty):
        queue.get(timeout=12)
    assert len(names_in(folder, "unreadable")) == 1


def test_a_consumer_that_lives_keeps_what_it_has_taken(app, queue, folder):
    app.send_task("some.task", [1])
    assert queue.get(timeout=10)
    options = {
        "transport": "hub.folder_broker:FolderTransport",
        "transport_options": {"folder": folder},
    }
    with Connection("folder://localhost", **options) as other, pytest.raises(Empty):
        other.SimpleQueue("celery").get(timeout=6)


def test_a_folder_that_goes_is_made_again(app, queue, folder):
    app.send_task("some.task", [1])
    assert queue.get(timeout=10)
    shutil.rmtree(folder)
    with pytest.raises(Empty):
        queue.get_nowait()
    app.send_task("some.task", [2])
    assert json.loads(queue.get(timeout=10).body)[0] == [2]


def test_a_folder_that_can_t_be_used_refuses_as_a_broker_does_and_consumers_wait(
    app, queue, folder
):
    app.send_task("some.task", [1])
    assert queue.get(timeout=10)
    shutil.rmtree(folder)
    folder.write_text("a file is in its place")
    with pytest.raises(OperationalError):
        app.send_task("some.task", [2])
    with pytest.raises(Empty):
        queue.get_nowait()
    folder.unlink()
    app.send_task("some.task", [3])
    assert json.loads(queue.get(timeout=10).body)[0] == [3]


FULL = """
import resource, sys
from celery import Celery
from kombu.exceptions import OperationalError
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
app = Celery("full")
app.conf.update(broker_url="folder://localhost",
broker_transport="hub.folder_broker:FolderTransport",
                broker_transport_options={"folder": sys.argv[1]})
try:
    app.send_task("some.task", [1])
except OperationalError:
    sys.exit(7)
"""


def test_a_disk_that_takes_no_more_refuses_and_leaves_no_half_message(folder):
    """A limit on the size of files stands for a full disk: write fails after some bytes."""
    done = subprocess.run([sys.executable, "-c", FULL, str(folder)], cwd=ROOT, check=False)
    assert done.returncode == 7
    assert names_in(folder, "new") == []
    assert names_in(folder, "writing") == []


def test_the_queue_can_be_counted_and_emptied(app, queue, folder):
    for _ in range(3):
        app.send_task("some.task")
    assert queue.qsize() == 3
    assert queue.clear() == 3
    assert names_in(folder, "new") == []


def test_an_idle_consumer_costs_next_to_nothing(queue):
    spent = time.process_time()
    with pytest.raises(Empty):
        queue.get(timeout=3)
    assert time.process_time() - spent < 0.3
