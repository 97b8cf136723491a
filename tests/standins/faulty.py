"""A server that can't be relied on: it speaks one of four protocols and has one fault."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from typing import Final

# How it speaks → what a request gets, where the fault is not one of the connection's.
ANSWERS: Final[dict[str, dict[str, bytes]]] = {
    "http": {
        "wrong type": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n"
        b"Connection: close\r\n\r\n1.5\n",
        "full": b"HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 0\r\n"
        b"Connection: close\r\n\r\n",
        "cut off": b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n[",
        "slow": b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    },
    "redis": {
        "wrong type": b"+what\r\n",
        "full": b"-OOM command not allowed when used memory > 'maxmemory'.\r\n",
        "cut off": b"$900\r\nabc",
        "slow": b"+OK\r\n",
    },
    "postgresql": {
        "wrong type": b"S",
        # ErrorResponse, https://www.postgresql.org/docs/current/protocol-message-formats.html
        "full": b"E\x00\x00\x00\x2dSFATAL\0C53100\0Mno space left on device\0\0",
        "cut off": b"R\x00\x00",
        "slow": b"N",
    },
    "smtp": {
        "wrong type": b"354 Go on\r\n",
        "full": b"421 4.3.1 Insufficient system storage\r\n",
        "cut off": b"220 mail.exam",
        "slow": b"451 Later\r\n",
    },
}
RUBBISH: Final = b"\x00\xff\xfe nothing that anybody speaks \x80\r\n\r\n"


class FaultyServer:
    """Answers with its fault until it is stopped; `asked` counts connections."""

    def __init__(self, speaks: str, fault: str) -> None:
        self.asked = 0
        faulty = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                faulty.asked += 1
                with contextlib.suppress(OSError):
                    faulty._answer(self.request, speaks, fault)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._stopped = threading.Event()
        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        if fault == "refused":
            self._server.server_close()
        else:
            threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self._is_refused = fault == "refused"

    def stop(self) -> None:
        """Stop answering."""
        self._stopped.set()
        if not self._is_refused:
            self._server.shutdown()
            self._server.server_close()

    def _answer(self, client: socket.socket, speaks: str, fault: str) -> None:
        if fault == "timeout":
            self._stopped.wait(60)
            return
        greets = speaks == "smtp"
        while greets or client.recv(65_536):
            greets = False
            answer = RUBBISH if fault == "rubbish" else ANSWERS[speaks][fault]
            for byte in answer if fault == "slow" else ():
                client.sendall(bytes([byte]))
                time.sleep(0.01)
            if fault != "slow":
                client.sendall(answer)
            if fault in {"cut off", "rubbish"} or (speaks == "postgresql" and fault == "full"):
                return


class MailServer:
    """A mail server that takes every message, or answers a command otherwise (`says`)."""

    def __init__(self) -> None:
        self.received: list[str] = []
        self.says: dict[str, bytes] = {}
        self.port = 0
        self.start()

    def start(self) -> None:
        """Answer, at the same port as before."""
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    server._talk(self)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def _talk(self, handler: socketserver.StreamRequestHandler) -> None:
        handler.wfile.write(b"220 mail.example.org\r\n")
        while line := handler.rfile.readline().decode():
            verb = line.split()[0].upper()
            if verb in self.says:
                handler.wfile.write(self.says[verb])
            elif verb == "DATA":
                handler.wfile.write(b"354 Go on\r\n")
                body = []
                while (text := handler.rfile.readline().decode()) != ".\r\n":
                    body.append(text)
                handler.wfile.write(self.says.get(".", b"250 Taken\r\n"))
                if "." not in self.says:
                    self.received.append("".join(body))
            elif verb == "QUIT":
                handler.wfile.write(b"221 Bye\r\n")
                return
            else:
                handler.wfile.write(b"250 Ok\r\n")
