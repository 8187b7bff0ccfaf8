"""A visitor's browser, for which the names of customers lead to the edge on this machine."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, BrowserType

from tests.browser.conftest import CHROMIUM_FLAGS, Stack
from tests.servers.programs import find
from webapp.sandbox.laptop.kept import read_env_file

LOOPBACK = "127.0.0.1"


def edge_port(stack: Stack) -> int:
    return int(read_env_file(stack.instance / "sandbox.env")["SANDBOX_EDGE_PORT"])


@contextmanager
def visitors_browser(chromium: BrowserType, stack: Stack, name: str) -> Iterator[Browser]:
    """Chromium takes authorities from the system alone. So Python verifies the certificate of `name` by the edge's
    authority first, and Chromium is told to take the key in it, which all names of the edge share, and no other.
    """
    rules = f"--host-resolver-rules=MAP *.test {LOOPBACK}:{edge_port(stack)}"
    trusted = f"--ignore-certificate-errors-spki-list={_verified_key(stack, name)}"
    found = chromium.launch(
        executable_path=find("chromium", "chromium"), args=[*CHROMIUM_FLAGS, rules, trusted]
    )
    try:
        yield found
    finally:
        found.close()


def _verified_key(stack: Stack, name: str) -> str:
    context = ssl.create_default_context(cafile=str(stack.instance / "edge-authority.pem"))
    with (
        socket.create_connection((LOOPBACK, edge_port(stack)), timeout=60) as raw,
        context.wrap_socket(raw, server_hostname=name) as connection,
    ):
        shown = x509.load_der_x509_certificate(connection.getpeercert(binary_form=True) or b"")
    key = shown.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()
