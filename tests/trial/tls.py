"""The name that is compiled into the servers, answered by a TLS proxy on loopback."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


def make_certificates(folder: Path, name: str) -> tuple[Path, Path]:
    """Make an authority and a certificate for a name; the authority's file, and key with chain."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Authority of the trial")])
    authority = (
        _certificate(issuer, issuer, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        _certificate(subject, issuer, key)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    trusted, own = folder / "authority.pem", folder / "own.pem"
    trusted.write_bytes(authority.public_bytes(pem))
    own.write_bytes(private + certificate.public_bytes(pem))
    return trusted, own


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )


class Proxy:
    """Passes requests on to a port of 127.0.0.1, or refuses them while `refuse` is set.

    `prefix` is put before each path, as a proxy in front of a fleet does to state its version.
    `seen` has (method, path, headers, status) of those that went on.
    """

    def __init__(self, address: str, own: Path, port: int) -> None:
        self.seen: list[tuple[str, str, dict[str, str], int]] = []
        self.refuse = False
        self.prefix = ""
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
                headers = {key.lower(): value for key, value in self.headers.items()}
                if proxy.refuse:
                    self.send_error(503)
                    return
                backend = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                passed = {k: v for k, v in headers.items() if k not in HOP_BY_HOP}
                backend.request(self.command, proxy.prefix + self.path, body, passed)
                with contextlib.closing(backend), backend.getresponse() as answer:
                    content = answer.read()
                    proxy.seen.append((self.command, self.path, headers, answer.status))
                    self.send_response_only(answer.status)
                    for key, value in answer.getheaders():
                        if key.lower() not in HOP_BY_HOP:
                            self.send_header(key, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = handle_any

            def log_message(self, *args: Any) -> None:
                """Say nothing: what came is in `seen`."""

        self.server = ThreadingHTTPServer((address, 443), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(own)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    @contextlib.contextmanager
    def answering(self) -> Iterator[Proxy]:
        """Answer until the block ends."""
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield self
        finally:
            self.server.shutdown()
            self.server.server_close()
