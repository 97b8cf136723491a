"""Uploads in a bucket of S3, or of a server that speaks its protocol (MinIO, Ceph, …).

Loaded only where HUB_S3_BUCKET is set: boto3 takes a third of a second and 40 MB.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

_CONNECT_SECONDS: Final = 2
_READ_SECONDS: Final = 5
_MISSING: Final = frozenset({"NoSuchKey", "404"})
# Until a bucket that was silent is asked again: each try costs a thread twice the time above.
_PAUSE_SECONDS: Final = 15.0

logger = logging.getLogger(__name__)


class StorageAway(OSError):
    """The bucket does not answer, or refuses what was asked of it."""


class _BucketOutage:
    """What this process knows of a bucket that does not answer, for all of its threads."""

    is_known = False
    until = 0.0


class ObjectStorage(S3Storage):  # type: ignore[misc]
    """Private objects, under the names that the database has. Raises OSError as a disk does."""

    def __init__(self, **options: Any) -> None:
        has_own_server = bool(options.get("endpoint_url"))
        config = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"total_max_attempts": 2, "mode": "standard"},
            signature_version="s3v4",
            s3={"addressing_style": "path" if has_own_server else "auto"},
            # Servers of other makers refuse the checksums that boto3 adds by itself.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(
            **options,
            client_config=config,
            transfer_config=TransferConfig(use_threads=False),
            # SECURITY: as the bucket is, which is private unless somebody has changed that.
            default_acl=None,
            querystring_auth=True,
            # Names are random, and a restored backup needs them exactly as they were.
            file_overwrite=True,
        )

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        """The whole object, by one request: uploads are small."""
        key = self._normalize_name(clean_name(name))
        with _as_a_disk():
            answer = self.connection.meta.client.get_object(Bucket=self.bucket_name, Key=key)
            return ContentFile(answer["Body"].read(), name=name)

    def _save(self, name: str, content: File[bytes]) -> str:
        with _as_a_disk():
            saved: str = super()._save(name, content)
            return saved

    def delete(self, name: str) -> None:
        """Delete the object; a missing one is not an error."""
        with _as_a_disk():
            super().delete(name)

    def exists(self, name: str) -> bool:
        """True if there is such an object."""
        with _as_a_disk():
            return bool(super().exists(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """The names of "folders" and objects directly below a path."""
        with _as_a_disk():
            folders, files = super().listdir(path)
            return folders, files


@contextmanager
def _as_a_disk() -> Iterator[None]:
    if time.monotonic() < _BucketOutage.until:
        raise StorageAway("The bucket of uploads did not answer a moment ago.")
    try:
        yield
    except ClientError as error:
        code = str(error.response["Error"].get("Code", ""))
        if code in _MISSING:
            raise FileNotFoundError("The object is missing.") from error
        raise StorageAway(f"The bucket of uploads refuses: {code}.") from error
    except (BotoCoreError, Boto3Error) as error:
        if not _BucketOutage.is_known:
            logger.warning("The bucket of uploads does not answer.", exc_info=True)
        _BucketOutage.is_known, _BucketOutage.until = True, time.monotonic() + _PAUSE_SECONDS
        raise StorageAway(f"The bucket of uploads: {type(error).__name__}.") from error
    else:
        _BucketOutage.is_known = False
