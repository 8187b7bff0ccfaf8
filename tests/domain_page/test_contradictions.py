"""No two places say different things of one domain: every standing that can occur, and all that is shown of it.

The standings are made as they come about: a state, and one or two checks recorded by the code that records them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.dns.delegation.cases import HOST, NOW, OURS, PARENTS, healthy, nothing_there
from tests.dns.judgement.set_ups import CASES, led
from tests.dns.judgement.table import TABLE
from tests.domain_page.pages import page_of
from tests.factories import (
    make_checked,
    make_domain,
    make_llm_client,
    make_user,
    make_zone,
    said,
)
from tests.page_lint import elements, parse, text_of, with_id
from webapp.commands.texts import headline
from webapp.dns.delegation import AtParent, DelegationReport, Expectation, Verdict, WhoActs, as_typed, judge
from webapp.dns.judgement.finding import DOMAIN_MISSING
from webapp.dns.judgement.messages import _BY_VERDICT
from webapp.dns.judgement.report import Report
from webapp.dns.providers.steps import MOST_NAMED
from webapp.domain_page.context import DomainPage
from webapp.domain_page.picture.draw import picture_of
from webapp.domain_page.picture.nodes import Condition
from webapp.domain_page.reading import domain_page
from webapp.domain_page.records.provider_guide import Guide
from webapp.domains import listing
from webapp.domains.listing import Show
from webapp.domains.rules.status import Situation
from webapp.extensions import db, settings
from webapp.messages.sentences.certificates import Problem
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DeniedName,
    DomainState,
    LLMClientCustomDomain,
    Message,
    Probe,
    ProbeOutcome,
    ZoneState,
    utcnow,
)

#: The filter that shows a domain in each situation, beside “All”.
FILTERS = {
    Situation.ALARM: Show.ACTION,
    Situation.SETTING_UP: Show.WAITING,
    Situation.WAITING: Show.WAITING,
    Situation.DECISION: Show.WAITING,
    Situation.SETTLING: Show.WAITING,
    Situation.ACTION: Show.ACTION,
    Situation.RECORDS_GONE: Show.ACTION,
    Situation.RECORDS_CHANGED: Show.ACTION,
    Situation.OFF: Show.ACTION,
    Situation.FAILING: Show.ACTION,
    Situation.VERIFIED: Show.VERIFIED,
    Situation.ON_HOLD: Show.SUSPENDED,
    Situation.EXPIRED: Show.REST,
    Situation.REMOVING: Show.REST,
}
#: How a sentence begins that asks its reader for something.
ASKS = ("Add", "Choose", "Correct", "Delete", "Enter", "Press", "Put", "Register", "Remove", "Replace", "Set")
#: The most words of the first sentence.
MOST_WORDS = 15
EVER_VERIFIED = {DomainState.VERIFIED, DomainState.FAILING, DomainState.LAPSED}

_numbers = count(1)


#: Kinds of a reason that the set-ups of the sentences do not have.
FURTHER = (
    led([*PARENTS, OURS[0]], parent_answers=healthy().parent_answers),
    led([*PARENTS, *OURS], parent_answers=nothing_there().parent_answers),
)


def kind_of(report: DelegationReport) -> tuple[Verdict, WhoActs, bool, bool]:
    """What a standing depends on, whatever the reason is."""
    return report.verdict, report.who_acts, report.transient, report.alarm is not None


@cache
def reports() -> list[DelegationReport]:
    """One of each verdict, and of each reason for it."""
    found = [case.report() for case in CASES]
    found += [judge(expected, observation, NOW) for _, expected, observation, _ in TABLE]
    found += [judge(Expectation(HOST, OURS), observation, NOW) for observation in FURTHER]
    return list({(one.reason, *kind_of(one)): one for one in found}.values())


@cache
def kinds() -> list[DelegationReport]:
    """One report of each kind, for what is walked together with something else."""
    return list({kind_of(one): one for one in reports()}.values())


#: One transient report of each kind: by who acts, and by what it says of the parent.
TRANSIENT = [*{(one.who_acts, one.verdict.facts.at_parent): one for one in kinds() if one.transient}.values()]


def a_domain(account: Account, state: DomainState) -> LLMClientCustomDomain:
    now = utcnow()
    domain = make_domain(account, f"n{next(_numbers)}.acme.com", state)
    make_zone(domain, name_servers=list(OURS), baseline={"parent_zone": "acme.com"})
    if state in EVER_VERIFIED:
        domain.verified_at, domain.verdict = now - timedelta(days=30), Verdict.VERIFIED
    if state is DomainState.FAILING:
        domain.contrary_since, domain.grace_until = now - timedelta(hours=2), now + timedelta(days=5)
    return domain


def checked(domain: LLMClientCustomDomain, *found: DelegationReport) -> LLMClientCustomDomain:
    start = utcnow() - timedelta(minutes=len(found))
    for number, report in enumerate(found):
        told = replace(report, host=domain.domain_name, relative_name=domain.domain_name.partition(".")[0])
        make_checked(domain, told, start + timedelta(seconds=number))
    return domain


def record_missing() -> Message:
    """Only the owner of the name can add what ACM looks for."""
    return Message(
        Problem.RECORD_MISSING.value, {"name": HOST, "record": f"_a.{HOST}", "value": "_b.acm.aws"}
    )


def with_certificate(
    domain: LLMClientCustomDomain, state: CertificateState, problem: Message | None = None
) -> LLMClientCustomDomain:
    token = domain.domain_name.partition(".")[0]
    for old in domain.certificates:
        db.session.delete(old)
    db.session.flush()
    db.session.expire(domain, ["certificates"])
    row = Certificate(
        custom_domain=domain,
        domain_name=domain.domain_name,
        state=state,
        problem=problem,
        idempotency_token=token,
    )
    db.session.add(row)
    return domain


def restricted() -> Message:
    params = {
        "where": "acme.com",
        "allows": ["ca.test"],
        "authority": "amazon.com",
        "add": '0 issue "amazon.com"',
    }
    return Message(Problem.CAA_RESTRICTED.value, params)


def not_renewed() -> Message:
    caa = {"code": Problem.CAA_RESTRICTED.value, "params": dict(restricted().params)}
    return Message(Problem.RENEWAL_FORBIDDEN.value, {"name": HOST, "until": None, "caa": caa})


def pending(account: Account) -> Iterator[LLMClientCustomDomain]:
    for state in ZoneState:
        domain = a_domain(account, DomainState.PENDING)
        domain.zones[0].state = state
        if state is ZoneState.REFUSED:
            domain.zones[0].problem = said("Route 53 does not take this ending.")
        yield domain
    site = {"parent_zone": "acme.com", "a": ["203.0.113.7"]}
    for first in reports():
        yield checked(a_domain(account, DomainState.PENDING), first)
        here = a_domain(account, DomainState.PENDING)
        here.zones[0].baseline = site
        yield checked(here, first)
    for first in kinds():
        for latest in TRANSIENT:
            yield checked(a_domain(account, DomainState.PENDING), first, latest)


def verified(account: Account) -> Iterator[LLMClientCustomDomain]:
    yield a_domain(account, DomainState.VERIFIED)
    for first in reports():
        yield checked(a_domain(account, DomainState.VERIFIED), first)
    for first in kinds():
        for latest in TRANSIENT:
            yield checked(a_domain(account, DomainState.VERIFIED), first, latest)
        for state, problem in (
            (CertificateState.ISSUED, None),
            (CertificateState.REQUESTED, record_missing()),
            (CertificateState.FAILED, record_missing()),
            (CertificateState.FAILED, restricted()),
            (CertificateState.FAILED, Message(Problem.TIMED_OUT.value, {"name": HOST})),
            (CertificateState.ISSUED, not_renewed()),
        ):
            domain = checked(a_domain(account, DomainState.VERIFIED), first)
            with_certificate(domain, state, problem)
            if problem is None:
                make_llm_client(account, domain.domain_name, deployed=True, custom_domain=domain)
            yield domain


def in_trouble(account: Account) -> Iterator[LLMClientCustomDomain]:
    for state in (DomainState.FAILING, DomainState.LAPSED, DomainState.EXPIRED):
        yield a_domain(account, state)
        for first in reports():
            yield checked(a_domain(account, state), first)
        for latest in TRANSIENT:
            wrong = next(one for one in reports() if one.verdict is Verdict.DELEGATION_MIXED)
            yield checked(a_domain(account, state), wrong, latest)


def stopped(account: Account) -> Iterator[LLMClientCustomDomain]:
    yield a_domain(account, DomainState.REMOVING)
    for state in (one for one in DomainState if not one.is_gone):
        for first in kinds():
            held = checked(a_domain(account, state), first)
            held.held_at, held.hold_reason = utcnow(), "Reported as phishing."
            yield held
    for state in (DomainState.PENDING, DomainState.LAPSED, DomainState.EXPIRED):
        domain = a_domain(account, state)
        db.session.add(
            DeniedName(name=domain.domain_name, below=True, reason="Phishing.", actor_name="staff")
        )
        yield domain


WALKS = {"pending": pending, "verified": verified, "in-trouble": in_trouble, "stopped": stopped}


@pytest.mark.parametrize("walk", WALKS)
def test_every_standing_is_told_in_one_way(
    account: Account, walk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST_COUNTED", 2000)
    domains = list(WALKS[walk](account))
    db.session.commit()
    now = utcnow()
    shown = {show: ids(listing.listed(account, "", show, None, 2000).domains) for show in Show}
    attention = listing.attention(account)
    urging = set()
    for domain in domains:
        page = domain_page(domain, settings(), now)
        found = page.statement.situation
        urging |= {domain.id} if found.urges else set()
        assert contradictions(page, now) == [], (
            domain.domain_name,
            domain.state,
            domain.verdict,
            domain.unsettled,
        )
        assert {show for show in shown if domain.id in shown[show]} - {Show.ALL, Show.FAILING} == {
            FILTERS[found]
        } - {Show.ALL}, (domain.state, domain.verdict, found)
        assert (domain.id in shown[Show.FAILING]) is (found is Situation.FAILING)
        assert headline(domain).startswith(found.words)
    assert ids([*attention.alarming, *attention.failing, *attention.others]) == urging
    assert len(shown[Show.ACTION]) == len(urging)


def test_reports_of_the_walk_have_every_verdict_and_every_reason() -> None:
    told = {(one.verdict, one.reason) for one in reports()}
    assert told >= {(case.verdict, case.reason) for case in CASES}
    beside = {Verdict.RESOLVE_BROKEN, Verdict.PROPAGATING}
    assert {verdict for verdict, _ in told} | beside == set(_BY_VERDICT)
    assert all(set(one.expected) == set(OURS) for one in reports())


def ids(domains: Iterable[LLMClientCustomDomain]) -> set[int]:
    return {domain.id for domain in domains}


def contradictions(page: DomainPage, now: datetime) -> list[str]:
    walked = (of_the_turn, of_the_records, of_the_past, of_the_words, of_the_picture)
    return [one for look in walked for one in look(page)]


def of_the_picture(page: DomainPage) -> Iterator[str]:
    """What is drawn of the way, beside the statement and the table."""
    picture, say = picture_of(page), page.statement
    if picture is None:
        return
    drawn = {node.kind.value: f"{node.condition}: {node.words}" for node in picture.nodes}
    stops = [node for node in picture.nodes if node.condition and node.condition.stops]
    if say.tone == "good" and stops:
        yield f"{say.headline} over {drawn}"
    if say.situation is Situation.DECISION and stops:
        yield f"{say.headline} over {drawn}"
    latest = page.latest_report
    settled = latest is not None and not latest.transient
    heard = all(node.condition is not Condition.UNKNOWN for node in picture.nodes)
    if say.tone in {"act", "bad"} and not stops and settled and heard:
        yield f"{say.headline}, and nothing is wrong in {drawn}"
    if all(node.condition in {None, Condition.FOUND} for node in picture.nodes) and say.tone != "good":
        yield f"{say.headline}, and all is right in {drawn}"
    marks = [one.mark for group in page.todo.groups for one in group.values] if page.todo else []
    parts = [part.condition for node in picture.nodes for part in node.parts]
    if parts and Condition.FOUND in parts and "found" not in marks and say.tone != "good":
        yield f"{drawn} over {marks}"


def of_the_turn(page: DomainPage) -> Iterator[str]:
    """Headline, colour, chip, next step, and what stands beside."""
    say, aside = page.statement, page.aside
    asks = say.next_step.startswith(ASKS)
    if say.situation.urges != (say.turn == "Your turn"):
        yield f"{say.headline}, and the chip says {say.turn}"
    if say.situation.urges and not (say.next_step and say.who_acts == "you" and say.tone in {"act", "bad"}):
        yield f"{say.headline} in {say.tone} by {say.who_acts}: {say.next_step!r}"
    if say.turn in {"Nothing to do", "Our turn"} and asks:
        yield f"{say.turn}, and yet: {say.next_step}"
    if say.turn == "When you are ready" and not say.next_step:
        yield "nothing that the reader could do"
    words = " ".join(aside.sentences) if aside else ""
    if say.who_acts == "you" and "Nothing is needed from you" in " ".join(
        (*say.sentences, say.next_step, words)
    ):
        yield f"{say.turn}, and nothing is needed"
    if aside and say.turn in {"Nothing to do", "Our turn"} and aside.report.who_acts == "you":
        yield f"{say.turn}, and beside it: {words}"
    told = " ".join((*say.sentences, say.next_step, words))
    if page.domain.state is DomainState.EXPIRED and (
        "We check again by ourselves" in told or say.turn == "Our turn"
    ):
        yield f"no check follows by itself, and {say.turn}: {told}"
    certificate = page.certificate
    if certificate and certificate.who_acts == "you" and page.domain.is_verified and not say.situation.urges:
        yield f"{say.headline}, and the certificate: {certificate.next_step}"


def of_the_records(page: DomainPage) -> Iterator[str]:
    """The marks in the table, the bar, and the steps."""
    groups = page.todo.groups if page.todo else ()
    marks = [one.mark for group in groups for one in group.values]
    wrong = "missing" in marks or "unexpected" in marks
    if page.statement.tone == "good" and wrong:
        yield f"{page.statement.headline} over {marks}"
    if page.on_the_way and page.step > 1 and wrong:
        yield f"the records are done, and {marks}"
    if (
        not isinstance(page.guide, Guide)
        or page.report is None
        or page.report.verdict.facts.at_parent is AtParent.DIVIDED
    ):
        return
    if page.report.parent_asked:  # Otherwise it is not known whether anything is missing.
        yield from of_the_steps(page.guide, page.report)


def of_the_steps(guide: Guide, report: Report) -> Iterator[str]:
    change, steps = guide.change, " ".join(guide.steps)
    if report.reason == DOMAIN_MISSING:
        if steps:
            yield f"no zone to put records into, and yet: {steps}"
        return
    if set(change.add) | {right for _, right in change.replace} != set(report.missing):
        yield f"{report.verdict}: missing {report.missing}, and the steps add {change.add}"
    if set(change.remove) | {seen for seen, _ in change.replace} != set(report.unexpected):
        yield f"{report.verdict}: too many {report.unexpected}, and the steps delete {change.remove}"
    if set(report.missing) != set(report.expected):
        named = [as_typed(one) for one in (*report.missing, *change.remove[:MOST_NAMED])]
        yield from (f"no step names {one}" for one in named if one not in steps)
        more = len(change.remove[MOST_NAMED:])
        if more and f"and {more} more" not in steps:
            yield f"no step says that {more} more are to be removed"
    if not report.missing and change.heading in {"Add these", "Put these back"}:
        yield f"{change.heading}, and none is missing"


def of_the_past(page: DomainPage) -> Iterator[str]:
    told = (*page.statement.sentences, page.statement.next_step)
    if page.domain.verified_at is not None and page.report is not None and "yet" in " ".join(told).split():
        yield f"not yet, where it was before: {told}"


def of_the_words(page: DomainPage) -> Iterator[str]:
    """What is read first is short, and has no value that stands in the table."""
    first = page.statement.sentences[0].split(". ", maxsplit=1)[0]
    if len(first.split()) > MOST_WORDS:
        yield f"{len(first.split())} words: {first}"
    groups = page.todo.groups if page.todo else ()
    values = {one.value for group in groups for one in group.values}
    values |= set(page.report.unexpected) if page.report else set()
    yield from (f"{value} in {first}" for value in values if as_typed(value) in first)


def of_verdict(verdict: Verdict) -> DelegationReport:
    return next(one for one in reports() if one.verdict is verdict)


def one_of_each(account: Account) -> dict[Situation, LLMClientCustomDomain]:
    """One domain in every situation, each in a usual way."""

    def seen(state: DomainState, *verdicts: Verdict) -> LLMClientCustomDomain:
        return checked(a_domain(account, state), *map(of_verdict, verdicts))

    preparing, undecided = (a_domain(account, DomainState.PENDING) for _ in range(2))
    preparing.zones[0].state = ZoneState.CREATED
    undecided.zones[0].baseline = {"parent_zone": "acme.com", "a": ["203.0.113.7"]}
    held = seen(DomainState.VERIFIED, Verdict.VERIFIED)
    held.held_at, held.hold_reason = utcnow(), "Reported as phishing."
    alarming = judge(Expectation(HOST, OURS), led(OURS), NOW)
    return {
        Situation.ALARM: checked(a_domain(account, DomainState.PENDING), alarming),
        Situation.SETTING_UP: preparing,
        Situation.WAITING: seen(DomainState.PENDING, Verdict.NOT_DELEGATED),
        Situation.DECISION: checked(undecided, of_verdict(Verdict.RECORD_IN_THE_WAY)),
        Situation.ACTION: seen(DomainState.PENDING, Verdict.DELEGATION_PARTIAL),
        Situation.SETTLING: seen(DomainState.PENDING, Verdict.PARENT_INCONSISTENT),
        Situation.VERIFIED: seen(DomainState.VERIFIED, Verdict.VERIFIED),
        Situation.RECORDS_GONE: seen(DomainState.VERIFIED, Verdict.NOT_DELEGATED),
        Situation.RECORDS_CHANGED: seen(DomainState.VERIFIED, Verdict.DELEGATION_MIXED),
        Situation.FAILING: seen(DomainState.FAILING, Verdict.NOT_DELEGATED),
        Situation.ON_HOLD: held,
        Situation.OFF: seen(DomainState.LAPSED, Verdict.NOT_DELEGATED),
        Situation.EXPIRED: seen(DomainState.EXPIRED, Verdict.NOT_DELEGATED),
        Situation.REMOVING: a_domain(account, DomainState.REMOVING),
    }


@pytest.fixture
def each(account: Account) -> dict[Situation, LLMClientCustomDomain]:
    found = one_of_each(account)
    db.session.commit()
    return found


def test_pages_list_badge_and_banner_show_each_situation_alike(
    browser: FlaskClient, each: dict[Situation, LLMClientCustomDomain]
) -> None:
    # A delegation reserves no name; `test_context_of_records` has those of records.
    # What follows from visits is held by `tests/domains/listing/test_visits.py`.
    of_visits = {
        Situation.LIVE,
        Situation.UNREACHED,
        Situation.AWAY,
        Situation.NOT_LIVE,
        Situation.NOT_LIVE_YET,
    }
    assert set(each) == set(Situation) - {Situation.REMOVED, Situation.RESERVED} - of_visits
    rows = {
        text_of(th).split()[0]: text_of(next(elements(row, "td")))
        for row in elements(parse(browser.get("/domains").text), "tr")
        for th in elements(row, "th")
        if th.get("scope") == "row"
    }
    urging = [one for one in each if one.urges]
    for found, domain in each.items():
        page = page_of(browser, domain)
        status, who = with_id(page, "status"), next(e for e in elements(page, "p") if e.get("class") == "who")
        assert status is not None
        assert rows[domain.domain_name] == found.words
        # Only the page of an alarm says more exactly what is down.
        exact = "Site and mail of acme.com are down" if found is Situation.ALARM else found.words
        assert text_of(with_id(page, "headline")) == exact
        assert status.get("class") == f"status tone-{found.tone}"
        assert (text_of(who) == "Your turn") is found.urges
        arrows = [e for e in elements(status, "p") if e.get("class") == "next-step"]
        assert bool(arrows) is (who.get("data-turn") == "you"), found
        assert badge_of(page) == f"{len(urging)} need action"


def badge_of(tree: Element) -> str:
    return text_of(with_id(tree, "badge"))


def test_badge_is_red_for_an_alarm_alone(
    browser: FlaskClient, account: Account, each: dict[Situation, LLMClientCustomDomain]
) -> None:
    """It has the colour of the worst that it counts."""
    for found, domain in each.items():
        if found not in {Situation.ALARM, Situation.ACTION}:
            domain.state = DomainState.REMOVED
    tree = page_of(browser, each[Situation.ALARM])
    assert badge_of(tree) == "2 need action"
    assert not [one for one in elements(tree) if "count-act" in one.get("class", "").split()]
    each[Situation.ALARM].state = DomainState.REMOVED
    tree = page_of(browser, each[Situation.ACTION])
    assert [text_of(one) for one in elements(tree) if "count-act" in one.get("class", "").split()]


def test_header_follows_the_poll_both_ways(browser: FlaskClient, account: Account) -> None:
    """The answer to the poll has the badge and the banner, and is another one as soon as these are."""
    domain = a_domain(account, DomainState.VERIFIED)
    other = a_domain(account, DomainState.VERIFIED)
    db.session.commit()
    url = f"/domains/{domain.id}/status"
    first = browser.get(url)
    assert badge_of(parse(first.text, whole=False)) == ""
    other.state, other.grace_until = DomainState.FAILING, utcnow() + timedelta(days=5)
    db.session.commit()
    second = browser.get(url, headers={"If-None-Match": first.headers["ETag"]})
    tree = parse(second.text, whole=False)
    assert badge_of(tree) == "1 need action"
    assert f"Failing: {other.domain_name}" in text_of(with_id(tree, "attention"))
    other.state = DomainState.VERIFIED
    db.session.commit()
    third = browser.get(url, headers={"If-None-Match": second.headers["ETag"]})
    assert (
        badge_of(parse(third.text, whole=False))
        == text_of(with_id(parse(third.text, whole=False), "attention"))
        == ""
    )


def test_staff_read_the_same_headlines(
    client: FlaskClient, account: Account, each: dict[Situation, LLMClientCustomDomain]
) -> None:
    sign_in(client, make_user(staff=True))
    rows = {
        text_of(th).split()[0]: text_of(next(elements(row, "td")))
        for row in elements(parse(client.get(f"/staff/domains?q={account.number}").text), "tr")
        for th in elements(row, "th")
        if th.get("scope") == "row"
    }
    for found, domain in each.items():
        assert rows[domain.domain_name] == found.words


def test_nothing_is_green_over_records_that_are_gone_although_visitors_were_seen(
    app: Flask, browser: FlaskClient, account: Account
) -> None:
    """A verified name whose four records were deleted, and at which resolvers still find us."""
    app.extensions["settings"] = settings().model_copy(update={"edge_probes": "yes"})
    domain = checked(a_domain(account, DomainState.VERIFIED), of_verdict(Verdict.VERIFIED))
    make_llm_client(account, "Sales", deployed=True, custom_domain=domain)
    db.session.commit()
    probe = domain.probe or Probe(custom_domain_id=domain.id)
    probe.seen, probe.seen_at = Message(ProbeOutcome.LIVE, {"name": domain.domain_name}), utcnow()
    db.session.add(probe)
    db.session.commit()
    db.session.expire(domain)
    assert text_of(with_id(page_of(browser, domain), "headline")) == "Live"
    checked(domain, of_verdict(Verdict.NOT_DELEGATED))
    page = page_of(browser, domain)
    status, who = with_id(page, "status"), next(e for e in elements(page, "p") if e.get("class") == "who")
    assert status is not None
    assert text_of(with_id(page, "headline")) == "Verified, but your records are gone"
    assert (status.get("class"), text_of(who)) == ("status tone-act", "Your turn")
    told = text_of(status)
    assert "Nothing to do" not in told
    assert "yet" not in told.split()
    assert badge_of(page) == "1 need action"
    row = next(
        one for one in elements(parse(browser.get("/domains").text), "td") if one.get("data-label") == "State"
    )
    assert text_of(row).startswith("Verified, but your records are gone")
