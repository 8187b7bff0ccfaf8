"""What staff read of names that move, and what nobody else does."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_user, make_zone
from tests.moves.claims import GONE, HOST, MINUTE, check, claim, contest, holder
from webapp.dns.delegation import Verdict
from webapp.extensions import db
from webapp.models import DomainState, LLMClientCustomDomain, User, utcnow
from webapp.moves import listing

NOW = utcnow()


def signed_in(app: Flask, user: User) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    return sign_in(app.test_client(), user)


@pytest.fixture
def rival(app: Flask) -> LLMClientCustomDomain:
    return holder("Secret Rival Ltd", created_at=NOW - 90 * MINUTE)


@pytest.fixture
def domain(rival: LLMClientCustomDomain) -> LLMClientCustomDomain:
    return claim("New Ltd")


def browser_of(app: Flask, domain: LLMClientCustomDomain) -> FlaskClient:
    user = make_user(account=domain.account)
    db.session.commit()
    return signed_in(app, user)


@pytest.fixture
def staff(app: Flask) -> FlaskClient:
    user = make_user(staff=True, email="staff@nameplate.test")
    db.session.commit()
    return signed_in(app, user)


def test_staff_read_contests_and_moves(
    staff: FlaskClient, domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    assert "No name has moved by proof yet." in staff.get("/staff/moves").text
    contest(domain, rival, NOW)
    both = domain.account.number, rival.account.number
    for address in ("/staff/moves", "/staff"):
        page = staff.get(address).text
        assert all(f"ccount {number}" in page for number in both)
        assert "Suspend one of them to stop it." in page
    assert "Contests since" in staff.get(f"/staff/domains/{domain.id}").text
    assert "Contested" in staff.get(f"/staff/domains/{rival.id}").text
    check(domain, Verdict.VERIFIED, NOW + 12 * MINUTE)
    page = staff.get("/staff/moves").text
    assert "Suspend one of them" not in page
    assert all(number in page for number in both)
    assert f"<code>{GONE.value}</code>" in page
    events = staff.get("/staff/events?kind=claim.moved").text
    assert "moved here from another account" in events


@pytest.mark.usefixtures("app")
def test_many_moves_are_shown_page_by_page() -> None:
    """Newest first; the name of each stands with those who had it before and have it now."""
    old, new = make_account("Old"), make_account("New")
    for number in range(3):
        one = make_domain(new, f"n{number}.acme.test")
        other = make_domain(old, f"n{number}.acme.test", DomainState.VERIFIED)
        make_zone(one)
        make_zone(other)
        db.session.commit()
        contest(one, other, NOW)
        check(one, Verdict.VERIFIED, NOW + 12 * MINUTE)
    first = listing.moves(None, 2)
    rest = listing.moves(first[-1].event_id, 2)
    assert [one.domain.domain_name for one in (*first, *rest)] == [f"n{n}.acme.test" for n in (2, 1, 0)]
    assert {one.former.account for one in (*first, *rest) if one.former} == {old}


def pages(domain: LLMClientCustomDomain) -> list[str]:
    of = f"/domains/{domain.id}"
    return ["/domains", of, f"{of}/status", f"{of}/history", f"{of}/history?as=json", f"{of}/history?as=csv"]


@pytest.mark.parametrize("stage", ["registered", "contested", "both stand", "moved"])
def test_neither_side_learns_anything_of_the_other(
    app: Flask, domain: LLMClientCustomDomain, rival: LLMClientCustomDomain, stage: str
) -> None:
    if stage == "contested":
        check(domain, Verdict.VERIFIED, NOW)
    elif stage == "both stand":
        contest(domain, rival, NOW, Verdict.VERIFIED)
        check(domain, Verdict.VERIFIED, NOW + 12 * MINUTE)
    elif stage == "moved":
        contest(domain, rival, NOW)
        check(domain, Verdict.VERIFIED, NOW + 12 * MINUTE)
    for own, other in ((domain, rival), (rival, domain)):
        browser = browser_of(app, own)
        read = ""
        for address in pages(own):
            found = browser.get(address)
            assert found.status_code == 200, address
            read += found.text
        assert HOST in read
        secrets = [other.account.number, other.account.name, *other.zones[0].name_servers]
        secrets += [
            f"/domains/{other.id}",
            f"{other.verified_at:%Y-%m-%d}" if other.verified_at else "–none–",
        ]
        # Of a claim that has just lost its name, also the day of its own change, which may be tomorrow.
        own_moments = (own.verified_at, own.state_changed_at, NOW)
        own_days = {f"{moment:%Y-%m-%d}" for moment in own_moments if moment}
        assert [one for one in secrets if one in read and one not in own_days] == []
        assert browser.get(f"/domains/{other.id}").status_code == 404


def test_a_claim_that_was_moved_away_says_so(
    app: Flask, domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    contest(domain, rival, NOW)
    check(domain, Verdict.VERIFIED, NOW + 12 * MINUTE)
    page = browser_of(app, rival).get(f"/domains/{rival.id}").text
    assert f"{HOST} moved to another account on" in page
    assert "did not lead back to us" not in page
    assert "This name is verified in another account." in page


def test_the_holder_reads_from_when_its_name_may_move(
    app: Flask, domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    check(domain, Verdict.VERIFIED, NOW)
    page = browser_of(app, rival).get(f"/domains/{rival.id}").text
    at = f"{NOW + 10 * MINUTE:%H:%M} UTC"
    assert "Another account has proved by its records that this name is theirs. It moves there after" in page
    assert at in page
