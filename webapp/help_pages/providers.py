"""How records are typed at each DNS provider that we know, with an example: the same words as on a domain's page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webapp.dns.providers import (
    PLAIN,
    PROVIDERS,
    Change,
    OwnRecord,
    Place,
    Provider,
    common_limits,
    limits_at,
    own_traps,
    steps,
    to_add,
    told,
    way_in,
)
from webapp.help_pages.verdict import CHECK

#: The key of the page for providers that we do not know.
OTHER = "other"

_ZONE, _NAME, _HOST = "acme.com", "chat", "chat.acme.com"
_NAME_SERVERS = tuple(f"ns-{number}.example" for number in range(1, 5))
_EXAMPLE = Change(zone=_ZONE, name=_NAME, host=_HOST, values=_NAME_SERVERS, add=_NAME_SERVERS)
_TOKEN, _TARGET = "k4x7-the-text-of-your-page", "the-target-of-your-page.example"


@dataclass(frozen=True)
class ProviderHelp:
    """`delegation` and `records`: the steps by each method of proof. `panel` and `manual`: the provider's own pages,
    empty where we know none.
    """

    key: str
    name: str
    delegation: tuple[str, ...]
    traps: tuple[str, ...]
    limits: tuple[str, ...]
    records: tuple[str, ...]
    records_traps: tuple[str, ...]
    panel: str
    manual: str


def listed(*, sandbox: bool) -> Sequence[Provider]:
    """The providers with a page, by name. Those that the sandbox plays are nowhere else."""
    known = (one for one in PROVIDERS if sandbox or not one.id.startswith("sandbox"))
    return sorted(known, key=lambda one: one.name.casefold())


def provider_help(key: str, label: str, *, sandbox: bool) -> ProviderHelp | None:
    """The page of a provider. `label`: the one before the name of the TXT record."""
    known = {one.id: one for one in listed(sandbox=sandbox)} | {OTHER: PLAIN}
    provider = known.get(key)
    if provider is None:
        return None
    place = Place(_ZONE, _NAME, _HOST)
    return ProviderHelp(
        key,
        provider.name if provider.id else "Any other provider",
        (*steps(_EXAMPLE, provider)[:-1], CHECK),
        tuple(told(trap, _EXAMPLE) for trap in provider.traps),
        limits_at(place, provider) if provider.id else common_limits(place),
        tuple(_records(provider, label)),
        own_traps(provider, _ZONE, _NAME, _HOST),
        provider.panel,
        provider.manual,
    )


def _records(provider: Provider, label: str) -> Iterator[str]:
    own = (OwnRecord(f"{label}.{_NAME}", "TXT", _TOKEN), OwnRecord(_NAME, "CNAME", _TARGET))
    yield from way_in(provider, _ZONE, _NAME, _HOST)
    yield from to_add(provider, own, _ZONE)
    yield CHECK
