"""The page on which links are made, and what a stranger with a link sees and does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.app_fixtures import sign_in
from tests.domains.reports import report
from tests.factories import make_account, make_checked, make_domain, make_llm_client, make_user, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from webapp.audit.log import COMMAND
from webapp.auth.links import INVITATION, signed
from webapp.dns.delegation import Verdict
from webapp.domains import lifecycle, suspension
from webapp.extensions import db
from webapp.handover import links
from webapp.handover.addresses import token_of
from webapp.models import Check, DomainState, Event, HandoverLink, LLMClientCustomDomain, User, utcnow
from webapp.proofs.delegation.expectation import expectation_of

Queued = list[tuple[str, tuple[object, ...]]]
#: What the account has and nobody outside may read.
SECRET = (
    "Acme Secret Ltd",
    "owner@acme.test",
    "Secret assistant",
    "other.acme.test",
    "Jane of IT",
    "req-secret",
)


@pytest.fixture
def domain(app: Flask, queued: Queued) -> LLMClientCustomDomain:
    account = make_account("Acme Secret Ltd")
    make_user(account=account, email="owner@acme.test")
    domain = make_domain(account, "chat.acme.test")
    make_zone(domain)
    make_llm_client(account, "Secret assistant", custom_domain=domain, deployed=True)
    make_domain(account, "other.acme.test")
    db.session.commit()
    return domain


@pytest.fixture
def link(domain: LLMClientCustomDomain) -> HandoverLink:
    made = links.make(domain, "Jane of IT", actor=COMMAND, now=utcnow())
    assert isinstance(made, HandoverLink)
    db.session.commit()
    return made


def address(link: HandoverLink) -> str:
    return f"/hand-over/{token_of(link)}"


def check(domain: LLMClientCustomDomain, verdict: Verdict, **values: object) -> None:
    make_checked(domain, report(expectation_of(domain), verdict, utcnow(), **values))
    db.session.commit()


def owner_of(domain: LLMClientCustomDomain) -> User:
    return domain.account.memberships[0].user


def test_member_makes_a_link_with_an_email_and_revokes_it(
    domain: LLMClientCustomDomain, client: FlaskClient
) -> None:
    sign_in(client, owner_of(domain))
    assert f"/domains/{domain.id}/hand-over" in client.get(f"/domains/{domain.id}").text
    client.post(f"/domains/{domain.id}/hand-over", data={"made_for": "Jane"})
    page = client.get(f"/domains/{domain.id}/hand-over").text
    [link] = db.session.scalars(select(HandoverLink)).all()
    [shown] = [text_of(one) for one in elements(parse(page)) if "data-handover-link" in one.attrib]
    assert shown == f"http://localhost{address(link)}"
    [email] = [text_of(one) for one in elements(parse(page), "pre")]
    assert all(server in email for server in domain.zones[0].name_servers)
    assert shown in email
    stranger = client.application.test_client()
    assert stranger.get(address(link)).status_code == 200
    client.post(f"/domains/hand-over/{link.id}/revoke")
    assert stranger.get(address(link)).status_code == 404
    assert "ended" in client.get(f"/domains/{domain.id}/hand-over").text


def test_form_says_what_is_wrong(domain: LLMClientCustomDomain, client: FlaskClient) -> None:
    sign_in(client, owner_of(domain))
    answer = client.post(f"/domains/{domain.id}/hand-over", data={"made_for": ""})
    assert answer.status_code == 422
    assert "Enter whom the link is for" in answer.text
    lifecycle.remove(domain, actor=COMMAND)
    db.session.commit()
    answer = client.post(f"/domains/{domain.id}/hand-over", data={"made_for": "Jane"})
    assert answer.status_code == 422
    assert "being removed" in answer.text


def test_stranger_sees_the_records_and_nothing_else(
    domain: LLMClientCustomDomain, link: HandoverLink, client: FlaskClient
) -> None:
    some = expectation_of(domain).name_servers
    check(domain, Verdict.DELEGATION_PARTIAL)
    answer = client.get(address(link))
    assert answer.status_code == 200
    for server in some:
        assert server in answer.text
    for form in ("", "?as=zone-file", "?as=terraform", "?as=aws-cli"):
        text = client.get(address(link) + form).text + client.get(address(link) + f"/status{form}").text
        for word in (*SECRET, domain.account.number):
            assert word not in text, (form, word)
        assert f"/domains/{domain.id}" not in text
        assert 'href="/' not in text.replace('href="/static', "").replace('href="/hand-over/', "").replace(
            'href="/bootstrap', ""
        ).replace('class="brand" href="/"', "").replace('href="/help', "")
    requested = [event.request_id for event in db.session.scalars(select(Event)) if event.request_id]
    assert not [one for one in requested if one in answer.text]


def test_whoever_knows_dns_sees_what_the_check_saw_and_the_steps_once(
    domain: LLMClientCustomDomain, link: HandoverLink, client: FlaskClient
) -> None:
    assert 'id="saw"' not in client.get(address(link)).text
    check(domain, Verdict.DELEGATION_PARTIAL)
    page = parse(client.get(address(link)).text)
    assert "DELEGATION_PARTIAL" in text_of(with_id(page, "saw"))
    assert "Follow the steps below, then press Verify." in text_of(with_id(page, "status"))
    tool = text_of(with_id(parse(client.get(f"{address(link)}?as=zone-file").text), "status"))
    assert "Do what stands below under “Zone file”, then press Verify." in tool
    assert "Follow the steps" not in tool


def test_evidence_tells_no_next_check_while_one_runs(
    domain: LLMClientCustomDomain, link: HandoverLink, client: FlaskClient, queued: Queued
) -> None:
    check(domain, Verdict.DELEGATION_PARTIAL)
    assert ", by itself" in text_of(with_id(parse(client.get(address(link)).text), "saw"))
    assert "Checking" in client.post(f"{address(link)}/checks", follow_redirects=True).text
    assert ", by itself" not in text_of(with_id(parse(client.get(address(link)).text), "saw"))


def test_page_is_the_same_for_whoever_is_signed_in(
    domain: LLMClientCustomDomain, link: HandoverLink, client: FlaskClient
) -> None:
    sign_in(client, owner_of(domain))
    text = client.get(address(link)).text
    for word in (*SECRET, domain.account.number, "Sign out"):
        assert word not in text


def test_answers_are_kept_from_search_engines_and_referrers(link: HandoverLink, client: FlaskClient) -> None:
    for path in (address(link), f"{address(link)}/status", "/hand-over/nothing"):
        headers = client.get(path).headers
        assert headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "ETag" not in headers
    assert client.get("/login").headers["Referrer-Policy"] == "same-origin"


def test_unknown_expired_and_revoked_links_look_the_same(
    domain: LLMClientCustomDomain, link: HandoverLink, client: FlaskClient
) -> None:
    paths = {"unknown": "/hand-over/nothing", "foreign": "/hand-over/ImFiYyI.Xk0-n2KSXW8w6lUuhZkpzgYXEIs"}
    for name in ("expired", "revoked"):
        made = links.make(domain, name, actor=COMMAND, now=utcnow())
        assert isinstance(made, HandoverLink)
        paths[name] = address(made)
        made.expires_at -= timedelta(days=15) if name == "expired" else timedelta(0)
        made.revoked_at = utcnow() if name == "revoked" else None
    db.session.commit()
    said = set()
    for path in paths.values():
        for answer in (client.get(path), client.get(f"{path}/status"), client.post(f"{path}/checks")):
            assert answer.status_code == 404
            said.add(text_of(parse(answer.text)))
    assert len(said) == 1
    assert "Ask the person who sent it to you for a new one" in said.pop()


def test_token_of_another_purpose_opens_nothing(
    domain: LLMClientCustomDomain, link: HandoverLink, client: FlaskClient
) -> None:
    assert client.get(f"/hand-over/{signed(INVITATION, link.code)}").status_code == 404
    assert client.get(f"/hand-over/{link.code}").status_code == 404


def test_done_says_thank_you(domain: LLMClientCustomDomain, link: HandoverLink, client: FlaskClient) -> None:
    check(domain, Verdict.VERIFIED)
    assert domain.state is DomainState.VERIFIED
    text = client.get(address(link)).text
    assert "Done, thank you" in text
    assert "you can close this page" in text
    domain.state = DomainState.FAILING
    db.session.commit()
    assert "Done, thank you" not in client.get(address(link)).text


def test_nobody_is_thanked_while_an_old_ds_record_is_in_the_way(
    domain: LLMClientCustomDomain, link: HandoverLink, client: FlaskClient
) -> None:
    check(domain, Verdict.VERIFIED)
    check(domain, Verdict.STALE_DS)
    assert domain.state is DomainState.VERIFIED
    text = client.get(address(link)).text
    assert "Done, thank you" not in text
    assert "Has an old DS record" in text


def test_picture_has_the_records_and_not_what_they_lead_to(
    domain: LLMClientCustomDomain, link: HandoverLink, client: FlaskClient
) -> None:
    check(domain, Verdict.DELEGATION_PARTIAL)
    page = parse(client.get(address(link)).text)
    nodes = [one.attrib["data-node"] for one in elements(page) if "data-node" in one.attrib]
    assert nodes == ["visitors", "zone", "name-servers"]


def test_records_that_another_account_is_in_the_way_of_are_done_as_well(
    domain: LLMClientCustomDomain, link: HandoverLink, client: FlaskClient
) -> None:
    """Who else claims the name is nothing that a stranger hears of."""
    make_domain(make_account("Rival"), domain.domain_name, DomainState.VERIFIED)
    check(domain, Verdict.VERIFIED)
    db.session.expire_all()
    assert domain.state is DomainState.PENDING
    text = client.get(address(link)).text
    assert "Done, thank you" in text
    assert "another account" not in text


def test_zone_in_the_making_is_said(app: Flask, queued: Queued, client: FlaskClient) -> None:
    domain = make_domain(make_account(), "new.acme.test")
    made = links.make(domain, "Jane", actor=COMMAND, now=utcnow())
    assert isinstance(made, HandoverLink)
    db.session.commit()
    assert "We are preparing what new.acme.test needs" in client.get(address(made)).text


def test_check_has_the_limits_of_the_owners_button(
    domain: LLMClientCustomDomain, link: HandoverLink, client: FlaskClient, queued: Queued
) -> None:
    before = len(queued)
    answer = client.post(f"{address(link)}/checks", follow_redirects=True)
    assert answer.status_code == 200
    assert "Checking" in answer.text
    assert [name for name, _ in queued[before:]] == ["run_check"]
    [event] = db.session.scalars(select(Event).where(Event.message_code == "check.requested"))
    assert (event.actor_name, event.actor_kind.value) == ("Link for Jane of IT", "customer")
    opened = db.session.scalars(select(Check)).one()
    db.session.delete(opened)
    db.session.commit()
    answer = client.post(f"{address(link)}/checks", follow_redirects=True)
    assert "You can check again in" in answer.text
    assert db.session.scalar(select(func.count()).select_from(Check)) == 0


def test_suspended_domain_cannot_be_checked_by_a_link(
    domain: LLMClientCustomDomain, link: HandoverLink, client: FlaskClient
) -> None:
    suspension.suspend(domain, actor=COMMAND, reason="A secret reason.", now=utcnow())
    db.session.commit()
    answer = client.post(f"{address(link)}/checks")
    assert answer.status_code == 404
    assert "A secret reason" not in answer.text


def test_opening_is_remembered_and_changes_nothing_else(link: HandoverLink, client: FlaskClient) -> None:
    assert link.opened_at is None
    client.get(f"{address(link)}/status")
    db.session.expire_all()
    assert link.opened_at is None
    client.get(address(link))
    db.session.expire_all()
    assert link.opened_at is not None


def test_press_without_a_token_does_nothing(
    app: Flask, link: HandoverLink, client: FlaskClient, queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    secure = {"base_url": "https://localhost"}
    answer = client.post(f"{address(link)}/checks", **secure)
    assert answer.status_code == 400
    assert db.session.scalar(select(func.count()).select_from(Check)) == 0
    page = client.get(address(link), **secure).text
    [token] = [
        one.attrib["value"]
        for one in elements(parse(page), "input")
        if one.attrib.get("name") == "csrf_token"
    ]
    client.post(f"{address(link)}/checks", data={"csrf_token": token}, **secure)
    assert db.session.scalar(select(func.count()).select_from(Check)) == 1


def test_address_that_asks_too_often_waits(link: HandoverLink, client: FlaskClient) -> None:
    answers = [client.get("/hand-over/nothing").status_code for _ in range(121)]
    assert answers == [404] * 120 + [429]
