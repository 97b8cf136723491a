"""A real S3 server on loopback (moto), with one bucket."""

from __future__ import annotations

import logging
from typing import Any

import boto3
import requests
from moto.server import ThreadedMotoServer

BUCKET = "hub-uploads"
KEYS = {"access_key": "hub", "secret_key": "a secret of the bucket"}


class Bucket:
    """The bucket, as the hub's settings name it (`options`) and as its owner sees it."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.port, self.url = port, f"http://{host}:{port}"
        requests.post(f"{self.url}/moto-api/reset", timeout=10)
        self.client = boto3.client(
            "s3", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id="owner",
            aws_secret_access_key="owner",
        )  # fmt: skip
        self.client.create_bucket(Bucket=BUCKET)

    def stop(self) -> None:
        """Stop answering."""
        self._server.stop()

    def names(self) -> list[str]:
        """The keys of all objects."""
        found = self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return [entry["Key"] for entry in found]


def options(port: int, prefix: str = "hub") -> dict[str, Any]:
    """The setting STORAGES["default"] of a hub whose bucket is at that port."""
    return {
        "BACKEND": "hub.object_storage.ObjectStorage",
        "OPTIONS": {
            "bucket_name": BUCKET, "location": prefix, "region_name": "us-east-1",
            "endpoint_url": f"http://127.0.0.1:{port}", **KEYS,
        },
    }  # fmt: skip
