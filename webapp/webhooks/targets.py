"""The URL of an endpoint, read before anything is asked."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from webapp.config.values import IPNetwork, host_name
from webapp.dns.addresses import IPAddress
from webapp.dns.addresses import refusal as address_refusal

LONGEST_URL = 2000
#: What a URL is written with (RFC 3986). Anything else could end our request line.
_WRITTEN = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")


@dataclass(frozen=True)
class Refusal:
    """`code` is a stable id."""

    code: str
    sentence: str


@dataclass(frozen=True)
class Target:
    """`host`: a name in A-labels, or an address. `path`: with its query string."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def address(self) -> IPAddress | None:
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def read(url: str, allowed: Sequence[IPNetwork], refused: Sequence[IPNetwork] = ()) -> Target | Refusal:
    """`allowed`: networks that need neither be global nor be spoken to with TLS; `refused`: the operator's own."""
    if not url:
        return Refusal("url-missing", "Enter the URL that messages are sent to.")
    if len(url) > LONGEST_URL or not _WRITTEN.fullmatch(url):
        return Refusal(
            "url-invalid", f"Enter a URL of at most {LONGEST_URL} characters, without spaces and #."
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return Refusal("url-invalid", "Enter a URL such as https://hooks.acme.com/nameplate.")
    return _refusal(parts, port, allowed) or _with_host(parts, port, allowed, refused)


def _refusal(parts: SplitResult, port: int | None, allowed: Sequence[IPNetwork]) -> Refusal | None:
    if parts.scheme not in {"https", "http"} or not parts.hostname or port == 0:
        return Refusal(
            "url-invalid", "Enter a URL that begins with https://, such as https://hooks.acme.com/nameplate."
        )
    if parts.username is not None or parts.password is not None:
        return Refusal(
            "url-credentials", "Leave out the user name and password; messages are signed instead."
        )
    if parts.scheme == "http" and not allowed:
        return Refusal(
            "url-not-secure", "Enter a URL that begins with https://. Messages are sent over TLS alone."
        )
    return None


def _with_host(
    parts: SplitResult, port: int | None, allowed: Sequence[IPNetwork], refused: Sequence[IPNetwork]
) -> Target | Refusal:
    secure, host = parts.scheme == "https", parts.hostname or ""
    if (
        "%" in host
    ):  # a zone of IPv6 (RFC 4007), which names an interface of our machine and may be of any length
        return Refusal("url-invalid", "Leave out the part of the address from % on.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        found = str(ipaddress.ip_address(host))
    except ValueError:
        try:
            found = host_name(host, least_labels=2)
        except ValueError:
            return Refusal("url-invalid", f"“{host}” is not a host name, such as hooks.acme.com.")
    target = Target(secure, found, port or (443 if secure else 80), path)
    if target.address is not None and not may_be_asked(target, target.address, allowed, refused):
        return Refusal("url-not-public", f"{host} is not a public address, so that nothing is sent to it.")
    return target


def may_be_asked(
    target: Target, address: IPAddress, allowed: Sequence[IPNetwork], refused: Sequence[IPNetwork]
) -> bool:
    """Public addresses over TLS, and those of the networks that are allowed."""
    if address_refusal(str(address), allowed, refused) is not None:
        return False
    return target.secure or any(address in network for network in allowed)
