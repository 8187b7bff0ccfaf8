"""The SQL of what visitors reach says of every outcome what the headline says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_llm_client, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from webapp.commands.texts import headline
from webapp.documents.domain import summary
from webapp.domain_page.reading import domain_page
from webapp.domains import listing
from webapp.domains.listing import Show
from webapp.domains.rules.standing import told_situation
from webapp.domains.rules.status import Situation
from webapp.extensions import db, settings
from webapp.live.status import LASTS
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    LLMClientCustomDomain,
    Message,
    Probe,
    ProbeOutcome,
    User,
    utcnow,
)
from webapp.staff.queries.groups import Group, group_counts, in_group

FILTERS = {
    Situation.LIVE: Show.LIVE,
    Situation.UNREACHED: Show.ACTION,
    Situation.AWAY: Show.VERIFIED,
    Situation.NOT_LIVE: Show.VERIFIED,
    Situation.NOT_LIVE_YET: Show.VERIFIED,
    Situation.VERIFIED: Show.VERIFIED,
}
#: What is known of the address that was visited.
KNOWN: tuple[dict[str, object], ...] = (
    {},
    {"edge": True},
    {"edge": False},
    {"edge": False, "delegated": True},
)


@pytest.fixture(autouse=True)
def looking(app: Flask) -> None:
    app.extensions["settings"] = settings().model_copy(update={"edge_probes": "yes"})


def seen(
    account: Account,
    name: str,
    outcome: ProbeOutcome,
    known: dict[str, object],
    *,
    ago: timedelta = timedelta(),
) -> LLMClientCustomDomain:
    domain = make_domain(account, f"{name}.acme.test", DomainState.VERIFIED)
    make_zone(domain)
    make_llm_client(account, name, custom_domain=domain, deployed=True)
    told = {
        "status": 503,
        "network": "Cloudflare",
        "location": "https://a.test/",
        "server": "",
        "names": [],
        "name": domain.domain_name,
        "address": "198.51.100.7",
        "ends": utcnow().isoformat(),
        **known,
    }
    db.session.commit()
    probe = domain.probe or Probe(custom_domain_id=domain.id)
    probe.seen, probe.seen_at = Message(outcome, told), utcnow() - ago
    db.session.add(probe)
    db.session.commit()
    db.session.expire(domain)
    return domain


def every_kind(account: Account) -> list[LLMClientCustomDomain]:
    found = [
        seen(account, f"n{number}-{at}", outcome, known)
        for number, outcome in enumerate(ProbeOutcome)
        for at, known in enumerate(KNOWN)
    ]
    found.append(seen(account, "old", ProbeOutcome.LIVE, {}, ago=LASTS + timedelta(minutes=1)))
    off = seen(account, "off", ProbeOutcome.PROXIED, {})
    assert off.llm_client is not None
    off.llm_client.deployed = False
    was = seen(account, "was", ProbeOutcome.UNRESOLVED, {})
    assert was.probe is not None
    was.probe.first_live_at = utcnow()
    seen(make_account("Rival"), "rival", ProbeOutcome.LIVE, {})
    db.session.commit()
    return [*found, off, was]


@pytest.mark.parametrize("state", list(DomainState))
def test_certificate_that_visitors_see_is_listed_until_the_name_is_removed(
    account: Account, state: DomainState
) -> None:
    domain = seen(account, "sales", ProbeOutcome.LIVE, {})
    assert domain.probe is not None
    domain.probe.certificate_ends_at, domain.state = utcnow() + timedelta(days=30), state
    gone = state in (DomainState.REMOVING, DomainState.REMOVED)
    assert listing.certificate_ends_at(domain) == (None if gone else domain.probe.certificate_ends_at)


def situation_of(domain: LLMClientCustomDomain) -> Situation:
    return told_situation(domain, domain.zones[0], None)


def ids(account: Account, show: Show) -> set[int]:
    return {domain.id for domain in listing.listed(account, "", show, None, 500).domains}


def test_filters_badge_documents_and_commands_agree_with_the_headline(account: Account) -> None:
    domains = every_kind(account)
    shown = {show: ids(account, show) for show in Show}
    attention = {one.id for one in listing.attention(account).others}
    found = {domain.id: situation_of(domain) for domain in domains}
    assert set(found.values()) == set(FILTERS)
    for domain in domains:
        told = found[domain.id]
        where = {show for show in shown if domain.id in shown[show]} - {Show.ALL}
        assert where == {FILTERS[told]}, (domain.domain_name, told)
        assert (domain.id in attention) is told.urges
        assert headline(domain).startswith(told.words)
        document = summary(domain, settings())
        # Programs read of DNS and certificate what they read before.
        assert (document["status"], document["headline"]) == ("verified", told.words)
        assert document["needs_action"] is told.urges
    counts = listing.counts(account)
    assert {show: counts[show] for show in shown} == {show: len(of) for show, of in shown.items()}


def test_nothing_is_live_where_nobody_looks(account: Account, app: Flask) -> None:
    every_kind(account)
    app.extensions["settings"] = settings().model_copy(update={"edge_probes": "no"})
    assert ids(account, Show.LIVE) == set()
    assert ids(account, Show.ACTION) == set()


def test_page_and_list_say_the_same_word(client: FlaskClient, customer: User, account: Account) -> None:
    browser = sign_in(client, customer)
    kinds = {situation_of(domain): domain for domain in every_kind(account)}
    for told, domain in kinds.items():
        page = parse(browser.get(f"/domains/{domain.id}").text)
        status = with_id(page, "status")
        assert status is not None
        assert text_of(with_id(page, "headline")) == told.words
        assert status.get("class") == f"status tone-{told.tone}"
        turn = next(one for one in elements(status, "p") if one.get("class") == "who")
        assert (text_of(turn) == "Your turn") is told.urges
        listed = parse(browser.get(f"/domains?q={domain.domain_name}").text)
        row = next(one for one in elements(listed, "td") if one.get("data-label") == "State")
        assert text_of(row).startswith(told.words)


def test_certificate_on_its_way_does_not_hide_what_its_people_can_change(account: Account) -> None:
    """Nor does it hide that the name is live already, by a certificate of somebody else's."""
    for outcome, told in (
        (ProbeOutcome.POINTS_ELSEWHERE, Situation.UNREACHED),
        (ProbeOutcome.LIVE, Situation.LIVE),
    ):
        domain = seen(account, outcome.name.lower().replace("_", "-"), outcome, {"edge": outcome.works})
        db.session.add(
            Certificate(
                custom_domain=domain,
                domain_name=domain.domain_name,
                state=CertificateState.REQUESTED,
                idempotency_token=outcome.name,
            )
        )
        db.session.commit()
        page = domain_page(domain, settings(), utcnow())
        assert (page.statement.situation, page.on_the_way) == (told, not outcome.works)
        assert "certificate is being issued" not in " ".join(page.statement.sentences)
        assert page.statement.who_acts == ("nobody" if outcome.works else "you")


def test_staff_count_and_find_them_where_their_badges_say(account: Account) -> None:
    domains = every_kind(account)
    urging = {one.id for one in domains if situation_of(one).urges}
    wanted = select(LLMClientCustomDomain.id).where(in_group(Group.ACTION))
    assert set(db.session.scalars(wanted)) == urging
    counts = group_counts()
    assert counts[Group.ACTION.value] == len(urging)
    # One is a rival's.
    assert counts[Group.VERIFIED.value] == len(domains) - len(urging) + 1
