"""What a domain's page says first: a sentence or two, a next step, and who acts. The situation is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from webapp.certificates.status import CertificateStatus
from webapp.dns.delegation import AtParent, Verdict, alarm_words
from webapp.dns.judgement.report import Report
from webapp.dns.names import RefusalCode
from webapp.domain_page.proving.methods import ToType
from webapp.domain_page.status.contest_text import moved_away, with_contest
from webapp.domain_page.status.removing_text import removed, removing
from webapp.domain_page.status.statement import Facts, Statement
from webapp.domains.contests import InTheWay
from webapp.domains.rules.status import Situation
from webapp.domains.rules.transitions import Periods
from webapp.domains.suspension_notice import Suspension, suspension_of
from webapp.messages import catalogue, formatting
from webapp.models import DomainState, LLMClient, LLMClientCustomDomain, Unsettled
from webapp.proofs.base.method import Preparation, Stage
from webapp.proofs.base.words import MethodWords
from webapp.proofs.registry import method_of
from webapp.zones import provision

clock, shown = formatting.clock, formatting.shown


def statement(facts: Facts) -> Statement:
    """What the page says first."""
    suspension = suspension_of(facts.domain, facts.contact)
    if suspension:
        return _suspended(facts, suspension)
    if facts.situation is Situation.ALARM:
        return _alarm(facts)
    if facts.denied:
        return _denied(facts)
    if facts.refused is not None and not facts.refused.contested:
        return _refused(facts, facts.refused)
    return with_contest(facts, moved_away(facts) or _SPEAKERS[facts.domain.state](facts))


def _asks(facts: Facts, *sentences: str, next_step: str) -> Statement:
    """A statement whose reader has something to do."""
    return Statement(facts.situation, sentences, next_step, "you")


def _of(facts: Facts, report: Report, *before: str) -> Statement:
    """A statement in the words of a report."""
    who = "you" if facts.situation.urges else report.who_acts
    return Statement(facts.situation, (*before, report.message), report.next_step, who, report)


def _suspended(facts: Facts, suspension: Suspension) -> Statement:
    """The statement for a suspended domain. Its people are not asked to act: no change in DNS would help."""
    calm = f"{facts.shown} is not served meanwhile. Its records stay as they are."
    return Statement(facts.situation, (suspension.sentence, calm), suspension.next_step, "we")


def _alarm(facts: Facts) -> Statement:
    """The statement while the whole domain is led to us: it comes before everything about the one name."""
    domain, said = facts.domain, alarm_words(facts.domain.domain_name, facts.domain.alarm or {})
    until = f" until {clock(domain.grace_until)}" if domain.grace_until else ""
    served = (f"{facts.shown} itself is served{until or ' as before'}.",) if domain.is_verified else ()
    return Statement(facts.situation, (said.message, *served), said.next_step, "you", heading=said.headline)


def _denied(facts: Facts) -> Statement:
    sentence = f"{facts.shown} is a name that we do not serve, so that its records change nothing."
    step = f"If you control it and think that we should, contact {facts.contact}. Else register another name."
    return replace(_asks(facts, sentence, next_step=step), heading="Not a name that we serve")


def _refused(facts: Facts, found: InTheWay) -> Statement:
    why = "it is" if found.other is None else "the name is"
    sentence = f"The records for {facts.shown} are right, but {why} {refused_as(found)}."
    held = found.refusal.code is RefusalCode.ON_HOLD
    step = f"Contact {facts.contact}." if held else f"If you control the name, contact {facts.contact}."
    return _asks(facts, sentence, next_step=step)


def refused_as(found: InTheWay) -> str:
    """What the name of a proved claim that is not served is, without telling whose."""
    if found.contested:
        return "verified in another account"
    if found.refusal.code is RefusalCode.NAME_IN_USE:
        return "above or below one that is connected to another account"
    if found.refusal.code is RefusalCode.ON_HOLD:
        return "suspended for every account"
    return "a name that we do not serve"


def _pending(facts: Facts) -> Statement:
    prepared, report = facts.preparation, facts.report
    if prepared.stage is Stage.REFUSED:
        why = catalogue.sentence(prepared.problem) if prepared.problem else ""
        step = f"Remove this domain and register another name, or contact {facts.contact}."
        return _asks(facts, words_of(facts).refused(facts.shown, why), next_step=step)
    if facts.todo is None:
        return Statement(facts.situation, _setting_up(prepared, words_of(facts)), who_acts="we")
    if facts.asking is not None:
        return _of(facts, facts.asking)
    return _looked_at(facts, report) if report else _not_looked_at(facts, facts.todo)


def _looked_at(facts: Facts, report: Report) -> Statement:
    if report.verdict is Verdict.VERIFIED:
        # What was in the way is gone, and no check has been since.
        sentence = f"The records for {facts.shown} are right; the next check connects the name."
        return _asks(facts, sentence, next_step="Press Verify, or wait for it.")
    if facts.situation is Situation.DECISION:
        return _undecided(facts)
    if _is_gone(facts) and facts.domain.verified_at is not None:
        return _asks(facts, _gone(facts), next_step=words_of(facts).put_back)
    said = _of(facts, report)
    return replace(said, heading=words_of(facts).headline(report))


def _not_looked_at(facts: Facts, todo: ToType) -> Statement:
    existing = facts.existing
    if existing is not None and existing.missing is not None:
        missing = shown(existing.missing.domain)
        sentence = f"{missing} is not in DNS, so no records for {facts.shown} can be added yet."
        step = f"Look for a typing mistake. If the name is right, register {missing} first."
        return _asks(facts, sentence, next_step=step)
    words = words_of(facts)
    sentence = words.unseen(facts.shown)
    if facts.domain.verified_at is not None:
        sentence = words.unchecked(facts.shown)
    asks = existing is not None and existing.asks
    return _asks(
        facts, sentence, next_step=_DECIDE if asks else words.add(todo.relative_name, todo.parent_zone)
    )


_DECIDE = "Read below what stops, and confirm it if you want that."


def _undecided(facts: Facts) -> Statement:
    """The records in the way are not to be deleted by anybody who has not read what stops with them."""
    sentence = f"Something else answers at {facts.shown} today, and it stops with the new records."
    return _asks(facts, sentence, next_step=_DECIDE)


def _setting_up(prepared: Preparation, words: MethodWords) -> tuple[str, ...]:
    problem = prepared.problem
    if prepared.stage is Stage.PARKED:
        if problem is not None and problem.code == provision.ALL_LISTED:
            return (catalogue.sentence(problem),)
        return (words.parked,)
    return (words.being_prepared, catalogue.sentence(problem)) if problem else (words.being_prepared,)


def words_of(facts: Facts) -> MethodWords:
    return method_of(facts.domain).words


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


def _verified(facts: Facts) -> Statement:
    if facts.situation in {Situation.RECORDS_GONE, Situation.RECORDS_CHANGED}:
        return _contradicted(facts)
    if facts.asking is not None:
        return _of(facts, facts.asking)
    if facts.report is not None and facts.report.verdict is Verdict.STALE_DS:
        return _of(facts, facts.report)
    certificate = facts.certificate
    if certificate is not None and certificate.who_acts == "you":
        client, seen = facts.domain.llm_client, facts.probe is not None and facts.probe.works
        right = _reached(facts, client) if client is not None and seen else _right(facts)
        asked = _asks(
            facts, right, certificate.sentence, _stay(facts.periods), next_step=certificate.next_step
        )
        return replace(asked, certificate=certificate)
    return _served(facts, facts.domain.llm_client, certificate)


def _right(facts: Facts) -> str:
    return f"DNS is right: {facts.shown} leads to us."


def _reached(facts: Facts, llm_client: LLMClient) -> str:
    return f"Visitors reach {llm_client.name} at https://{facts.domain.domain_name}/."


def _served(facts: Facts, llm_client: LLMClient | None, certificate: CertificateStatus | None) -> Statement:
    stay = _stay(facts.periods)
    if llm_client is None:
        told = f"{facts.shown} leads to us, but to no LLM client yet."
        return _asks(
            facts, told, stay, next_step="Choose under “Answers visitors with” what your visitors reach here."
        )
    if not llm_client.deployed:
        off = f"{facts.shown} leads to us, but {llm_client.name} is switched off, so visitors get no answer."
        return _asks(facts, off, stay, next_step=f"Set {llm_client.name} to deployed on its page.")
    probe = facts.probe
    decided = facts.situation in {Situation.LIVE, Situation.UNREACHED}
    if certificate is not None and not certificate.works and not decided:
        said = (_right(facts), certificate.sentence, stay)
        return Statement(facts.situation, said, certificate.next_step, certificate.who_acts)
    if probe is None or probe.works:
        return Statement(facts.situation, (_reached(facts, llm_client), stay))
    right = f"{facts.shown} is verified: its DNS records are right."
    return Statement(facts.situation, (right, probe.sentence), probe.next_step, probe.who_acts)


def _contradicted(facts: Facts) -> Statement:
    """One check has contradicted a verified name. Nothing changes for visitors of ours until a second one does."""
    since, found = facts.domain.contrary_since, facts.contrary
    by = clock(since + facts.periods.confirmation) if since else "the next check"
    calm = f"{facts.shown} counts as failing if a check finds the same after {by}."
    if found is None or _is_gone(facts):
        words = words_of(facts)
        return _asks(facts, words.missing(facts.shown), calm, next_step=words.put_back)
    return Statement(facts.situation, (found.message, calm), found.next_step, "you", found)


def _is_gone(facts: Facts) -> bool:
    """No records are left, as far as the standing report tells, of a name that once had them."""
    report = facts.contrary
    return report is not None and words_of(facts).is_gone(report)


def _gone(facts: Facts) -> str:
    return words_of(facts).gone(facts.shown, facts.todo.parent_zone if facts.todo else "")


def _failing(facts: Facts) -> Statement:
    if facts.situation is Situation.SETTLING:
        return _back(facts)
    since = facts.domain.contrary_since
    contradicted = words_of(facts).contradicted(facts.contrary)
    first = f"{facts.shown} {contradicted}{f' (since {clock(since)})' if since else ''}."
    if facts.domain.grace_until:
        first += f" It is switched off on {clock(facts.domain.grace_until)} unless the records return."
    if facts.contrary is None:
        return _asks(facts, first, next_step=words_of(facts).put_back)
    if _is_gone(facts):
        return _asks(facts, first, _gone(facts), next_step=words_of(facts).put_back)
    return _of(facts, facts.contrary, first)


def _back(facts: Facts) -> Statement:
    latest = facts.latest
    if latest is not None and latest.verdict.facts.at_parent is AtParent.OURS and latest.transient:
        return Statement(facts.situation, (latest.message,), latest.next_step, "we", latest)
    back = f"The records of {facts.shown} are right, and our side needs a moment."
    return Statement(facts.situation, (back,), who_acts="we")


def _off(facts: Facts) -> Statement:
    if facts.situation is Situation.SETTLING:
        return _back(facts)
    on, report = clock(facts.domain.state_changed_at), facts.contrary
    if facts.domain.state is DomainState.EXPIRED:
        first = f"We stopped checking {facts.shown} on {on}. The same records still apply."
        if facts.domain.unsettled == Unsettled.RIGHT:
            return _asks(facts, first, "They were there at the last check.", next_step="Press Verify.")
    else:
        first = f"We stopped serving {facts.shown} on {on}. It did not lead back to us in time."
    if report is None or _is_gone(facts):
        once = facts.domain.verified_at is not None
        add = "Add the records below, then press Verify."
        return _asks(facts, first, next_step=words_of(facts).put_back if once else add)
    return Statement(facts.situation, (first, report.message), report.next_step, "you", report)


_SPEAKERS: dict[DomainState, Callable[[Facts], Statement]] = {
    DomainState.PENDING: _pending,
    DomainState.VERIFIED: _verified,
    DomainState.FAILING: _failing,
    DomainState.LAPSED: _off,
    DomainState.EXPIRED: _off,
    DomainState.REMOVING: removing,
    DomainState.REMOVED: removed,
}
