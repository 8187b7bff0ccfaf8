"""Where a domain's parent zone is managed, and the instructions in that provider's words."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.dns.delegation import DelegationReport
from webapp.dns.providers import Provider, provider_of
from webapp.domain_page.instructions import Instructions
from webapp.models import HostedZone


def provider_for(zone: HostedZone | None, report: DelegationReport | None) -> Provider | None:
    """The provider of the parent zone, by its name servers in the baseline, unless the last check asked others."""
    known = frozenset(zone.baseline.get("parent_name_servers", ())) if zone and zone.baseline else frozenset()
    asked = frozenset(one.server for one in report.asked if one.role == "parent") if report else frozenset()
    if known and (not asked or asked & known):
        return provider_of(known)
    return provider_of(asked)


@dataclass(frozen=True)
class Guide:
    """The steps at one provider, numbered from 1, and the mistakes that are common there."""

    provider: Provider
    steps: tuple[str, ...]
    traps: tuple[str, ...]


def guide(provider: Provider, todo: Instructions) -> Guide:
    dot = " End each with a dot." if provider.final_dot else ""
    values = (
        f"Under {provider.value_label}, enter all four values, one below the other.{dot} Select {provider.save}."
        if provider.form == "set"
        else f"Under {provider.value_label}, enter the first value. Select {provider.save}. "
        f"Then do the same with the other three values: four records, one name.{dot}"
    )
    steps = (
        *provider.way,
        f"Choose the type {provider.type_choice}.",
        f"Under {provider.name_label}, enter {todo.relative_name}.",
        values,
        "Come back here and press Verify.",
    )
    places = {"zone": todo.parent_zone, "name": todo.relative_name, "host": todo.host}
    return Guide(
        provider,
        tuple(step.format(**places) for step in steps),
        tuple(trap.format(**places) for trap in provider.traps),
    )
