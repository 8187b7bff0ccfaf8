"""What a domain's page says: one headline, a sentence, a next step, and who acts.

Two facts are kept apart. The statement tells where the domain stands: its state and the last report that says
something about its records. The aside tells how the latest check went, and is shown beside the statement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from webapp.certificates.status import CertificateStatus
from webapp.dns.delegation import DelegationReport, Verdict, WhoActs, alarm_words
from webapp.dns.names import RefusalCode
from webapp.domain_page.existing_records import ExistingRecords
from webapp.domain_page.instructions import Instructions
from webapp.domain_page.removal_instructions import removal_instructions
from webapp.domains.registration import InTheWay
from webapp.domains.status import Situation, Tone, situation
from webapp.domains.suspension_notice import Suspension, suspension_of
from webapp.domains.transitions import Periods
from webapp.messages import catalogue, formatting
from webapp.models import DomainState, HostedZone, LLMClient, LLMClientCustomDomain, ZoneState
from webapp.zones import provision

clock, shown = formatting.clock, formatting.shown


@dataclass(frozen=True)
class Facts:
    """The facts behind a statement. `report`: see `standing_report`. `todo`: None before the zone is ready.
    `contact`: the e-mail address that people can write to.
    """

    domain: LLMClientCustomDomain
    zone: HostedZone | None
    report: DelegationReport | None
    todo: Instructions | None
    periods: Periods
    certificate: CertificateStatus | None = None
    contact: str = "us"
    existing: ExistingRecords | None = None
    #: The deny list covers the name, and the domain is not verified, so that it never will be.
    denied: bool = False
    #: Why the claim is not served although it is proved; None unless the report says that it is.
    refused: InTheWay | None = None

    @property
    def shown(self) -> str:
        return shown(self.domain.domain_name)

    @property
    def contrary(self) -> DelegationReport | None:
        """The report, unless its verdict is VERIFIED."""
        return None if self.report is None or self.report.verdict is Verdict.VERIFIED else self.report


@dataclass(frozen=True)
class Statement:
    """`sentences`: how the domain stands. `next_step`: what to do about it, or empty."""

    situation: Situation
    sentences: tuple[str, ...]
    next_step: str = ""
    who_acts: WhoActs = "nobody"
    #: More exact words than those of the situation.
    heading: str = ""

    @property
    def headline(self) -> str:
        return self.heading or self.situation.words

    @property
    def tone(self) -> Tone:
        return self.situation.tone


@dataclass(frozen=True)
class Aside:
    """How the latest check went, if the statement does not tell it."""

    headline: str
    sentences: tuple[str, ...]
    report: DelegationReport


def standing_report(
    domain: LLMClientCustomDomain, latest: DelegationReport | None, firm: DelegationReport | None
) -> DelegationReport | None:
    """The latest report that says something about the customer's records, or about their whole domain."""
    if latest is not None and latest.alarm is not None:
        return latest
    if latest is None or not latest.parent_asked:
        return firm
    if latest.transient and domain.state is not DomainState.PENDING:
        return firm
    return latest


def aside(
    domain: LLMClientCustomDomain,
    latest: DelegationReport | None,
    standing: DelegationReport | None,
    periods: Periods,
) -> Aside | None:
    if latest is None or latest.alarm is not None:
        return None
    if latest is not standing:
        return Aside(_aside_headline(latest), (latest.message, latest.next_step), latest)
    if domain.state is not DomainState.VERIFIED or latest.verdict is Verdict.VERIFIED:
        return None
    if latest.verdict is Verdict.STALE_DS:
        return Aside("Action needed", (latest.message, latest.next_step), latest)
    soon = formatting.period(max(periods.confirmation, timedelta(minutes=1)))
    calm = f"We check again in about {soon}; until then nothing changes for your visitors."
    return Aside("The last check saw something else", (latest.message, latest.next_step, calm), latest)


def _aside_headline(report: DelegationReport) -> str:
    if not report.parent_asked:
        return "Could not check"
    return "Our side needs a moment" if report.who_acts == "we" else "Not all servers agree yet"


