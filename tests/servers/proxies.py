"""nginx and Caddy as proxies of the tests' own, configured by the snippets that the documents recommend."""

from __future__ import annotations

import http.client
import os
import re
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.servers.programs import ServerError, find, free_port, running

#: How often another port is tried when somebody else takes the free one before the proxy does.
TRIES = 3

DOCS = Path(__file__).resolve().parents[2] / "docs"

_NGINX = """
daemon off;
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
_CADDY = """
{{
	admin off
	auto_https disable_redirects
	local_certs
	skip_install_trust
	storage file_system {directory}/caddy
}}
{sites}
"""


def snippet(document: str, language: str, heading: str) -> str:
    """The first block in this language below a heading of a document."""
    text = (DOCS / document).read_text(encoding="utf-8").split(f"{heading}\n", 1)[1]
    found = re.search(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    assert found, f"{document} has no {language} below “{heading}”"
    return found[1]


@contextmanager
def nginx(directory: Path, config: str, web_port: int) -> Iterator[int]:
    """nginx with this `server` block, which names the ports 443 or 80 and 8000 as the documents do; the port it
    listens on.
    """
    program, path = find("nginx", "nginx-light"), directory / "nginx.conf"
    certificate, key = self_signed(directory, "localhost")

    def start(port: int) -> AbstractContextManager[Any]:
        server = (
            config.replace("listen 443", f"listen 127.0.0.1:{port}")
            .replace("listen [::]:443", f"listen [::1]:{port}")
            .replace("listen 80", f"listen 127.0.0.1:{port}")
            .replace("127.0.0.1:8000", f"127.0.0.1:{web_port}")
            .replace("127.0.0.1:8001", f"127.0.0.1:{web_port}")
            .replace("/etc/ssl/nameplate.example.pem", str(certificate))
            .replace("/etc/ssl/nameplate.example.key", str(key))
        )
        path.write_text(_NGINX.format(directory=directory, servers=server))
        command = [program, "-p", str(directory), "-e", "stderr", "-c", str(path)]
        https = "listen 443" in config
        return running(command, log=directory / "nginx.log", ready=lambda: _serves(port, https=https))

    with _on_a_free_port(start) as port:
        yield port


@contextmanager
def caddy(directory: Path, config: str, web_port: int) -> Iterator[int]:
    """Caddy with this site, whose certificates it makes itself; the port it listens on. What the document calls
    10.0.0.0/8 is this machine.
    """
    program, path = find("caddy", "caddy"), directory / "Caddyfile"
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), "XDG_DATA_HOME": str(directory)}

    def start(port: int) -> AbstractContextManager[Any]:
        site = (
            config
            if "http://" in config
            else config.replace("nameplate.example", "https://nameplate.example")
        )
        site = site.replace("nameplate.example", f"localhost:{port}").replace("10.0.0.0/8", "127.0.0.0/8")
        site = site.replace(" 127.0.0.1:8001", "").replace("127.0.0.1:8000", f"127.0.0.1:{web_port}")
        path.write_text(_CADDY.format(directory=directory, sites=site))
        command = [program, "run", "--adapter", "caddyfile", "--config", str(path)]
        log = directory / "caddy.log"
        https = "http://" not in config
        return running(command, log=log, ready=lambda: _serves(port, https=https), env=environment)

    with _on_a_free_port(start) as port:
        yield port


@contextmanager
def _on_a_free_port(start: Callable[[int], AbstractContextManager[Any]]) -> Iterator[int]:
    """The port on which the proxy serves. One that was free a moment ago may be somebody else's by now."""
    with ExitStack() as stack:
        for left in reversed(range(TRIES)):
            port = free_port()
            try:
                stack.enter_context(start(port))
                break
            except ServerError:
                if not left:
                    raise
        yield port


def _serves(port: int, *, https: bool) -> bool:
    """Whether the web answers through the proxy: a port that listens may lack its certificate, or be another's."""
    connection = http.client.HTTPConnection("localhost", port, timeout=5)
    if https:
        connection = http.client.HTTPSConnection("localhost", port, timeout=5, context=trusting())
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def trusting() -> ssl.SSLContext:
    """Takes any certificate, because the proxies of tests make their own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def self_signed(directory: Path, *hosts: str) -> tuple[Path, Path]:
    """A certificate for `hosts` that is its own authority, and its key."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(
        [
            *(find("openssl", "openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt"),
            *("ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=a test"),
            *(
                "-addext",
                "subjectAltName=" + ",".join(f"DNS:{host}" for host in hosts),
                "-out",
                str(certificate),
                "-keyout",
                str(key),
            ),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key
