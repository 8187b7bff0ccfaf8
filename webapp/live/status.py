"""What was last seen of a name, for its page, lists, commands and exports."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from webapp.live import queries
from webapp.messages.catalogue import sentence
from webapp.messages.formatting import clock
from webapp.messages.sentences import probes
from webapp.models import LLMClientCustomDomain, ProbeOutcome, utcnow
from webapp.models.outside import Tone, WhoActs


@dataclass(frozen=True)
class ProbeStatus:
    """`outcome` is None before the first probe."""

    outcome: ProbeOutcome | None
    headline: str
    tone: Tone
    sentence: str
    next_step: str
    who_acts: WhoActs
    address: str | None = None
    #: The status of the answer in HTTP.
    status: int | None = None
    issuer: str | None = None
    certificate_ends_at: datetime | None = None
    milliseconds: int | None = None
    seen_at: datetime | None = None
    first_live_at: datetime | None = None
    #: The next probe is due or under way.
    looking: bool = False

    @property
    def code(self) -> str:
        return self.outcome.value.removeprefix("probe.") if self.outcome else "unseen"

    @property
    def icon(self) -> str:
        return _ICONS[self.tone]

    @property
    def works(self) -> bool:
        return self.outcome is not None and self.outcome.works


#: Each name is looked at daily. What was seen longer ago says nothing of today: no worker runs, or none can ask.
LASTS = timedelta(days=3)
_ICONS: dict[Tone, str] = {
    "good": "verified",
    "wait": "waiting",
    "act": "action",
    "bad": "failing",
    "off": "off",
}
_NOT_YET = ProbeStatus(
    None,
    "Not seen yet",
    "wait",
    "We have not checked this name from outside yet.",
    "Nothing for you to do: we check by ourselves.",
    "we",
    looking=True,
)


def _is_soon(next_probe_at: datetime | None) -> bool:
    return next_probe_at is not None and next_probe_at <= utcnow() + queries.JOB.lease


def probe_status(domain: LLMClientCustomDomain) -> ProbeStatus | None:
    """None while nothing is looked at: the setting is off, or no visitor is to reach anything at the name."""
    if not queries.is_looked_at(domain):
        return None
    probe = domain.probe
    outcome = probe.outcome if probe is not None else None
    if probe is None or probe.seen is None or probe.seen_at is None or outcome is None:
        return _NOT_YET
    if probe.seen_at < utcnow() - LASTS:
        lately = f"We could not check this name from outside since {clock(probe.seen_at)}."
        return replace(_NOT_YET, headline="Not seen lately", sentence=lately, seen_at=probe.seen_at)
    acts = probes.who_acts(probe.seen)
    return ProbeStatus(
        outcome,
        probes.EXPLANATIONS[outcome].headline,
        "wait" if outcome.facts.tone == "act" and acts != "you" else outcome.facts.tone,
        sentence(probe.seen),
        probes.next_step(probe.seen),
        acts,
        address=probe.address,
        status=probe.seen.params.get("status"),
        issuer=probe.issuer,
        certificate_ends_at=probe.certificate_ends_at,
        milliseconds=probe.milliseconds,
        seen_at=probe.seen_at,
        first_live_at=probe.first_live_at,
        looking=_is_soon(probe.next_probe_at),
    )


def probe_document(domain: LLMClientCustomDomain) -> dict[str, Any] | None:
    """The same as JSON values. Scripts rely on the keys: keys may be added, and never renamed or removed."""
    found = probe_status(domain)
    if found is None:
        return None
    values = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(found).items()
        if name not in {"headline", "tone", "looking"}
    }
    return {**values, "outcome": found.code if found.outcome else None}


def counts() -> dict[str, int]:
    """How many names are seen how, by headline, in the order of the outcomes."""
    found = queries.counts()
    told = {probes.EXPLANATIONS[one].headline: found.get(one, 0) for one in ProbeOutcome}
    told[_NOT_YET.headline] = told.get(_NOT_YET.headline, 0) + found.get(None, 0)
    return {headline: count for headline, count in told.items() if count}
