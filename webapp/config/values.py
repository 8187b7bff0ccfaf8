"""What single settings may be. Each function returns the value in its normal form or raises `ValueError`, whose words
follow the setting's name: “PUBLIC_URL: it must have no path”. None repeats a value that may hold a secret.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Any
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
HostPort = tuple[str, int]

_SCHEMES = {
    "database_url": ("sqlite", "postgresql", "postgres"),
    "redis_url": ("redis", "rediss", "unix"),
    "mail_url": ("smtp", "smtps", "file", "console"),
    "aws_endpoint_url": ("http", "https"),
    "public_url": ("http", "https"),
    "visit_url": ("http", "https"),
    "sandbox_url": ("http", "https"),
}
_NEED_A_HOST = frozenset({"http", "https", "smtp", "smtps", "redis", "rediss"})
#: Drivers that are installed with Nameplate. Any other ends in a missing module.
_DRIVERS = frozenset({"", "psycopg", "pysqlite"})

#: The most of each unit: dates that a longer period leads to cannot be written, and nobody means such a number.
_MOST_OF_UNIT = {"days": 36_500, "hours": 8_784, "minutes": 527_040, "seconds": 86_400}
_MOST_OF_ANYTHING = 1_000_000

#: What settings say of themselves to pydantic; `_PATTERNS` has the words for each.
EMPTY_OR_LONG = r"^(\S{16,})?$"
EMPTY_OR_PATH = r"^(/[^\x00-\x1f\x7f]+)?$"
INSTALLATION_ID = r"^[A-Za-z0-9_-]{1,64}$"

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")
#: Line ends and other control characters, which no URL has, and spaces, which a path may have.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]|^(?!sqlite|file|unix).* ")


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def not_too_much(name: str, value: float) -> None:
    """A setting tells its unit by a word of its name; what has none is a number of things."""
    unit = next((word for word in name.split("_") if word in _MOST_OF_UNIT), "")
    most = _MOST_OF_UNIT.get(unit, _MOST_OF_ANYTHING)
    if value > most:
        raise ValueError(f"it must be {most} at most")


def parts_of(value: object) -> object:
    """The parts of a comma separated list."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def each(read: Callable[[str], Any], value: object) -> object:
    """What `read` makes of each part of a comma separated list."""
    parts = parts_of(value)
    if not isinstance(parts, list):
        return parts
    return [read(part) if isinstance(part, str) else part for part in parts]


def host_port(text: str) -> HostPort:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or not 0 < int(port) < 65536 or not host:
        raise ValueError(f"“{text}” is not host:port, such as 127.0.0.1:53")
    return host.strip("[]"), int(port)


def address(value: object) -> object:
    return host_port(value) if isinstance(value, str) else value


def network(text: str) -> IPNetwork:
    try:
        return ipaddress.ip_network(text)
    except ValueError as err:
        raise ValueError(f"“{text}” is not a network, such as 192.0.2.0/24") from err


def mapping(text: str) -> tuple[IPNetwork, HostPort]:
    net, equals, target = text.partition("=")
    if not equals:
        raise ValueError(f"“{text}” is not network=host:port, such as 192.0.2.0/24=127.0.0.1:5300")
    return network(net), host_port(target)


def url(name: str, value: str) -> str:
    """The URL with its scheme in lower case. An empty one is one that is not set."""
    if not value:
        return value
    if _UNPRINTABLE.search(value):
        raise ValueError("it has a space or another character that no URL has")
    parts = _split(value)
    scheme, _, driver = parts.scheme.partition("+")
    schemes = _SCHEMES[name]
    if scheme not in schemes or (driver and name != "database_url"):
        raise ValueError(f"it must start with {' or '.join(f'{one}:' for one in schemes)}")
    if scheme in _NEED_A_HOST and not parts.hostname:
        raise ValueError(f"it names no host, as {scheme}://host.example does")
    if name == "public_url" and (parts.path.strip("/") or parts.query or parts.fragment or parts.username):
        raise ValueError(
            "it must be a scheme and a host alone, such as https://nameplate.example, with no path"
        )
    if name == "database_url":
        _is_readable(value, driver)
    if scheme in {"file", "unix"} and not parts.path:
        raise ValueError(f"it names no path, as {scheme}:/var/lib/nameplate/mail does")
    return f"{parts.scheme}{value[len(parts.scheme) :]}"


