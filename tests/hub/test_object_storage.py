"""Uploads in a bucket that several machines share, on a real S3 server."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import sys
from datetime import timedelta

import pytest
import requests
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from accounts.models import User
from hub import object_storage, retention
from hub.backup import archive, create
from hub.backup.restore import _finish
from hub.doctor import machine
from models_registry.http.fetch import fetch
from tests.environment import ROOT
from tests.factories import a_user
from tests.journeys.processes import installation
from tests.standins.s3 import BUCKET, KEYS, Bucket, options

pytestmark = pytest.mark.django_db


@pytest.fixture
def bucket(settings, monkeypatch):
    made = Bucket()
    monkeypatch.setattr(object_storage._BucketOutage, "until", 0.0)
    monkeypatch.setattr(object_storage._BucketOutage, "is_known", False)
    settings.STORAGES = {**settings.STORAGES, "default": options(made.port)}
    settings.ENV = dataclasses.replace(settings.ENV, s3_bucket=BUCKET)
    yield made
    made.stop()


def a_picture(colour: str = "red") -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (300, 300), colour).save(out, "PNG")
    out.seek(0)
    out.name = "me.png"
    return out


def upload(client, picture: io.BytesIO) -> None:
    answer = client.post("/user-center/avatar", {"picture": picture}, follow=True)
    assert "Your picture has been saved." in answer.content.decode()


def test_a_picture_is_stored_in_the_bucket_served_by_the_hub_and_replaced(
    client, bucket, django_capture_on_commit_callbacks
):
    client.force_login(a_user("ada"))
    upload(client, a_picture())
    (first,) = bucket.names()
    assert first.startswith("hub/avatars/")
    stored = bucket.client.get_object(Bucket=BUCKET, Key=first)
    answer = client.get("/avatars/ada")
    assert answer.content == stored["Body"].read()
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/webp", "nosniff")
    # The bucket is private, and pages name the hub's own address only.
    assert requests.get(f"{bucket.url}/{BUCKET}/{first}", timeout=10).status_code == 403
    assert bucket.url not in client.get("/user-center").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        upload(client, a_picture("blue"))
    (second,) = bucket.names()
    assert second != first


def test_a_picture_that_the_browser_has_is_not_read_again(client, bucket):
    client.force_login(a_user("ada"))
    upload(client, a_picture())
    etag = client.get("/avatars/ada")["ETag"]
    bucket.stop()
    unchanged = client.get("/avatars/ada", headers={"If-None-Match": etag})
    assert unchanged.status_code == 304


def test_a_bucket_that_does_not_answer_is_asked_once_in_a_while(
    client, bucket, caplog, monkeypatch
):
    """Else each picture of a page would cost a thread ten seconds."""
    client.force_login(a_user("ada"))
    upload(client, a_picture())
    bucket.stop()
    with pytest.raises(object_storage.StorageAway, match="EndpointConnectionError"):
        default_storage.open("avatars/a.webp")
    answer = client.get("/avatars/ada")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/svg+xml", "no-store")
    with pytest.raises(object_storage.StorageAway, match="a moment ago"):
        default_storage.open("avatars/a.webp")
    monkeypatch.setattr(object_storage._BucketOutage, "until", 0.0)
    with pytest.raises(object_storage.StorageAway, match="EndpointConnectionError"):
        default_storage.open("avatars/a.webp")
    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_pictures_that_nobody_has_are_deleted_a_day_later(bucket, monkeypatch):
    default_storage.save("avatars/left-over.webp", ContentFile(b"x"))
    used = default_storage.save("avatars/used.webp", ContentFile(b"x"))
    User.objects.filter(pk=a_user("ada").pk).update(avatar=used)
    assert retention.pictures() == 0
    tomorrow = timezone.now() + timedelta(days=2)
    monkeypatch.setattr("hub.retention.timezone.now", lambda: tomorrow)
    # A trial restore has this hub's settings for the bucket, and not its newer pictures.
    with monkeypatch.context() as other:
        other.setattr("django.conf.settings.SITE_URL", "https://trial.example.org")
        assert retention.pictures() == 0
        (finding,) = machine.uploads()
        assert "Another hub uses this bucket" in finding.text
    assert retention.pictures() == 1
    assert bucket.names() == ["hub/avatars/used.webp", "hub/owner"]


def test_the_doctor_writes_reads_and_removes_an_object(bucket, monkeypatch):
    (finding,) = machine.uploads()
    assert (finding.check, finding.severity) == ("uploads", "ok")
    assert bucket.names() == []
    bucket.client.put_bucket_policy(
        Bucket=BUCKET,
        Policy='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",'
        f' "Action": "s3:GetObject", "Resource": "arn:aws:s3:::{BUCKET}/*"}}]}}',
    )
    (finding,) = machine.uploads()
    assert (finding.severity, finding.advice[:5]) == ("warning", "Block")
    monkeypatch.setattr(
        machine, "fetch", lambda *args, **named: fetch("http://127.0.0.1:1", **named)
    )
    (finding,) = machine.uploads()
    assert "could not be checked" in finding.text
    bucket.client.delete_bucket(Bucket=BUCKET)
    (finding,) = machine.uploads()
    assert finding.severity == "wrong"
    assert "NoSuchBucket" in finding.text
    assert KEYS["secret_key"] not in finding.text


def test_a_backup_holds_the_bucket_and_restores_it_under_the_same_names(bucket, tmp_path):
    bodies = {f"avatars/{n:04}.webp": str(n).encode() for n in range(3)}
    for name, body in bodies.items():
        default_storage.save(name, ContentFile(body))
    # What others keep in the bucket, and names that a storage shows as empty folders.
    for key in ("other/film.mp4", "avatars//film.mp4", "/film.mp4"):
        bucket.client.put_object(Bucket=BUCKET, Key=f"hub/{key}", Body=b"x")
    others = set(bucket.names()) - {f"hub/{name}" for name in bodies}
    writer_path = tmp_path / "hub.backup"
    with archive.writing(writer_path) as writer:
        create._add_media(writer)
        writer.finish({})
    for name in bodies:
        default_storage.delete(name)
    with archive.reading(writer_path, tmp_path) as backup:
        assert backup.media == [f"media/{name}" for name in bodies]
        backup.extract_media(tmp_path / "media.restoring")
    _finish(tmp_path / "media.restoring", tmp_path / "media")
    assert {f"hub/{name}" for name in bodies} == set(bucket.names()) - others
    assert default_storage.open("avatars/0002.webp").read() == b"2"


def test_a_hub_without_a_bucket_never_loads_its_library(prepared_var, tmp_path):
    code = "import sys, django; django.setup(); import hub.urls; "
    code += "from django.core.files.storage import default_storage as s; s.exists('x'); "
    code += "print(sorted({'boto3', 'botocore', 'storages'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=installation(tmp_path, prepared_var),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
