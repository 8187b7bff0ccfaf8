"""How a domain stands for people: by DNS and certificate, and by what its visitors reach.

The same rules in SQL are in `webapp.domains.listing.visits`.
"""

from __future__ import annotations

from webapp.domains.rules.status import Situation, situation
from webapp.live.status import ProbeStatus, probe_status
from webapp.models import Certificate, HostedZone, LLMClientCustomDomain


def told_situation(
    domain: LLMClientCustomDomain, zone: HostedZone | None, certificate: Certificate | None
) -> Situation:
    """The headline of a domain, on its page and wherever it is listed. Its probe and its LLM client are read."""
    found = situation(domain, zone, certificate)
    return of_visits(probe_status(domain)) if found is Situation.VERIFIED else found


def of_visits(seen: ProbeStatus | None) -> Situation:
    """The headline of a name that DNS and certificate have nothing against. Pure."""
    if seen is None or seen.outcome is None:
        return Situation.VERIFIED
    if seen.works:
        return Situation.LIVE
    if seen.who_acts == "you":
        return Situation.UNREACHED
    if seen.tone == "bad":
        return Situation.AWAY
    return Situation.NOT_LIVE if seen.first_live_at else Situation.NOT_LIVE_YET