def _split(value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
    except ValueError as err:
        raise ValueError("it cannot be read as a URL") from err
    try:
        port = parts.port
    except ValueError as err:
        raise ValueError("its port must be a number below 65536") from err
    if port == 0:
        raise ValueError("its port must not be 0")
    return parts


def _is_readable(value: str, driver: str) -> None:
    if driver not in _DRIVERS:
        raise ValueError("it names a driver that Nameplate does not have; write postgresql:// or sqlite:///")
    try:
        make_url(value)
    except (ArgumentError, ValueError) as err:
        raise ValueError("it cannot be read as the URL of a database") from err


def host_name(text: str, *, least_labels: int = 1) -> str:
    """A host name in its normal form: lower case, A-labels, without the final dot."""
    name = text.strip().removesuffix(".").lower()
    try:
        name = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        name = ""
    labels = name.split(".")
    if (
        len(name) > 253
        or not all(_LABEL.fullmatch(label) for label in labels)
        or labels[-1].isdecimal()
        or len(labels) < least_labels
    ):
        raise ValueError(f"“{text}” is not a domain name, such as platform.example")
    return name


def region(value: str) -> str:
    if not _REGION.fullmatch(value):
        raise ValueError("it is not the name of a region, such as us-east-1")
    return value


def sender(value: str) -> str:
    """One address, with or without a name before it."""
    _, address = parseaddr(value)
    try:
        found = Address(addr_spec=address)
        host_name(found.domain)
    except (ValueError, IndexError, MessageError) as err:
        raise ValueError("it is not a sender, such as Nameplate <nameplate@platform.example>") from err
    if not found.username or not value.isprintable() or not value.rstrip(" >").endswith(address):
        raise ValueError("it is not one sender, such as Nameplate <nameplate@platform.example>")
    return value


def contact(value: str) -> str:
    """An e-mail address without a name before it, or the https URL of a page; empty if nothing is set."""
    value = value.removeprefix("mailto:")
    if not value:
        return value
    if value.partition(":")[0].lower() in {"http", "https"}:
        return _page(value)
    try:
        host_name(Address(addr_spec=value).domain, least_labels=2)
    except (ValueError, IndexError, MessageError) as err:
        raise ValueError(_NO_CONTACT) from err
    return value


_NO_CONTACT = "it must be an e-mail address, such as help@platform.example, or the https:// address of a page"


def _page(value: str) -> str:
    parts = _split(value)
    if parts.scheme != "https" or not parts.hostname or parts.username or _UNPRINTABLE.search(value):
        raise ValueError(_NO_CONTACT)
    return f"{parts.scheme}{value[len(parts.scheme) :]}"


def sentence(fault: Mapping[str, Any]) -> str:
    """One of pydantic's faults in our words, which never repeat a value of a text: it may be a secret."""
    setting = ".".join(str(part) for part in fault["loc"][:1]).upper()
    if fault["type"] == "missing":
        return f"{setting} is not set. Put a value for it in the environment or in .env."
    say = _SAID.get(fault["type"])
    message = say(fault.get("ctx", {})) if say else str(fault["msg"]).removeprefix("Value error, ")
    return f"{setting}: {message}." if setting else f"{message}."


_PATTERNS = {
    EMPTY_OR_LONG: "it must have 16 characters at least, and no spaces",
    EMPTY_OR_PATH: "it must be a path that begins with /",
    INSTALLATION_ID: "it must have 64 letters, digits, - and _ at most, and nothing else",
}
_SAID: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "int_parsing": lambda _: "it must be a whole number",
    "int_parsing_size": lambda _: "it must be a smaller number",
    "int_from_float": lambda _: "it must be a whole number",
    "float_parsing": lambda _: "it must be a number",
    "finite_number": lambda _: "it must be a number, and a finite one",
    "greater_than": lambda context: f"it must be more than {context['gt']:g}",
    "greater_than_equal": lambda context: f"it must be {context['ge']:g} at least",
    "less_than": lambda context: f"it must be less than {context['lt']:g}",
    "less_than_equal": lambda context: f"it must be {context['le']:g} at most",
    "literal_error": lambda context: f"it must be {context['expected']}",
    "string_too_short": lambda context: f"it must have {context['min_length']} characters at least",
    "string_pattern_mismatch": lambda context: _PATTERNS[context["pattern"]],
}
