"""The edge as deploy/ ships it, nginx or Caddy, with an LLM client behind it: the files of operators, with the
addresses and places of a test.
"""

from __future__ import annotations

import json
import os
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dns.message
import dns.rdatatype
import dns.rrset

from tests.servers.programs import find, free_port, listens, running
from tests.servers.proxies import self_signed, trusting

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
#: For an answer that comes, on a busy machine.
PATIENCE_SECONDS = 60

#: Around the shipped files, which are included by Debian's nginx.conf.
_NGINX = """
daemon off;
{user}
pid {directory}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
{servers}
}}
"""
#: Only root enters the directories of root's tests.
_USER = "user root;" if os.getuid() == 0 else ""
#: Around the shipped file's own options: no administration, and certificates of Caddy's own.
_CADDY_OPTIONS = """
	admin off
	local_certs
	skip_install_trust
	http_port {http}
	https_port {https}
	storage file_system {directory}/caddy
"""


@dataclass(frozen=True)
class Behind:
    """What the edge asks and leads to: ports of Nameplate's edge services, of the LLM clients and of their DNS."""

    services: tuple[int, int]
    client: int
    dns: int
    authority: Path
    token: str


@dataclass(frozen=True)
class Edge:
    """The ports at which visitors come, and where the proxy asks Nameplate over HTTP."""

    https: int
    http: int
    inner: tuple[int, ...]


def substituted(text: str, changes: Mapping[str, str]) -> str:
    """Each of them has to be there: a file that was changed would otherwise lead out of the test."""
    for old, new in changes.items():
        assert old in text, f"“{old}” is not in the shipped file any more"
        text = text.replace(old, new)
    return text


@contextmanager
def nginx_edge(directory: Path, behind: Behind, kept_seconds: int = 3600) -> Iterator[Edge]:
    """nginx with all of its files. It serves what it knows for `kept_seconds`."""
    https, http, asking, inner = (free_port() for _ in range(4))
    certificate, key = self_signed(directory, "localhost")
    ask = substituted(
        (DEPLOY / "nginx/nameplate-ask.conf").read_text(encoding="utf-8"),
        {
            "127.0.0.1:8002": f"127.0.0.1:{behind.services[0]}",
            "127.0.0.1:8003": f"127.0.0.1:{behind.services[1]}",
            "127.0.0.1:8009": f"127.0.0.1:{asking}",
            "127.0.0.1:8010": f"127.0.0.1:{inner}",
            "stale-if-error=3600": f"stale-if-error={kept_seconds}",
            "/var/lib/nginx/nameplate-answers": str(directory / "answers"),
            "EDGE_TOKEN": behind.token,
        },
    )
    edge = substituted(
        (DEPLOY / "nginx/nameplate-edge.conf").read_text(encoding="utf-8"),
        {
            "listen      80": f"listen 127.0.0.1:{http}",
            "listen      [::]:80": f"listen [::1]:{http}",
            "listen              443": f"listen 127.0.0.1:{https}",
            "listen              [::]:443": f"listen [::1]:{https}",
            "/etc/ssl/nameplate-edge.pem": str(certificate),
            "/etc/ssl/nameplate-edge.key": str(key),
            "127.0.0.53": f"127.0.0.1:{behind.dns}",
            "$client:443": f"$client:{behind.client}",
            "/etc/ssl/certs/ca-certificates.crt": str(behind.authority),
        },
    )
    visitors = substituted(
        (DEPLOY / "nginx/nameplate-visitors.conf").read_text(encoding="utf-8"),
        {"127.0.0.1:8009": f"127.0.0.1:{asking}", "EDGE_TOKEN": behind.token},
    )
    (directory / "snippets").mkdir(exist_ok=True)
    (directory / "snippets/nameplate-visitors.conf").write_text(visitors)
    path = directory / "nginx.conf"
    path.write_text(_NGINX.format(directory=directory, user=_USER, servers=ask + edge))
    command = [find("nginx", "nginx-light"), "-p", str(directory), "-e", "stderr", "-c", str(path)]
    ports = (https, http, asking, inner)
    with running(command, log=directory / "nginx.log", ready=lambda: all(map(listens, ports))):
        yield Edge(https, http, (asking, inner))


@contextmanager
def caddy_edge(directory: Path, behind: Behind) -> Iterator[Edge]:
    https, http, asking = (free_port() for _ in range(3))
    config = substituted(
        (DEPLOY / "caddy/edge.Caddyfile").read_text(encoding="utf-8"),
        {
            "127.0.0.1:8002": f"127.0.0.1:{behind.services[0]}",
            "127.0.0.1:8003": f"127.0.0.1:{behind.services[1]}",
            "127.0.0.1:8009": f"127.0.0.1:{asking}",
            "http://:8009": f"http://:{asking}",
            "Default-Host}:443": f"Default-Host}}:{behind.client}",
            "dial_timeout 5s\n": f"dial_timeout 5s\n\t\t\t\tresolvers udp/127.0.0.1:{behind.dns}\n",
        },
    )
    options = _CADDY_OPTIONS.format(http=http, https=https, directory=directory)
    config = config.replace("{\n\ton_demand_tls", "{" + options + "\ton_demand_tls", 1)
    assert options in config
    path = directory / "Caddyfile"
    path.write_text(config)
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), "XDG_DATA_HOME": str(directory)}
    environment |= {"EDGE_TOKEN": behind.token, "SSL_CERT_FILE": str(behind.authority)}
    command = [find("caddy", "caddy"), "run", "--adapter", "caddyfile", "--config", str(path)]
    ports = (https, http, asking)
    log = directory / "caddy.log"
    with running(command, log=log, ready=lambda: all(map(listens, ports)), env=environment):
        yield Edge(https, http, (asking,))


