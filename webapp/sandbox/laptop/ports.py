"""Where `make run` listens: ports that a person chose, or the last run had, or that are free, on 127.0.0.1 alone."""

from __future__ import annotations

import random
import socket
from collections.abc import Collection
from dataclasses import dataclass

from webapp.sandbox.shared.environment import DNS_PORT_COUNT, LOOPBACK

# Below the range from which systems take the ports of outgoing connections, or a connection could sit on one.
USUAL = range(20_000, 30_000)
_TRIES = 200


class PortError(Exception):
    """We cannot listen where we should. The message says on which port and which setting to change."""


@dataclass(frozen=True)
class Ports:
    """`first_dns` is followed by the rest of the sandbox's name servers. The sandbox's edge listens at `tls` and asks
    Nameplate's edge service at `edge`.
    """

    web: int
    sandbox: int
    first_dns: int
    edge: int
    tls: int

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.web}"

    @property
    def sandbox_url(self) -> str:
        return f"http://{LOOPBACK}:{self.sandbox}"

    @property
    def edge_bind(self) -> str:
        return f"{LOOPBACK}:{self.edge}"

    @property
    def edge_url(self) -> str:
        return f"http://{self.edge_bind}"


def refusal(port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> OSError | None:
    """Why nobody can listen on `port` now, or None when it is free."""
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # As servers do: without it the closed connections of the last run would block the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as err:
            return err
    return None


def dns_refusal(first: int, count: int) -> tuple[int, OSError] | None:
    """The first of `count` ports in a row that is not free for both UDP and TCP."""
    for port in range(first, first + count):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            if taken := refusal(port, kind):
                return port, taken
    return None


def free_row(count: int = 1, *, avoid: Collection[int] = ()) -> int:
    """The first of `count` ports in a row that are free for UDP and TCP. Raises `PortError`."""
    chance = random.SystemRandom()
    for _ in range(_TRIES):
        first = chance.randrange(USUAL.start, USUAL.stop - count)
        row = range(first, first + count)
        if not any(port in row for port in avoid) and dns_refusal(first, count) is None:
            return first
    raise PortError(f"There are no {count} free ports in a row between {USUAL.start} and {USUAL.stop}.")


def choose_ports(chosen: dict[str, str], remembered: dict[str, str]) -> Ports:
    """Ports from the settings, else those of the last run, else free ones. Raises `PortError` when one is taken."""
    web = _port("PORT", chosen.get("PORT") or "8000")
    _must_be_free("PORT", web, refusal(web))

    wanted = chosen.get("SANDBOX_PORT") or remembered.get("SANDBOX_PORT")
    sandbox = _port("SANDBOX_PORT", wanted) if wanted else free_row(avoid=[web])
    _must_be_free("SANDBOX_PORT", sandbox, refusal(sandbox))

    wanted = chosen.get("SANDBOX_DNS_PORT") or remembered.get("SANDBOX_DNS_PORT")
    first = (
        _port("SANDBOX_DNS_PORT", wanted, DNS_PORT_COUNT)
        if wanted
        else free_row(DNS_PORT_COUNT, avoid=[web, sandbox])
    )
    if taken := dns_refusal(first, DNS_PORT_COUNT):
        _must_be_free("SANDBOX_DNS_PORT", *taken)

    row = range(first, first + DNS_PORT_COUNT)
    wanted = chosen.get("EDGE_BIND") or remembered.get("EDGE_BIND")
    edge = _bound_port("EDGE_BIND", wanted) if wanted else free_row(avoid=[web, sandbox, *row])
    _must_be_free("EDGE_BIND", edge, refusal(edge))

    wanted = chosen.get("SANDBOX_EDGE_PORT") or remembered.get("SANDBOX_EDGE_PORT")
    tls = _port("SANDBOX_EDGE_PORT", wanted) if wanted else free_row(avoid=[web, sandbox, edge, *row])
    _must_be_free("SANDBOX_EDGE_PORT", tls, refusal(tls))

    if len({web, sandbox, edge, tls, *row}) < 4 + DNS_PORT_COUNT:
        raise PortError(
            f"PORT ({web}), SANDBOX_PORT ({sandbox}), the port of EDGE_BIND ({edge}), SANDBOX_EDGE_PORT ({tls}) and"
            f" the {DNS_PORT_COUNT} ports from SANDBOX_DNS_PORT ({first}) overlap. Choose others."
        )
    return Ports(web, sandbox, first, edge, tls)


def _bound_port(setting: str, text: str) -> int:
    host, _, port = text.rpartition(":")
    if host != LOOPBACK:
        raise PortError(
            f"{setting} is “{text}”, but everything of “make run” listens on {LOOPBACK}: {setting}={LOOPBACK}:8002"
        )
    return _port(setting, port)


def _port(setting: str, text: str, count: int = 1) -> int:
    highest = 65535 - count + 1
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= highest:
        raise PortError(f"{setting} is “{text}”, which is not a port between 1 and {highest}.")
    return int(text)


def _must_be_free(setting: str, port: int, refused: OSError | None) -> None:
    if isinstance(refused, PermissionError):
        raise PortError(
            f"Only root may listen on port {port}. Choose one above 1023: {setting}=8000 make run"
        )
    if refused is not None:
        other: object = free_row(DNS_PORT_COUNT if setting == "SANDBOX_DNS_PORT" else 1)
        if setting == "EDGE_BIND":
            other = f"{LOOPBACK}:{other}"
        raise PortError(
            f"Port {port} is taken by another program. Stop that, or choose another port: {setting}={other} make run"
        )
