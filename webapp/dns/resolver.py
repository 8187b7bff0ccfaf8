"""Asking DNS: the port that the verification engine speaks to.

`webapp.dns.wire.network.NetworkDns` is the network, `tests.twins.dns.MemoryDns` its twin for tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from webapp.dns.addresses import IPNetwork
from webapp.dns.answers import Answer, Outcome
from webapp.dns.limits import Budget, Limits
from webapp.dns.notes import Note

__all__ = ["Answer", "Budget", "Dns", "DnsSettings", "Limits", "Outcome"]


class Dns(Protocol):
    """The port. Every call answers, whatever happens: a fault is an `Outcome`, never an exception."""

    limits: Limits

    @property
    def resolvers(self) -> Sequence[str]:
        """The recursive resolvers as host:port, each an independent path."""

    def session(self) -> AbstractAsyncContextManager[Dns]:
        """The same for the checks of one event loop, which may use connections again until the block ends."""

    def refusal(self, address: str) -> Note | None:
        """Why this authoritative address is not asked; None when it may be."""

    async def ask(self, address: str, name: str, rdtype: str, *, budget: Budget, tcp: bool = False) -> Answer:
        """Puts one question with RD=0 to the authoritative server at `address`."""

    async def resolve(
        self, name: str, rdtype: str, *, budget: Budget, path: int = 0, checking_disabled: bool = False
    ) -> Answer:
        """Puts one question with RD=1 to the resolver number `path`, with CD=1 when checking is disabled."""


class DnsSettings(Protocol):
    """The settings that DNS needs; `webapp.config.settings.Settings` has them."""

    @property
    def dns_resolvers(self) -> Sequence[tuple[str, int]]: ...
    @property
    def dns_address_map(self) -> Sequence[tuple[IPNetwork, tuple[str, int]]]: ...
    @property
    def dns_allow_networks(self) -> Sequence[IPNetwork]: ...
    @property
    def refused_networks(self) -> Sequence[IPNetwork]: ...
    @property
    def check_total_seconds(self) -> float: ...
    @property
    def checks_at_once(self) -> int: ...