@contextmanager
def connected(port: int, name: str, address: str = "127.0.0.1") -> Iterator[ssl.SSLSocket]:
    """To the edge, as a visitor of `name`. A name in a handshake has no final dot (RFC 6066, 3)."""
    raw = socket.create_connection((address, port), timeout=PATIENCE_SECONDS)
    with closing(raw), trusting().wrap_socket(raw, server_hostname=name.removesuffix(".")) as secure:
        yield secure


@contextmanager
def visit(
    port: int,
    name: str,
    path: str = "/",
    *,
    address: str = "127.0.0.1",
    body: str = "",
    **headers: str,
) -> Iterator[Any]:
    """The answer to a visitor of `name`, whose body can be read as it comes. With a `body` it is sent to the name."""
    with connected(port, name, address) as wire, closing(HTTPConnection(name)) as connection:
        connection.sock = wire
        connection.request("POST" if body else "GET", path, body or None, headers)
        with connection.getresponse() as answer:
            yield answer


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    text: str


#: The edge has no certificate for the name, and refuses the handshake.
NO_CERTIFICATE = Answer(0, Message(), "")


def answer(port: int, name: str, path: str = "/", **headers: str) -> Answer:
    """The whole of it."""
    try:
        with visit(port, name, path, **headers) as found:
            return Answer(found.status, found.headers, found.read().decode())
    except ssl.SSLError:
        return NO_CERTIFICATE


def plain_answer(port: int, name: str, path: str = "/", **headers: str) -> Answer:
    """To a visitor without TLS."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as connection:
        connection.request("GET", path, headers={**headers, "Host": name})
        with connection.getresponse() as found:
            return Answer(found.status, found.headers, found.read().decode())


def status(port: int, name: str) -> int:
    """Of a visit; 0 where there is no certificate."""
    return answer(port, name).status


class LlmClients(ThreadingHTTPServer):
    """LLM clients at many hosts, over TLS, with a certificate for each; `go_on` lets one send its next token."""

    daemon_threads = True

    def __init__(self, contexts: Mapping[str, ssl.SSLContext], port: int) -> None:
        self.go_on = threading.Event()
        self._context, self._contexts = next(iter(contexts.values())), contexts
        self._context.sni_callback = self._choose
        super().__init__(("127.0.0.1", port), _Client)

    def _choose(self, connection: Any, name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = self._contexts.get(name or "", self._context)

    def finish_request(self, request: Any, client_address: Any) -> None:
        try:
            with self._context.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)
        except (ssl.SSLError, ConnectionError):
            """The edge did not like the certificate, or its visitor has gone."""


TOKENS = ("data: one\n\n", "data: two\n\n", "data: three\n\n")


class _Client(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LlmClients

    def do_GET(self) -> None:
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self._talk()
        elif self.path.startswith("/tokens/"):
            self._send_tokens(self.path.removeprefix("/tokens/"))
        else:
            self._say_what_was_asked()

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self._say_what_was_asked(sent.decode())

    def _say_what_was_asked(self, sent: str = "") -> None:
        heard = {name.lower(): value for name, value in self.headers.items()}
        body = json.dumps({**heard, ":method": self.command, ":path": self.path, ":body": sent}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_tokens(self, content_type: str) -> None:
        """Each only after the visitor has the one before."""
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for token in TOKENS:
            self.wfile.write(f"{len(token):x}\r\n{token}\r\n".encode())
            self.wfile.flush()
            if not self.server.go_on.wait(PATIENCE_SECONDS):
                return
            self.server.go_on.clear()
        self.wfile.write(b"0\r\n\r\n")

    def _talk(self) -> None:
        """Says everything back, once the protocol has changed. Proxies do not look into the frames."""
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        self.end_headers()
        while heard := self.rfile.readline():
            self.wfile.write(heard)
            self.wfile.flush()
        self.close_connection = True

    def log_message(self, *_arguments: object) -> None:
        """What a test sees is enough."""


@contextmanager
def llm_clients(contexts: Mapping[str, ssl.SSLContext]) -> Iterator[tuple[LlmClients, int]]:
    port = free_port()
    server = LlmClients(contexts, port)
    with _serving(server):
        yield server, port


class _Resolver(socketserver.BaseRequestHandler):
    """Every host is this machine, over IPv4."""

    def handle(self) -> None:
        data, sock = self.request
        answer = dns.message.make_response(dns.message.from_wire(data))
        question = answer.question[0]
        if question.rdtype == dns.rdatatype.A:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", "127.0.0.1"))
        sock.sendto(answer.to_wire(), self.client_address)


@contextmanager
def resolver() -> Iterator[int]:
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Resolver) as server, _serving(server):
        yield int(server.server_address[1])


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certified(directory: Path, *hosts: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate for `hosts` that is its own authority, and a server's end of TLS with it."""
    directory.mkdir()
    certificate, key = self_signed(directory, *hosts)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return certificate, context


def authority_of(path: Path, *certificates: Path) -> Path:
    """One file with all that the edge is to believe."""
    path.write_text("".join(certificate.read_text() for certificate in certificates))
    return path
