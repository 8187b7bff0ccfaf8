"""The rules for a zone above the host that is delegated to our name servers: the whole domain instead of one name.

It is the likeliest mistake of somebody who reads “name servers” and goes to the registrar. Ours hold the host alone,
so that the web site and the mail of the whole domain are down. Nothing is ever verified because of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from webapp.dns.judgement.finding import (
    APEX_TOO,
    PARENT_SILENT,
    REMEMBERED,
    UNHEARD_FOR_LONG,
    WHOLE_DOMAIN,
    WHOLE_DOMAIN_TOO,
    WRONG_LEVEL,
    Finding,
    Params,
    shortened,
)
from webapp.dns.judgement.verdict import AtParent, Verdict
from webapp.dns.names import reserved
from webapp.dns.rules.case import Case
from webapp.dns.rules.mistyped import Listed, find_mistyped
from webapp.dns.servers.evidence import Delegation

#: The most name servers that are kept of a zone. No registry takes more than thirteen.
MOST_KEPT = 13


@dataclass(frozen=True)
class _Led:
    """A delegation that names at least one of our name servers, be it of a former set, or mistyped."""

    case: Case
    delegation: Delegation

    @cached_property
    def ours(self) -> frozenset[str]:
        """Those of the names that are ours. A name that merely resembles one of ours counts beside one that is ours;
        by itself it is another customer's of the same provider."""
        names, known = self.delegation.name_servers, self.case.ours
        exact = names & known
        appended = {name for name in names if any(name.startswith(f"{one}.") for one in known)}
        if not exact:
            return frozenset(appended)
        expected = self.case.expectation.name_servers
        near = find_mistyped(sorted(names - exact), Listed(names, expected))
        return exact | appended | {slip.seen for slip in near}

    @property
    def in_order(self) -> list[str]:
        expected = [name for name in self.case.expectation.name_servers if name in self.ours]
        return [*expected, *sorted(self.ours - self.case.expected)]

    @property
    def others(self) -> list[str]:
        return sorted(self.delegation.name_servers - self.ours)

    @property
    def former(self) -> list[str]:
        """The name servers to put back, as far as a check before knew them, or our resolvers still agree on them."""
        known = self.case.expectation.known_delegations.get(self.delegation.zone, ())
        known = known or tuple(sorted(self.delegation.former))
        return [name for name in dict.fromkeys(known) if name not in self.ours]

    @property
    def is_sure(self) -> bool:
        return self.by_registry or self.delegation.sure

    @property
    def by_registry(self) -> bool:
        return reserved.is_run_by_a_registry(self.delegation.by)

    @property
    def is_wrong_level(self) -> bool:
        """Whether the zone is one of the provider's, which was none before as far as anybody knows. Its parent's own
        servers were asked then, and they delegate something else than the name."""
        seen = self.case.observation
        remembered = bool(seen.parent_answers) and seen.parent_zone == self.delegation.zone
        return not (self.by_registry or self.former or self.others or remembered)

    @property
    def params(self) -> Params:
        one = self.delegation
        return {
            "zone": one.zone,
            "by": one.by,
            "registrar": self.by_registry,
            "ttl": one.ttl,
            "remembered": any(answer.says for answer in self.case.observation.parent_answers),
            **shortened("ours", self.in_order),
            **shortened("others", self.others),
            **shortened("former", self.former),
        }


def _led(case: Case) -> _Led | None:
    """The topmost zone that is led to us. A zone that one of ours holds is at the provider of ours on purpose, and
    may be as long as none has told that it does not hold it."""
    several = (_Led(case, one) for one in case.observation.delegations if not (one.held_by or one.unsettled))
    return next((led for led in several if led.is_sure and led.ours), None)


def _others_asked(case: Case) -> bool:
    """Whether enough of the parent's servers besides ours were heard. If not, nothing is known of the records."""
    return case.quorum and any(answer.server not in case.ours for answer in case.heard)


def whole_domain(case: Case, beneath: Finding | None) -> Finding | None:
    """The verdict, unless the name itself is delegated right: then `whole_domain_too` makes a hint of it.

    `beneath` is the first of the other rules' findings. The alarm makes no state change of what could not be asked:
    it counts against the name only where the verdict would do so without it.
    """
    led = _led(case)
    if led is None or _is_right(case):
        return None
    contrary = beneath is not None and beneath.verdict.facts.at_parent is AtParent.CONTRARY
    if led.is_wrong_level:
        tells = contrary or _is_nobody_left(case, beneath)
        return Finding(Verdict.MISPLACED, WRONG_LEVEL, led.params) if tells else None
    reason = WHOLE_DOMAIN_TOO if led.others and contrary and _others_asked(case) else WHOLE_DOMAIN
    return Finding(Verdict.MISPLACED, reason, led.params)


def _is_nobody_left(case: Case, beneath: Finding | None) -> bool:
    """Whether all went well, except that nobody but ours is named who could be asked."""
    reasons = {PARENT_SILENT, UNHEARD_FOR_LONG}
    return beneath is not None and beneath.reason in reasons and not case.observation.parent_answers


def zone_for_records(findings: Iterable[Finding]) -> str | None:
    """The zone that the records belong into where the parent zone must not be one."""
    return next((one.params["by"] for one in findings if one.reason == WRONG_LEVEL), None)


def whole_domain_too(case: Case) -> Finding | None:
    """The hint that other servers than ours delegate the name right, and the domain is led to us beside it."""
    if not _is_right(case):
        return None
    led, zone = _led(case), case.observation.parent_zone
    if led is not None:
        return Finding(Verdict.MISPLACED, WHOLE_DOMAIN_TOO, led.params)
    return (
        Finding(Verdict.MISPLACED, APEX_TOO, {"zone": zone})
        if zone in case.observation.misplaced_at
        else None
    )


def _is_right(case: Case) -> bool:
    return case.all_right and _others_asked(case)


def remembered(case: Case) -> Finding | None:
    """The hint that our resolver keeps name servers of ours for the parent zone for a while after they are gone."""
    zone, ttl = case.observation.parent_zone, case.observation.remembered_ttl
    if ttl is None or zone is None or _led(case) is not None:
        return None
    return Finding(Verdict.PROPAGATING, REMEMBERED, {"zone": zone, "until": case.expires(ttl).isoformat()})


def delegations_without_ours(case: Case) -> dict[str, tuple[str, ...]]:
    """The name servers of each zone on the way that are not ours, to be put back one day. A zone that has only ours
    is left out, so that an earlier check's knowledge of it stays; so is one of which it is not sure whether it is led
    to us, for it would end an alarm."""
    kept: dict[str, list[str]] = {}
    for one in case.observation.delegations:
        led = _Led(case, one)
        if one.held_by:
            kept[one.zone] = sorted(one.name_servers)
        elif not led.ours or (led.is_sure and not one.unsettled):
            kept[one.zone] = led.others
    return {zone: tuple(names[:MOST_KEPT]) for zone, names in kept.items() if names}
