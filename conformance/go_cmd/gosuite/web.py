"""Small HTTP servers in threads, and the parts their handlers share."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

PLAIN = "text/plain; charset=utf-8"


class Request(NamedTuple):
    """What a handler needs to know of a request."""

    method: str
    path: str
    """Decoded, without the query."""
    query: str
    headers: Message[str, str]
    body: bytes


class Response(NamedTuple):
    """What a handler answers."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


Handler = Callable[[Request], Response]


def not_found() -> Response:
    """Return the answer for what does not exist, in the words Go's file server uses."""
    return error("404 page not found", 404)


def error(message: str, status: int) -> Response:
    """Return an answer of one line of text."""
    return Response(f"{message}\n".encode(), status, (("Content-Type", PLAIN),))


def redirect(location: str) -> Response:
    """Return an answer that sends the client elsewhere."""
    return Response(b"", 302, (("Location", location),))


class Server:
    """A server on a free port of this machine, from construction until `close`."""

    def __init__(self, handler: Handler, certificate: tuple[str, str] | None = None) -> None:
        """Start serving.

        Args:
            handler: answers every request; called from many threads.
            certificate: files of a certificate and its key, for HTTPS.
        """
        self._server = _Listener(("127.0.0.1", 0), _bound(handler))
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.context = context
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    context: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Speak TLS in the connection's own thread: a slow client must not stop the others."""
        if self.context is not None:
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that are killed or refuse a certificate are part of the tests."""


def _bound(handler: Handler) -> type[BaseHTTPRequestHandler]:
    class Bound(_Connection):
        answer = staticmethod(handler)

    return Bound


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer: Handler

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        request = Request(
            self.command, unquote(parts.path), parts.query, self.headers, self._body()
        )
        response = self.answer(request)
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    do_GET = do_POST = do_HEAD = _serve  # noqa: N815 - http.server's names

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)

    def log_message(self, *_: object) -> None:
        """Keep the output to the reports of the run."""
