"""The rules for where the host leads: to the target, round in a circle, elsewhere, to addresses, or nowhere."""

from __future__ import annotations

from typing import Any

from webapp.dns import name_arithmetic
from webapp.dns.answers import Outcome
from webapp.dns.judgement.finding import WILDCARD, Finding, Slip, shortened
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.names import reserved
from webapp.dns.names.closeness import is_near
from webapp.dns.records_method.lookup.marks import MOST_NAMES
from webapp.dns.records_method.lookup.observation import HostAnswer
from webapp.dns.records_method.rules.case import RecordsCase
from webapp.dns.records_method.rules.proof import proves
from webapp.dns.records_method.rules.proxies import are_cloudflares
from webapp.dns.records_method.words.reasons import (
    APEX,
    APEX_OTHERS,
    APEX_SOME,
    BEYOND_DIFFERS,
    BEYOND_UNHEARD,
    EDGE_DOMAIN,
    FLATTENED,
    FORMER_TARGET,
    NOWHERE,
    OTHER_TARGET,
    PROXIED,
    TOO_LONG,
)
from webapp.dns.rules.mistyped import Listed, find_mistyped


def _switch(case: RecordsCase) -> dict[str, Any]:
    """Whether its people may switch when they like, or have switched already: visitors reached us at the name."""
    if case.expectation.served:
        return {"reserved": False, "served": True}
    return {"reserved": proves(case)}


def beyond_unheard(case: RecordsCase) -> Finding | None:
    undecided = case.undecided
    if not undecided or case.leads_to_us:
        return None
    end = undecided[0].names[-1] if undecided[0].names else case.host
    words = [one for one in case.beyond if one.name == end]
    told = [one for one in words if one.told]
    outcome = next((one.outcome for one in words if not one.told), Outcome.NOT_ASKED)
    params = {"name": end, "outcome": outcome.value}
    return Finding(Verdict.PARENT_UNREACHABLE, BEYOND_DIFFERS if told else BEYOND_UNHEARD, params)


def loop(case: RecordsCase) -> Finding | None:
    for said in case.said_of_host:
        names = _way(case, said)
        if said.loop or any(one.loop for one in _beyond(case, said)):
            return Finding(Verdict.CNAME_LOOP, "", shortened("names", names))
        if len(names) > MOST_NAMES and not case.leads_to_us:
            return Finding(Verdict.CNAME_LOOP, TOO_LONG, {"seen": names[0], "most": MOST_NAMES})
    return None


def _beyond(case: RecordsCase, said: HostAnswer) -> list[Any]:
    return [one for one in case.beyond if one.told and said.open and said.names[-1:] == (one.name,)]


def _way(case: RecordsCase, said: HostAnswer) -> list[str]:
    """All names on the way, by the word of the first resolver that could tell beyond the zone."""
    further = next((list(one.names) for one in _beyond(case, said)), [])
    return [*said.names, *further]


def wrong(case: RecordsCase) -> Finding | None:
    """A CNAME record that leads elsewhere, be it mistyped."""
    if case.leads_to_us:
        found = case.pointing.wildcard
        return Finding(Verdict.CNAME_MISTYPED, WILDCARD, {"at": found}) if found else None
    said = next((one for one in case.elsewhere if one.names), None)
    if said is None or case.host_wildcard:
        return None
    names = _way(case, said)
    reason, more = _why(case, names[0])
    params = {"seen": names[0], **_switch(case), **more}
    if not reason and any(one.outcome is Outcome.NXDOMAIN for one in _beyond(case, said)):
        return Finding(Verdict.CNAME_WRONG, NOWHERE, params | {"end": names[-1]})
    begun = reason and reason not in _OF_ANOTHER_CLAIM
    return Finding(Verdict.CNAME_MISTYPED if begun else Verdict.CNAME_WRONG, reason, params)


#: Such a record was right once, or is right for whoever holds the name: nobody has begun to switch to this claim.
_OF_ANOTHER_CLAIM = frozenset({OTHER_TARGET, FORMER_TARGET})


def _why(case: RecordsCase, seen: str) -> tuple[str, dict[str, Any]]:
    """Why the CNAME record leads to `seen`: a slip on its way into the form, or a target of somebody else's."""
    target = case.expectation.target
    domain = name_arithmetic.parent_of(target) or "."
    if seen in case.expectation.former_targets:
        return FORMER_TARGET, {}
    if seen == domain:
        return EDGE_DOMAIN, {}
    suffixes = (case.host, *name_arithmetic.between(case.host, "."))
    appended = tuple(one for one in suffixes if reserved.public_suffix(one) != one)
    slips = find_mistyped([seen], Listed(frozenset({seen}), (target,), appended))
    if slips:
        return slips[0].slip.value, {"appended": slips[0].appended or ""}
    if is_near(seen, target):
        return Slip.NEAR_MISS.value, {"appended": ""}
    ours = domain.count(".") >= 1 and name_arithmetic.below(seen, domain)
    return (OTHER_TARGET, {}) if ours else ("", {})


def addresses(case: RecordsCase) -> Finding | None:
    """Addresses in the place of a CNAME record, or at an apex others than the edge's."""
    found = _addresses(case)
    if not found or case.leads_to_us or case.host_wildcard:
        return None
    edge = frozenset(case.expectation.edge_addresses) or case.observation.target_addresses
    params = {
        **shortened("addresses", sorted(found)),
        "types": sorted({"AAAA" if ":" in one else "A" for one in found}),
        **_switch(case),
    }
    proxied = are_cloudflares(found) and not edge & found
    if not case.apex:
        reason = PROXIED if proxied else FLATTENED if found <= edge else ""
        return Finding(Verdict.CNAME_FLATTENED, reason, params)
    if proxied:
        return Finding(Verdict.CNAME_FLATTENED, PROXIED, params)
    if not found & edge:
        return Finding(Verdict.CNAME_WRONG, APEX, params)
    params |= {**shortened("missing", sorted(edge - found)), **shortened("others", sorted(found - edge))}
    return Finding(Verdict.CNAME_MISTYPED, APEX_OTHERS if found - edge else APEX_SOME, params)


def _addresses(case: RecordsCase) -> frozenset[str]:
    return frozenset[str]().union(*(said.addresses for said in case.elsewhere))


def missing(case: RecordsCase) -> Finding | None:
    """Nothing stands at the host itself: neither a CNAME record nor an address. What a wildcard gives it is not its
    own."""
    if not case.elsewhere or case.leads_to_us:
        return None
    if not case.host_wildcard and any(said.names or said.addresses for said in case.elsewhere):
        return None
    params = _switch(case)
    if case.host_wildcard:
        return Finding(Verdict.CNAME_MISSING, WILDCARD, params | {"at": case.host_wildcard})
    return Finding(Verdict.CNAME_MISSING, APEX if case.apex else "", params)
