"""Serves the page of a run over HTTP while its campaigns run, with updates as server-sent events.

The address is a loopback address unless the user gives another one; then a token is needed. The
name in the Host header is checked as well: a page of another site whose name resolves to this
machine could read the campaign otherwise.
"""

from __future__ import annotations

import ipaddress
import json
import secrets
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Condition, Lock, Thread
from urllib.parse import parse_qs, urlsplit

from fuzzengine.report.events import LIVE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fuzzengine.report.html import Page

_INTERVAL = 1.0
"""The least seconds between two updates."""

_KEEP_ALIVE = 15.0
"""The seconds after which a comment is sent if nothing has changed, to notice a lost reader."""

_SEND_TIMEOUT = 10.0
_LAST_UPDATE = 3.0
"""The seconds that the end of a run waits for its last update to be sent."""

_MOST_READERS = 32
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class AddressError(Exception):
    """An address is malformed, or it cannot be listened on."""


def read_address(text: str) -> tuple[str, int]:
    """Return host and port of an address such as `127.0.0.1:0`, `:8080` or `[::1]:8080`.

    Without a host it is 127.0.0.1. Port 0 means a free port.

    Raises:
        AddressError: the address is malformed.
    """
    host, _, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise AddressError("write an IPv6 address in brackets, such as [::1]:8080")
    if not (port.isdecimal() and port.isascii() and int(port) < 1 << 16):
        raise AddressError("write a host and a port, such as 127.0.0.1:8080; port 0 is a free one")
    return host or "127.0.0.1", int(port)


class LivePage:
    """A server of the page of a run.

    Attributes:
        url: the address of the page, with the token if one is needed.
    """

    events = LIVE

    def __init__(self, page: Page, address: tuple[str, int]) -> None:
        """Start the server.

        Args:
            page: renders the page.
            address: host and port.

        Raises:
            AddressError: the address cannot be listened on.
        """
        self._page = page
        page.running = True
        self._changed = Condition()
        self._version = 0
        self._over = False
        self._readers = 0
        self._render_lock = Lock()
        self._rendered: tuple[int, dict[str, str]] = (-1, {})
        try:
            self._server = _Server(address, self)
        except OSError as error:
            raise AddressError(error.strerror or str(error)) from None
        host, port = self._server.server_address[:2]
        self._is_local = ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
        self._token = "" if self._is_local else secrets.token_urlsafe(16)
        self.url = f"http://{_shown(str(host))}:{port}/" + (
            f"?token={self._token}" if self._token else ""
        )
        Thread(target=self._server.serve_forever, args=(0.2,), daemon=True).start()

    def update(self) -> None:
        """Send an update to the readers soon."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def finish(self) -> bool:
        """Send the final state and end the server; return True."""
        self._page.running = False
        with self._changed:
            self._version += 1
            self._over = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._readers, _LAST_UPDATE)
        self._server.shutdown()
        self._server.server_close()
        return True

    def refusal(self, host: str, query: str) -> int:
        """Return the status that refuses a request, or 0.

        Args:
            host: the Host header.
            query: the query of the address.
        """
        if self._token:
            given = "".join(parse_qs(query).get("token", []))
            return 0 if secrets.compare_digest(given.encode(), self._token.encode()) else 403
        name = ""
        try:
            name = urlsplit(f"//{host}").hostname or ""
            local = ipaddress.ip_address(name).is_loopback
        except ValueError:
            local = name == "localhost"
        return 0 if local else 403

    def document(self, nonce: str) -> str:
        """Return the whole page."""
        with self._render_lock:
            return self._page.document(nonce)

    def messages(self) -> Iterator[str]:
        """Yield server-sent events until the run is over: first the whole page, then changes."""
        sent: Mapping[str, str] = {}
        seen = -1
        while True:
            version, over = self._wait_for_change(seen)
            if version == seen and not over:
                yield ": nothing has changed\n\n"
                continue
            seen = version
            parts = self._parts(version)
            changed = {name: html for name, html in parts.items() if sent.get(name) != html}
            if changed:
                order = [name for name in parts if name.startswith("module-")]
                yield _message("parts", {"parts": changed, "order": order})
            sent = parts
            if over:
                yield _message("end", {})
                return
            with self._changed:
                self._changed.wait_for(lambda: self._over, _INTERVAL)

    def _wait_for_change(self, seen: int) -> tuple[int, bool]:
        """Wait for another version than the last one, for the end of the run or for a while.

        Returns:
            The version, and whether the run is over.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._version != seen, _KEEP_ALIVE)
            return self._version, self._over

    def begin_reading(self) -> bool:
        """Count a reader of events; return False if there are too many."""
        with self._changed:
            if self._readers >= _MOST_READERS or self._over:
                return False
            self._readers += 1
            return True

    def end_reading(self) -> None:
        """Count a reader of events no more."""
        with self._changed:
            self._readers -= 1
            self._changed.notify_all()

    def _parts(self, version: int) -> dict[str, str]:
        with self._render_lock:
            if self._rendered[0] < version:
                self._rendered = version, self._page.parts()
            return self._rendered[1]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], live_page: LivePage) -> None:
        self.live_page = live_page
        host, port = address
        family, _, _, _, found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self.address_family = family
        super().__init__(found, _Handler)  # type: ignore[arg-type]

    def server_bind(self) -> None:
        """Bind without the look-up of the machine's name that HTTPServer makes."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "fuzzengine", self.server_address[1]

    def handle_error(self, *_: object) -> None:
        """Print nothing: a reader may leave at any time."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _SEND_TIMEOUT
    server: _Server

    def do_GET(self) -> None:
        live_page = self.server.live_page
        address = urlsplit(self.path)
        refused = live_page.refusal(self.headers.get("Host", ""), address.query)
        if refused:
            self._answer(refused, "text/plain", "the address lacks the token, or is not local\n")
        elif address.path == "/":
            self._answer(200, "text/html", live_page.document(secrets.token_urlsafe(16)))
        elif address.path == "/events":
            self._send_events(live_page)
        else:
            self._answer(404, "text/plain", "there is only / here\n")

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def version_string(self) -> str:
        return "fuzzengine"

    def _answer(self, status: int, kind: str, text: str) -> None:
        data = text.encode("utf-8", "backslashreplace")
        self._begin(status, kind, {"Content-Length": str(len(data))})
        self.wfile.write(data)

    def _begin(self, status: int, kind: str, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        for name, value in {**_HEADERS, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send_events(self, live_page: LivePage) -> None:
        if not live_page.begin_reading():
            self._answer(503, "text/plain", "too many readers\n")
            return
        try:
            self._begin(200, "text/event-stream", {})
            for message in live_page.messages():
                self.wfile.write(message.encode("utf-8", "backslashreplace"))
                self.wfile.flush()
        finally:
            live_page.end_reading()


def _message(event: str, data: Mapping[str, object]) -> str:
    return f"event: {event}\ndata: {json.dumps(data)}\n\n"


def _shown(host: str) -> str:
    """Return a host as it is in an address; of all addresses of the machine, its name."""
    if host in ("0.0.0.0", "::"):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host