def statement(facts: Facts) -> Statement:
    """What the page says first."""
    now = situation(facts.domain, facts.zone)
    suspension = suspension_of(facts.domain, facts.contact)
    if suspension:
        return _suspended(facts, suspension, now)
    if now is Situation.ALARM:
        return _alarm(facts, now)
    if facts.denied:
        return _denied(facts, now)
    if facts.refused is not None:
        return _refused(facts, facts.refused)
    return _SPEAKERS[facts.domain.state](facts, now)


def _suspended(facts: Facts, suspension: Suspension, now: Situation) -> Statement:
    """The statement for a suspended domain. Its people are not asked to act: no change in DNS would help."""
    calm = f"{facts.shown} is not served meanwhile. Its records and its zone stay as they are."
    return Statement(now, (suspension.sentence, calm), suspension.next_step, "we")


def _alarm(facts: Facts, now: Situation) -> Statement:
    """The statement while the whole domain is led to us: it comes before everything about the one name."""
    domain, said = facts.domain, alarm_words(facts.domain.domain_name, facts.domain.alarm or {})
    until = f" until {clock(domain.grace_until)}" if domain.grace_until else ""
    served = (f"{facts.shown} itself is served{until or ' as before'}.",) if domain.is_verified else ()
    return Statement(now, (said.message, *served), said.next_step, "you", said.headline)


def _denied(facts: Facts, now: Situation) -> Statement:
    sentence = f"{facts.shown} is a name that we do not serve, so that its records change nothing."
    step = f"If you control it and think that we should, contact {facts.contact}. Else register another name."
    return Statement(now, (sentence,), step, "you")


def _refused(facts: Facts, found: InTheWay) -> Statement:
    why = "it is" if found.other is None else "the name is"
    sentence = f"The records for {facts.shown} are right, but {why} {refused_as(facts.domain, found)}."
    held = found.refusal.code is RefusalCode.ON_HOLD
    step = f"Contact {facts.contact}." if held else "If you control the name, contact us."
    return Statement(Situation.ACTION, (sentence,), step, "you")


def refused_as(domain: LLMClientCustomDomain, found: InTheWay) -> str:
    """What the name of a proved claim that is not served is, without telling whose."""
    if found.refusal.code is RefusalCode.NAME_IN_USE:
        same = found.other is None or found.other.domain_name == domain.domain_name
        connected = "connected to another account"
        return connected if same else f"above or below one that is {connected}"
    if found.refusal.code is RefusalCode.ON_HOLD:
        return "suspended for every account"
    return "a name that we do not serve"


def _pending(facts: Facts, now: Situation) -> Statement:
    zone, report = facts.zone, facts.report
    if zone is not None and zone.state is ZoneState.REFUSED:
        why = catalogue.sentence(zone.problem) if zone.problem else "Route 53 does not take this name."
        step = "Remove this domain and register another name, or contact us."
        return Statement(now, (f"We could not make a zone for {facts.shown}: {why}",), step, "you")
    if facts.todo is None:
        return Statement(now, _setting_up(zone), who_acts="we")
    if report is None:
        return _not_looked_at(facts, facts.todo, now)
    if report.verdict is Verdict.VERIFIED:
        # What was in the way is gone, and no check has been since.
        sentence = f"The records for {facts.shown} are right; the next check connects the name."
        return Statement(now, (sentence,), "Wait for it, or press Verify.", "we")
    if report.verdict is Verdict.ZONE_NOT_SERVED:
        now = Situation.SETTING_UP
    return Statement(now, (report.message,), report.next_step, report.who_acts)


def _not_looked_at(facts: Facts, todo: Instructions, now: Situation) -> Statement:
    existing = facts.existing
    if existing is not None and existing.missing is not None:
        missing = shown(existing.missing.domain)
        sentence = f"{missing} is not in DNS, so no records for {facts.shown} can be added yet."
        step = f"Look for a typing mistake. If the name is right, register {missing} first."
        return Statement(now, (sentence,), step, "you")
    sentence = f"No name server records for {facts.shown} have been seen yet."
    first = "Read below what stops. " if existing is not None and existing.asks else ""
    return Statement(now, (sentence,), first + _add_below(todo), "you")


