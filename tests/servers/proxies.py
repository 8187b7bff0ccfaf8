"""nginx and Caddy as proxies of the tests' own, configured by the snippets that the documents recommend."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.programs import find, free_port, listens, running

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
    """nginx with this `server` block, which names port 443 and 8000 as the documents do; the port it listens on."""
    port = free_port()
    certificate, key = _certificate(directory)
    config = (
        config.replace("listen 443", f"listen 127.0.0.1:{port}")
        .replace("127.0.0.1:8000", f"127.0.0.1:{web_port}")
        .replace("/etc/ssl/nameplate.example.pem", str(certificate))
        .replace("/etc/ssl/nameplate.example.key", str(key))
    )
    path = directory / "nginx.conf"
    path.write_text(_NGINX.format(directory=directory, servers=config))
    command = [find("nginx", "nginx-light"), "-p", str(directory), "-e", "stderr", "-c", str(path)]
    with running(command, log=directory / "nginx.log", ready=lambda: listens(port)):
        yield port


@contextmanager
def caddy(directory: Path, config: str, web_port: int) -> Iterator[int]:
    """Caddy with this site, whose certificates it makes itself; the port it listens on."""
    port = free_port()
    config = config.replace("nameplate.example", f"https://localhost:{port}").replace(
        "127.0.0.1:8000", f"127.0.0.1:{web_port}"
    )
    path = directory / "Caddyfile"
    path.write_text(_CADDY.format(directory=directory, sites=config))
    command = [find("caddy", "caddy"), "run", "--adapter", "caddyfile", "--config", str(path)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), "XDG_DATA_HOME": str(directory)}
    with running(command, log=directory / "caddy.log", ready=lambda: listens(port), env=environment):
        yield port


def _certificate(directory: Path) -> tuple[Path, Path]:
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(
        [
            *(find("openssl", "openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt"),
            *("ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-out", str(certificate), "-keyout", str(key)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key
