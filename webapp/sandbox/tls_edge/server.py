"""The TLS server of the sandbox's edge: a certificate on demand for whom Nameplate names, an alert for all others."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from pathlib import Path
from socket import SOCK_STREAM, socket
from socketserver import ThreadingMixIn
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler

from webapp.sandbox.shared.environment import LOOPBACK
from webapp.sandbox.shared.listening import bound, serving
from webapp.sandbox.tls_edge.authority import kept_authority
from webapp.sandbox.tls_edge.certificates import Certificates
from webapp.sandbox.tls_edge.passage import SERVED, Passage
from webapp.sandbox.tls_edge.questions import AwayError, Nameplate

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

#: Connections at the same time, a thread each. More of them are closed unanswered.
MOST_CONNECTIONS = 64
HANDSHAKE_SECONDS, SILENT_SECONDS, GOODBYE_SECONDS = 10.0, 15.0, 1.0


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    #: A visitor who sends nothing for so long, or takes nothing, is left.
    timeout = SILENT_SECONDS

    def make_environ(self) -> WSGIEnvironment:
        return {**super().make_environ(), SERVED: self.connection.context.served}

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: `make run` would print a line for every visitor."""

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is that of the base class
        """Say nothing of strangers who send what is no HTTP. Faults of ours go another way."""


class TlsEdge(ThreadingMixIn, BaseWSGIServer):
    """The handshake happens in the thread of its connection, so that nobody waits for a stranger who is slow."""

    multithread = True
    daemon_threads = True

    def __init__(
        self, listening: socket, app: WSGIApplication, certificates: Certificates, nameplate: Nameplate
    ) -> None:
        port = listening.getsockname()[1]
        super().__init__(LOOPBACK, port, app, _Handler, fd=listening.fileno())
        self._certificates, self._nameplate = certificates, nameplate
        self._places = BoundedSemaphore(MOST_CONNECTIONS)
        # Set here and not passed above, where Werkzeug would shake hands in the one thread that accepts.
        self.ssl_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ssl_context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.ssl_context.sni_callback = self._named

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(HANDSHAKE_SECONDS)
        assert self.ssl_context is not None  # noqa: S101 - set above
        try:
            connection = self.ssl_context.wrap_socket(request, server_side=True)
        except OSError:  # also what is no TLS, and who was refused or has gone
            return
        with connection:
            self.RequestHandlerClass(connection, client_address, self)  # type: ignore[arg-type]
            connection.settimeout(GOODBYE_SECONDS)
            with contextlib.suppress(OSError, ValueError):
                connection.unwrap()

    def _named(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        """Give the connection the certificate of the name that it is for, or return an alert."""
        host = (name or "").lower().removesuffix(".")
        try:
            if not self._certificates.covers(host) or not self._nameplate.may_serve(host):
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            connection.context = self._certificates.context(host)
        except (AwayError, OSError):
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        return None


@contextlib.contextmanager
def tls_edge(
    port: int, directory: Path, nameplate: Nameplate, llm_client: WSGIApplication
) -> Iterator[TlsEdge]:
    """Serve until the end of the block, with the authority that is kept in `directory`.

    Raises `CannotListenError` and `StoreError`.
    """
    certificates = Certificates(kept_authority(directory))
    with bound(port, SOCK_STREAM, "--edge-port") as listening:
        listening.listen()
        server = TlsEdge(listening, Passage(nameplate, llm_client), certificates, nameplate)
    with serving(server, "sandbox-edge"):
        yield server