def _setting_up(zone: HostedZone | None) -> tuple[str, ...]:
    if zone is not None and zone.state is ZoneState.PARKED:
        if zone.problem is not None and zone.problem.code == provision.ALL_LISTED:
            return (catalogue.sentence(zone.problem),)
        return ("We could not prepare your name servers yet. The cause is on our side, and we keep trying.",)
    calm = "We are preparing your name servers. They appear here in about a minute."
    return (calm, catalogue.sentence(zone.problem)) if zone is not None and zone.problem else (calm,)


def _add_below(todo: Instructions) -> str:
    return (
        f"Add the four name servers below as NS records for “{todo.relative_name}”, where "
        f"{todo.parent_zone} is managed. Then press Verify."
    )


def _stay(periods: Periods) -> str:
    often = formatting.every(periods.live_check_min, periods.live_check_max)
    return f"Leave the records in place: we check again {often}."


def leads_to_us(domain: LLMClientCustomDomain, periods: Periods) -> Statement:
    """The statement about the DNS of a verified name, whatever is served there."""
    return Statement(Situation.VERIFIED, (f"{shown(domain.domain_name)} leads to us.", _stay(periods)))


def leading(domain: LLMClientCustomDomain, llm_client: LLMClient) -> str:
    """The sentence that confirms the choice of this LLM client for the domain."""
    leads = "now leads" if domain.is_verified else "leads, as soon as it is verified,"
    return f"{shown(domain.domain_name)} {leads} to {llm_client.name}."


def _verified(facts: Facts, now: Situation) -> Statement:
    llm_client, stay = facts.domain.llm_client, _stay(facts.periods)
    if llm_client is None:
        sentences = (f"{facts.shown} leads to us, but to no LLM client yet.", stay)
        return Statement(now, sentences, "Choose under “Leads to” what your visitors reach here.", "you")
    if not llm_client.deployed:
        off = f"{facts.shown} leads to us, but {llm_client.name} is switched off, so visitors get no answer."
        return Statement(now, (off, stay), f"Set {llm_client.name} to deployed on its page.", "you")
    certificate = facts.certificate
    if certificate is not None and not certificate.works:
        right = f"DNS is right: {facts.shown} leads to us."
        headline = Situation.ACTION if certificate.who_acts == "you" else now
        said = (right, certificate.sentence, stay)
        return Statement(headline, said, certificate.next_step, certificate.who_acts)
    return Statement(now, (f"Visitors reach {llm_client.name} at https://{facts.domain.domain_name}/.", stay))


def _failing(facts: Facts, now: Situation) -> Statement:
    since = facts.domain.contrary_since
    first = f"{facts.shown} no longer leads to us{f' (since {clock(since)})' if since else ''}."
    if facts.domain.grace_until:
        first += f" It is switched off on {clock(facts.domain.grace_until)} unless the records return."
    if facts.contrary is None:
        return Statement(now, (first,), "Put the records below back, then press Verify.", "you")
    return Statement(now, (first, facts.contrary.message), facts.contrary.next_step, facts.contrary.who_acts)


def _off(facts: Facts, now: Situation) -> Statement:
    on = clock(facts.domain.state_changed_at)
    if facts.domain.state is DomainState.EXPIRED:
        first = f"We stopped looking for the records of {facts.shown} on {on}. The same records still apply."
    else:
        first = f"We stopped serving {facts.shown} on {on}, because it did not lead back to us in time."
    sentences = (first, facts.contrary.message) if facts.contrary else (first,)
    return Statement(now, sentences, "Add the records below, then press Verify.", "you")


def _removing(facts: Facts, now: Situation) -> Statement:
    sentence = f"{facts.shown} is not served any more."
    leaving = removal_instructions(facts.domain, facts.zone)
    if leaving is None or not leaving.lines:
        return Statement(now, (sentence,), who_acts="we")
    return Statement(now, (sentence, leaving.sentence), leaving.next_step, leaving.who_acts)


def _removed(facts: Facts, now: Situation) -> Statement:
    return Statement(now, (f"{facts.shown} was removed.",))


_SPEAKERS: dict[DomainState, Callable[[Facts, Situation], Statement]] = {
    DomainState.PENDING: _pending,
    DomainState.VERIFIED: _verified,
    DomainState.FAILING: _failing,
    DomainState.LAPSED: _off,
    DomainState.EXPIRED: _off,
    DomainState.REMOVING: _removing,
    DomainState.REMOVED: _removed,
}
