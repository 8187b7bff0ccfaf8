"""Staff help people who are locked out: what they see, what they do, and what they cannot."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from flask_mailman import EmailMessage
from flask_security import verify_password
from sqlalchemy import Connection, event, text

from tests.app_fixtures import sign_in
from tests.factories import PASSWORD, make_account, make_user
from tests.page_lint import elements, parse, text_of, with_id
from tests.statements import statements
from webapp.abuse import stranger_mail
from webapp.audit.log import SYSTEM, note_account
from webapp.auth import links
from webapp.extensions import datastore, db, security
from webapp.models import (
    Account,
    ActorKind,
    Event,
    EventKind,
    Membership,
    MembershipRole,
    Message,
    User,
    utcnow,
)

Queued = list[tuple[str, tuple[object, ...]]]
REASON = {"reason": "They called from the number in the contract."}


@pytest.fixture(autouse=True)
def mails(outbox: list[EmailMessage]) -> list[EmailMessage]:
    return outbox


@pytest.fixture
def browser(client: FlaskClient, staff_member: User, queued: Queued) -> FlaskClient:
    return sign_in(client, staff_member)


def give_second_factor(user: User) -> None:
    datastore.tf_set(user, "authenticator", totp_secret=security.totp_factory.generate_totp_secret())
    security.mf_recovery_codes_util.create_recovery_codes(user)
    db.session.commit()


def events() -> list[Event]:
    return db.session.query(Event).filter(Event.kind.like("user.%")).order_by(Event.id).all()


def kept_out(browser: FlaskClient, user: User) -> str:
    page = parse(browser.get(f"/staff/people/{user.id}").text)
    return next(one.get("data-kept-out") or "" for one in elements(page, "span") if one.get("data-kept-out"))


def use_up_tries(browser: FlaskClient, user: User) -> int:
    """The status of the last one."""
    stranger = browser.application.test_client()
    wrong = {"email": user.email, "password": "wrong wrong wrong"}
    most = browser.application.extensions["settings"].sign_in_attempts_per_hour
    return [stranger.post("/login", data=wrong).status_code for _ in range(most + 1)][-1]


def test_person_is_found_by_any_spelling_of_the_address(browser: FlaskClient, customer: User) -> None:
    answer = browser.get("/staff/people?email=OWNER@acme.test", follow_redirects=True)
    assert answer.request.path == f"/staff/people/{customer.id}"
    assert "owner@acme.test" in text_of(next(elements(parse(answer.text), "h1")))
    assert "is no e-mail address" in browser.get("/staff/people?email=nothing").text


def test_customer_finds_none_of_these_pages(client: FlaskClient, customer: User) -> None:
    sign_in(client, customer)
    place = f"/staff/people/{customer.id}"
    assert [client.get(url).status_code for url in ("/staff/people", place, f"{place}/second-factor")] == [
        404
    ] * 3
    posts = (f"{place}/tries", f"{place}/second-factor", "/staff/people/mail")
    assert [client.post(url, data=REASON | {"email": customer.email}).status_code for url in posts] == [
        404
    ] * 3
    assert events() == []


def test_second_factor_is_reset_recorded_and_told(
    browser: FlaskClient, account: Account, customer: User, mails: list[EmailMessage]
) -> None:
    give_second_factor(customer)
    place = f"/staff/people/{customer.id}/second-factor"
    assert "Make sure first" in browser.get(place).text
    done = browser.post(place, data=REASON, follow_redirects=True)
    assert "signs in with the password alone now" in done.text
    db.session.refresh(customer)
    assert (customer.tf_primary_method, customer.tf_totp_secret, customer.mf_recovery_codes or []) == (
        None,
        None,
        [],
    )
    assert verify_password(PASSWORD, customer.password or "")
    (noted,) = events()
    assert (noted.kind, noted.actor_kind, noted.account_id) == (
        EventKind.USER_SECOND_FACTOR,
        ActorKind.STAFF,
        account.id,
    )
    assert (noted.reason, noted.actor_name) == (REASON["reason"], "staff@platform.test")
    (mail,) = mails
    assert mail.to == ["owner@acme.test"]
    assert "switched two-factor sign-in off" in str(mail.body)
    assert "number in the contract" in " ".join(str(mail.body).split())
    assert sign_in(browser.application.test_client(), customer).get("/account").status_code == 200


def test_its_owner_reads_the_act_in_the_account(
    browser: FlaskClient, customer: User, mails: list[EmailMessage]
) -> None:
    give_second_factor(customer)
    browser.post(f"/staff/people/{customer.id}/second-factor", data=REASON)
    page = sign_in(browser.application.test_client(), customer).get("/account").text
    page = text_of(parse(page))
    assert "The second factor of owner@acme.test was switched off." in page
    assert REASON["reason"] in page


def test_reset_needs_a_fresh_sign_in(browser: FlaskClient, customer: User, mails: list[EmailMessage]) -> None:
    give_second_factor(customer)
    place = f"/staff/people/{customer.id}/second-factor"
    browser.application.config["SECURITY_FRESHNESS"] = timedelta(minutes=5)
    with time_machine.travel(utcnow() + timedelta(minutes=10)):
        answer = browser.post(place, data=REASON)
    assert (answer.status_code, "/verify" in answer.location) == (302, True)
    db.session.refresh(customer)
    assert customer.tf_primary_method == "authenticator"
    assert (events(), mails) == ([], [])


def test_reset_needs_a_reason(browser: FlaskClient, customer: User) -> None:
    give_second_factor(customer)
    answer = browser.post(f"/staff/people/{customer.id}/second-factor", data={"reason": " "})
    assert (answer.status_code, events()) == (422, [])


def test_second_factor_of_staff_is_out_of_reach(browser: FlaskClient, staff_member: User) -> None:
    other = make_user(staff=True, email="other@platform.test")
    give_second_factor(other)
    place = f"/staff/people/{other.id}"
    assert "flask users disable-second-factor other@platform.test" in browser.get(place).text
    assert browser.post(f"{place}/second-factor", data=REASON).status_code == 403
    assert other.tf_primary_method == "authenticator"


@pytest.mark.parametrize("act", ["second-factor", "tries"])
def test_whoever_becomes_staff_meanwhile_is_out_of_reach(
    browser: FlaskClient, staff_member: User, customer: User, act: str
) -> None:
    """The promotion is committed after the request read whose it is, and before it holds the person's row."""
    give_second_factor(customer)
    staff_role, promoted = staff_member.roles[0].id, {"user": customer.id}

    def promote(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE users SET active") and promoted:
            insert = text("INSERT INTO roles_users (user_id, role_id) VALUES (:user, :role)")
            connection.execute(insert, {"user": promoted.pop("user"), "role": staff_role})

    event.listen(db.engine, "before_cursor_execute", promote)
    try:
        answer = browser.post(f"/staff/people/{customer.id}/{act}", data=REASON)
    finally:
        event.remove(db.engine, "before_cursor_execute", promote)
    assert not promoted
    assert answer.status_code == 403
    db.session.refresh(customer)
    assert (customer.tf_primary_method, customer.tries_cleared_at) == ("authenticator", None)


def test_cleared_tries_let_a_person_try_again(browser: FlaskClient, account: Account, customer: User) -> None:
    assert kept_out(browser, customer) == "no"
    assert use_up_tries(browser, customer) == 429
    assert kept_out(browser, customer) == "tries"
    done = browser.post(f"/staff/people/{customer.id}/tries", data=REASON, follow_redirects=True)
    assert "can try again now" in done.text
    assert kept_out(browser, customer) == "no"
    assert sign_in(browser.application.test_client(), customer).get("/account").status_code == 200
    (noted,) = events()
    assert (noted.kind, noted.account_id, noted.reason) == (
        EventKind.USER_TRIES,
        account.id,
        REASON["reason"],
    )


def test_tries_of_staff_are_out_of_reach(browser: FlaskClient, staff_member: User) -> None:
    """Whoever has a colleague's browser could else guess at another colleague's password for ever."""
    other = make_user(staff=True, email="other@platform.test")
    db.session.commit()
    place = f"/staff/people/{other.id}"
    page = browser.get(place).text
    assert "flask users clear-tries other@platform.test" in page
    assert f'action="{place}/tries"' not in page
    assert browser.post(f"{place}/tries", data=REASON).status_code == 403
    assert events() == []


def test_known_browser_that_used_up_its_own_tries_gets_new_ones(browser: FlaskClient, customer: User) -> None:
    own = sign_in(browser.application.test_client(), customer)
    own.post("/logout")
    wrong = {"email": customer.email, "password": "wrong wrong wrong"}
    most = browser.application.extensions["settings"].sign_in_attempts_per_hour
    assert [own.post("/login", data=wrong).status_code for _ in range(most + 1)][-1] == 429
    browser.post(f"/staff/people/{customer.id}/tries", data=REASON)
    assert sign_in(own, customer).get("/account").status_code == 200


def test_clearing_needs_a_reason(browser: FlaskClient, customer: User) -> None:
    use_up_tries(browser, customer)
    assert browser.post(f"/staff/people/{customer.id}/tries", data={"reason": ""}).status_code == 422
    assert kept_out(browser, customer) == "tries"


def test_link_to_a_new_password_is_sent_and_no_password_shown(
    browser: FlaskClient, customer: User, mails: list[EmailMessage]
) -> None:
    before = customer.password
    done = browser.post("/staff/people/mail", data=REASON | {"email": customer.email}, follow_redirects=True)
    assert "on its way" in done.text
    (mail,) = mails
    assert mail.to == [customer.email]
    assert "/reset/" in str(mail.body)
    assert "/reset/" not in done.text
    assert customer.password == before
    assert [one.kind for one in events()] == [EventKind.USER_MAILED]


def test_who_never_opened_the_link_is_sent_another(browser: FlaskClient, mails: list[EmailMessage]) -> None:
    page = browser.get("/staff/people?email=new@acme.test").text
    assert "Nobody signs in with new@acme.test" in page
    assert "Ask whether it is spelt so" in page
    refused = browser.post("/staff/people/mail", data={"email": "new@acme.test"}).text
    for one in (page, refused):
        assert "Staff alone read it" in one
        assert "owners of their accounts" not in one
    browser.post("/staff/people/mail", data=REASON | {"email": "new@acme.test"})
    (mail,) = mails
    assert (mail.to, "/confirm/" in str(mail.body)) == (["new@acme.test"], True)
    (noted,) = events()
    assert (noted.account_id, noted.message_code) == (None, "user.mailed-sign-up")


def test_mailbox_that_wants_no_mail_and_locked_person_get_none(
    browser: FlaskClient, customer: User, mails: list[EmailMessage]
) -> None:
    stranger_mail.stop("never@acme.test")
    customer.active = False
    db.session.commit()
    for email in ("never@acme.test", customer.email):
        browser.post("/staff/people/mail", data=REASON | {"email": email})
    assert (mails, events()) == ([], [])
    assert kept_out(browser, customer) == "locked"


def test_every_account_of_the_person_has_the_event(browser: FlaskClient, customer: User) -> None:
    second = make_account("Second")
    second.memberships.append(Membership(user=customer, role=MembershipRole.MEMBER))
    db.session.commit()
    browser.post(f"/staff/people/{customer.id}/tries", data=REASON)
    assert len({one.account_id for one in events()}) == 2
    page = browser.get(f"/staff/people/{customer.id}").text
    assert page.count("were cleared") == 1
    assert "2 times" not in page, "told of one account, and not folded out of both"


def test_help_is_remembered_whoever_was_helped_beside(
    browser: FlaskClient, account: Account, customer: User
) -> None:
    """Many acts for others in the same account hide none of a person's own."""
    browser.post(f"/staff/people/{customer.id}/tries", data=REASON)
    for number in range(60):
        others = Message("user.tries", {"email": f"other{number}@acme.test"})
        note_account(account, EventKind.USER_TRIES, others, SYSTEM)
    db.session.commit()
    page = browser.get(f"/staff/people/{customer.id}").text
    assert page.count("were cleared") == 1
    assert "other" not in page


def test_help_of_who_is_in_no_account_is_shown_and_goes_with_them(
    browser: FlaskClient, account: Account
) -> None:
    alone = make_user(email="alone@acme.test")
    db.session.commit()
    browser.post(f"/staff/people/{alone.id}/tries", data=REASON)
    assert browser.get(f"/staff/people/{alone.id}").text.count("were cleared") == 1
    account.memberships.append(Membership(user=alone, role=MembershipRole.MEMBER))
    db.session.commit()
    browser.post(f"/staff/people/{alone.id}/tries", data=REASON)
    assert browser.get(f"/staff/people/{alone.id}").text.count("2 times") == 1


def test_staff_see_which_colleague_helped(browser: FlaskClient, customer: User) -> None:
    browser.post(f"/staff/people/{customer.id}/tries", data=REASON)
    colleague = make_user(staff=True, email="other@platform.test")
    db.session.commit()
    page = sign_in(browser.application.test_client(), colleague).get(f"/staff/people/{customer.id}").text
    assert "Staff, staff@platform.test" in page


def test_mailbox_that_wants_no_mail_is_offered_none(browser: FlaskClient) -> None:
    new = make_user(email="new@acme.test")
    new.confirmed_at = None
    db.session.commit()
    place = f"/staff/people/{new.id}"
    assert "Send the confirmation again" in browser.get(place).text
    stranger_mail.stop("new@acme.test")
    db.session.commit()
    page = browser.get(place).text
    assert "asked us for no more e-mails" in page
    assert "Send the confirmation again" not in page


def test_text_that_is_no_address_is_not_nobodys(browser: FlaskClient) -> None:
    answer = browser.post("/staff/people/mail", data=REASON | {"email": "nothing"})
    assert answer.status_code == 422
    assert "“nothing” is no e-mail address" in answer.text
    assert "Nobody signs in with" not in answer.text


def test_accounts_of_a_person_are_read_at_once(browser: FlaskClient, customer: User) -> None:
    def asked() -> int:
        db.session.expire_all()
        place = f"/staff/people/{customer.id}"
        with statements() as seen:
            assert browser.get(place).status_code == 200
        return len(seen)

    before = asked()
    for number in range(10):
        db.session.add(Membership(account=make_account(f"Further {number}"), user=customer))
    db.session.commit()
    assert asked() == before


def test_person_who_could_not_be_told_is_to_be_told_otherwise(
    browser: FlaskClient, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_second_factor(customer)
    monkeypatch.setattr(links, "tell_of_change", lambda *_: False)
    done = browser.post(f"/staff/people/{customer.id}/second-factor", data=REASON, follow_redirects=True)
    assert "The mail server did not take the e-mail" in done.text
    assert "signs in with the password alone now" in done.text


def test_who_has_no_second_factor_is_told_of_no_reset(
    browser: FlaskClient, customer: User, mails: list[EmailMessage]
) -> None:
    done = browser.post(f"/staff/people/{customer.id}/second-factor", data=REASON, follow_redirects=True)
    assert "owner@acme.test has no second factor." in done.text
    assert (mails, events()) == ([], [])


def test_page_says_how_somebody_signs_in(
    browser: FlaskClient, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"/staff/people/{customer.id}"
    assert "never" in text_of(with_id(parse(browser.get(place).text), "main"))
    sign_in(browser.application.test_client(), customer)
    said = text_of(with_id(parse(browser.get(place).text), "main"))
    assert "signed in at 1 browser" in said
    assert "never" not in said.partition("Second factor")[0]
    monkeypatch.setattr("webapp.staff.people.facts.tries_of", lambda _: None)
    assert "The counts of tries cannot be read now." in browser.get(place).text


def test_unconfirmed_address_keeps_somebody_out(browser: FlaskClient, customer: User) -> None:
    customer.confirmed_at = None
    db.session.commit()
    assert kept_out(browser, customer) == "unconfirmed"


def test_who_wants_no_invitations_still_gets_a_link_to_a_new_password(
    browser: FlaskClient, customer: User, mails: list[EmailMessage]
) -> None:
    stranger_mail.stop(customer.email)
    db.session.commit()
    browser.post("/staff/people/mail", data=REASON | {"email": customer.email})
    (mail,) = mails
    assert "/reset/" in str(mail.body)
