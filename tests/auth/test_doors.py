"""Nobody in by what was typed before a mailbox was shown to be theirs, and nobody told who has an account."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_mailman import EmailMessage
from flask_security import hash_password
from flask_security.core import _default_messages
from sqlalchemy import event, func, select

from tests.app_fixtures import sign_in
from tests.auth.signing_in import TWO_FACTOR, link_in, passkey_of, state_in
from tests.factories import PASSWORD, make_account, make_user
from tests.page_lint import elements, parse, text_of
from webapp.accounts import deletion, people, tasks
from webapp.accounts.operators import acts
from webapp.audit.log import COMMAND, SYSTEM
from webapp.auth import links
from webapp.auth.forms import WORDS
from webapp.extensions import datastore, db
from webapp.models import (
    Account,
    Base,
    Invitation,
    Membership,
    MembershipRole,
    NotificationAddress,
    SignedIn,
    User,
    WebAuthn,
    utcnow,
)

VICTIM = "lena@acme.test"
HERS, HIS = "three blue ladders dancing", "evil horse evil battery"


def ask(client: FlaskClient, **more: str) -> None:
    """As a form of an earlier release would, with all that it asked."""
    sent = {"email": VICTIM, **more}
    assert "Read your e-mail" in client.post("/register", data=sent).text


def open_account(client: FlaskClient, link: str, name: str = "Blumen Straßer", password: str = HERS) -> Any:
    return client.post(link, data={"account_name": name, "password": password})


def signs_in(client: FlaskClient, password: str, email: str = VICTIM) -> bool:
    return client.post("/login", data={"email": email, "password": password}).status_code == 302


def rows() -> dict[str, list[Any]]:
    """Everything that the database has."""
    db.session.rollback()
    return {
        table.name: [tuple(row) for row in db.session.execute(select(table)).all()]
        for table in Base.metadata.sorted_tables
    }


def left_by_an_earlier_release(email: str = VICTIM) -> User:
    """Somebody who signed up under an address that was never shown to be theirs."""
    user: Any = datastore.create_user(email=email, password=hash_password(HIS), confirmed_at=None)
    db.session.add(Membership(account=Account(name="Evil Inc"), user=user, role=MembershipRole.OWNER))
    db.session.flush()
    passkey_of(user, f"Evil of {email}")
    db.session.commit()
    return user  # type: ignore[no-any-return]


# H1


def test_sign_up_stores_nothing_before_the_link_is_used(
    client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    before = rows()
    ask(client, account_name="Evil Inc", password=HIS, password_confirm=HIS)
    client.get(link_in(outbox[0]))
    assert rows() == before
    assert not signs_in(client, HIS)
    assert "Evil" not in str(outbox[0].message())


def test_link_that_a_stranger_asked_for_gives_the_account_to_whoever_reads_the_mail(
    app: Flask, client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    ask(app.test_client(), account_name="Evil Inc", password=HIS, password_confirm=HIS)
    assert open_account(client, link_in(outbox[0])).location == "/domains"
    assert client.get("/account").status_code == 200
    assert [one.name for one in db.session.scalars(select(Account))] == ["Blumen Straßer"]
    assert not signs_in(app.test_client(), HIS)
    assert signs_in(app.test_client(), HERS)


def test_of_two_who_sign_up_the_one_with_the_mailbox_is_in(
    app: Flask, client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    ask(app.test_client(), account_name="Evil Inc", password=HIS, password_confirm=HIS)
    ask(client)
    open_account(client, link_in(outbox[1]))
    late = open_account(app.test_client(), link_in(outbox[0]), "Evil Inc", HIS)
    assert late.location == "/login"
    assert signs_in(app.test_client(), HERS)
    assert not signs_in(app.test_client(), HIS)
    assert len(db.session.scalars(select(Account)).all()) == 1


def test_link_says_what_is_missing(client: FlaskClient, outbox: list[EmailMessage]) -> None:
    ask(client)
    page = open_account(client, link_in(outbox[0]), " ", "short")
    assert page.status_code == 422
    summary = next(one for one in elements(parse(page.text), "div") if one.get("class") == "problems")
    assert [text_of(one)[:20] for one in elements(summary, "li")] == [
        "Enter a name for your account, like Acme."[:20],
        "Choose a password of at least"[:20],
    ]
    assert db.session.scalars(select(User)).all() == []


def test_link_pressed_twice_at_once_opens_one_account(
    app: Flask, client: FlaskClient, outbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(client)
    open_account(client, link_in(outbox[0]))
    monkeypatch.setattr("webapp.accounts.sign_up.is_taken", lambda _user: False)
    assert open_account(app.test_client(), link_in(outbox[0])).location == "/login"
    assert len(db.session.scalars(select(Account)).all()) == 1


def test_whoever_opens_an_account_is_signed_in_instead_of_whoever_was(
    client: FlaskClient, customer: User, outbox: list[EmailMessage]
) -> None:
    ask(client)
    sign_in(client, customer)
    open_account(client, link_in(outbox[0]))
    assert VICTIM in client.get("/account/people").text
    assert len(db.session.scalars(select(SignedIn)).all()) == 1


def test_what_an_earlier_release_kept_of_a_stranger_goes(
    app: Flask, client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    left_by_an_earlier_release()
    assert not signs_in(app.test_client(), HIS)
    ask(client)
    open_account(client, link_in(outbox[0]))
    assert [one.name for one in db.session.scalars(select(Account))] == ["Blumen Straßer"]
    assert db.session.scalars(select(WebAuthn)).all() == []
    assert not signs_in(app.test_client(), HIS)


def test_invited_person_gets_nothing_that_a_stranger_left(
    app: Flask, client: FlaskClient, account: Account
) -> None:
    left_by_an_earlier_release()
    invitation = people.invite(account, VICTIM, MembershipRole.MEMBER, SYSTEM, utcnow())
    assert isinstance(invitation, Invitation)
    db.session.commit()
    with app.test_request_context():
        token = links.signed(links.INVITATION, invitation.code)
    assert client.post(f"/invitations/{token}", data={"password": HERS}).location == "/domains"
    [person] = db.session.scalars(select(User)).all()
    assert [one.account.name for one in person.memberships] == ["Acme"]
    assert list(person.webauthn) == []
    assert len(db.session.scalars(select(Account)).all()) == 1


def test_new_password_of_somebody_unproven_starts_with_the_link(
    client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    left_by_an_earlier_release()
    client.post("/reset", data={"email": VICTIM})
    assert open_account(client, link_in(outbox[0])).location == "/domains"


def test_unproven_people_are_forgotten_and_what_others_have_stays(
    client: FlaskClient, customer: User, account: Account
) -> None:
    old, new = left_by_an_earlier_release("old@acme.test"), left_by_an_earlier_release("new@acme.test")
    shared = left_by_an_earlier_release("shared@acme.test")
    db.session.add(Membership(account=account, user=shared, role=MembershipRole.MEMBER))
    for user in (old, shared, customer):
        user.create_datetime = utcnow().replace(tzinfo=None) - timedelta(days=8)
    db.session.commit()
    new_id = new.id
    tasks.prune_unconfirmed()
    assert {user.id for user in db.session.scalars(select(User))} == {customer.id, new_id}
    assert sorted(one.name for one in db.session.scalars(select(Account))) == ["Acme", "Evil Inc"]


def locked(email: str = VICTIM) -> User:
    user = left_by_an_earlier_release(email)
    acts.lock_out(user, COMMAND, None)
    db.session.commit()
    return user


def is_out(app: Flask, email: str = VICTIM) -> bool:
    """The row is there, locked, the only one, and no password opens it."""
    people_ = db.session.scalars(select(User).where(func.lower(User.email) == email)).all()
    return [one.active for one in people_] == [False] and not any(
        signs_in(app.test_client(), password, email) for password in (HERS, HIS)
    )


@pytest.mark.parametrize("url", ["/register", "/confirm", "/reset", "/login/way-in"])
@pytest.mark.parametrize("typed", [VICTIM, "LENA@acme.test"])
def test_locked_person_who_never_confirmed_gets_no_link(
    app: Flask, client: FlaskClient, outbox: list[EmailMessage], url: str, typed: str
) -> None:
    """The row would be forgotten for a new one, and the lock with it."""
    locked()
    client.post(url, data={"email": typed})
    assert outbox == []
    assert is_out(app)


@pytest.mark.parametrize("typed", [VICTIM, "LENA@acme.test"])
@pytest.mark.parametrize("late", [False, True], ids=["before the page", "while the page is answered"])
def test_link_of_before_the_lock_opens_no_account(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, late: bool, typed: str
) -> None:
    with app.test_request_context():
        link = f"/confirm/{links.signed_address(typed)}"
    locked()
    if late:
        monkeypatch.setattr("webapp.accounts.sign_up.is_taken", lambda _user: False)
    assert open_account(client, link).location == "/login"
    assert is_out(app)


@pytest.mark.parametrize("late", [False, True], ids=["before the page", "while the page is answered"])
def test_invitation_of_somebody_locked_lets_nobody_in(
    app: Flask, client: FlaskClient, account: Account, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    locked()
    invitation = people.invite(account, VICTIM, MembershipRole.MEMBER, SYSTEM, utcnow())
    db.session.commit()
    assert isinstance(invitation, Invitation)
    if late:
        monkeypatch.setattr("webapp.accounts.people_views.is_taken", lambda _user: False)
    with app.test_request_context():
        link = f"/invitations/{links.signed(links.INVITATION, invitation.code)}"
    client.post(link, data={"password": HERS})
    assert client.get("/domains").location.startswith("/login")
    assert is_out(app)


def test_locked_person_is_not_forgotten(app: Flask, customer: User, account: Account) -> None:
    """Neither for an address that was never confirmed, nor with the account."""
    unproven = locked()
    unproven.create_datetime = utcnow().replace(tzinfo=None) - timedelta(days=8)
    acts.lock_out(customer, COMMAND, None)
    deletion.begin(account, actor=COMMAND, now=utcnow())
    db.session.commit()
    tasks.prune_unconfirmed()
    tasks.go_on(account)
    assert is_out(app)
    assert is_out(app, customer.email)


def test_unlocked_person_who_never_confirmed_starts_with_the_link(
    client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    acts.let_in(locked(), COMMAND, None)
    db.session.commit()
    ask(client)
    assert open_account(client, link_in(outbox[0])).location == "/domains"


def all_links(app: Flask, user: User, account: Account) -> dict[str, str]:
    """One link of every kind that mails have."""
    address = NotificationAddress(account=account, email="ops@acme.test")
    invitation = people.invite(account, VICTIM, MembershipRole.MEMBER, SYSTEM, utcnow())
    assert isinstance(invitation, Invitation)
    db.session.add(address)
    db.session.commit()
    with app.test_request_context():
        reset = links.reset_link(user)
        return {
            "confirm": f"/confirm/{links.signed_address('new@acme.test')}",
            "reset": reset[reset.index("/reset/") :],
            "invitation": f"/invitations/{links.signed(links.INVITATION, invitation.code)}",
            "agree": f"/notifications/{links.signed(links.AGREE, address.code)}/agree",
            "stop": f"/notifications/{links.signed(links.STOP, address.code)}/stop",
        }


def test_link_that_is_only_opened_changes_nothing(
    app: Flask, client: FlaskClient, customer: User, account: Account
) -> None:
    """Programs that look through mail open links, too."""
    opened = all_links(app, customer, account)
    before = rows()
    for link in opened.values():
        assert client.get(link).status_code == 200, link
        assert client.head(link).status_code == 200, link
        assert client.options(link).status_code == 200, link
    assert rows() == before
    assert client.get("/domains").status_code == 302


@pytest.fixture
def with_everything(customer: User) -> User:
    """Somebody with passkeys, a second factor and recovery codes."""
    passkey_of(customer)
    passkey_of(customer, "Phone")
    customer.tf_primary_method, customer.tf_totp_secret = "authenticator", "secret"
    customer.mf_recovery_codes = ["x"]
    db.session.commit()
    return customer


def reset(client: FlaskClient, user: User, outbox: list[EmailMessage]) -> None:
    client.post("/reset", data={"email": user.email})
    sent = {"password": HERS, "password_confirm": HERS}
    assert client.post(link_in(outbox[-1], "/reset/"), data=sent).location == "/login"
    db.session.expire_all()


def test_reset_by_mail_takes_every_other_way_in_and_says_which(
    client: FlaskClient, with_everything: User, outbox: list[EmailMessage]
) -> None:
    reset(client, with_everything, outbox)
    user = with_everything
    assert list(user.webauthn) == []
    assert (user.tf_primary_method, user.tf_totp_secret) == (None, None)
    assert not user.mf_recovery_codes
    told = outbox[-1].body
    for name in ("the passkey “Laptop”", "the passkey “Phone”", "two-factor sign-in", "your recovery codes"):
        assert f"- {name}\n" in told
        assert name in outbox[0].body
    assert signs_in(client, HERS, user.email)


def test_reset_of_somebody_with_a_password_alone_lists_nothing(
    client: FlaskClient, customer: User, outbox: list[EmailMessage]
) -> None:
    reset(client, customer, outbox)
    assert "This ended, too" not in outbox[-1].body


def test_reset_ends_other_sessions_and_what_stays_signed_in(
    app: Flask, client: FlaskClient, customer: User, outbox: list[EmailMessage]
) -> None:
    thief = app.test_client()
    thief.post("/login", data={"email": customer.email, "password": PASSWORD, "remember": "y"})
    assert thief.get("/account/security").status_code == 200
    reset(client, customer, outbox)
    assert thief.get("/account/security").status_code == 302
    thief.delete_cookie("session")
    assert thief.get("/account/security").status_code == 302


# M3


class Statements:
    """What is asked of the database, and what is left for after the answer."""

    def __init__(self, app: Flask) -> None:
        self.sent: list[str] = []
        self.jobs: list[str] = []
        app.extensions["afterwards"] = lambda job, _argument, _url: self.jobs.append(job.__name__)
        event.listen(db.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        self.sent.append(statement)


@pytest.mark.parametrize("url", ["/register", "/confirm", "/reset", "/login/way-in"])
def test_request_does_the_same_whoever_has_the_address(
    app: Flask, client: FlaskClient, customer: User, url: str
) -> None:
    left_by_an_earlier_release()

    def done(email: str) -> tuple[int, list[str], list[str], str]:
        before = Statements(app)
        answer = client.post(url, data={"email": email})
        page = client.get(answer.location).text if answer.location else answer.text
        words = text_of(next(e for e in elements(parse(page), "main")))
        return answer.status_code, [*before.sent], before.jobs, words.replace(email, "")

    done(
        "first@acme.test"
    )  # what is asked of the database once a process, and what is compiled, is out of the way
    unknown = done("nobody@acme.test")
    assert [statement for statement in unknown[1] if "users" in statement] == []
    assert len(unknown[2]) == 1
    assert done(customer.email) == unknown
    assert done(VICTIM) == unknown


def test_who_is_mailed_what(client: FlaskClient, customer: User, outbox: list[EmailMessage]) -> None:
    for url in ("/register", "/confirm", "/reset"):
        for email in (customer.email, "nobody@acme.test"):
            client.post(url, data={"email": email})
    exists, opens, new = (
        "You have a sign-in at Nameplate already",
        "Open your account at Nameplate",
        "Choose a new password for Nameplate",
    )
    assert [(mail.to[0], mail.subject) for mail in outbox] == [
        (customer.email, exists),
        ("nobody@acme.test", opens),
        (customer.email, exists),
        ("nobody@acme.test", opens),
        (customer.email, new),
    ]


def test_sign_in_that_is_switched_off_is_mailed_nothing(client: FlaskClient, customer: User) -> None:
    customer.active = False
    db.session.commit()
    for url in ("/register", "/confirm", "/reset"):
        client.post(url, data={"email": customer.email})


# M4


@pytest.mark.parametrize("name", [name for name in WORDS if name.startswith("SECURITY_MSG_")])
def test_message_has_no_placeholder_that_is_not_filled_in(name: str) -> None:
    """Flask-Security fills in what its own sentence has, and a KeyError answers everything else."""
    [original, _category] = _default_messages[name.removeprefix("SECURITY_MSG_")]
    placeholders = re.compile(r"%\((\w+)\)")
    assert set(placeholders.findall(str(WORDS[name][0]))) <= set(placeholders.findall(str(original)))


@pytest.mark.parametrize("name", [name for name, (_, category) in WORDS.items() if category == "error"])
def test_message_of_an_error_says_what_to_do(name: str) -> None:
    verbs = ["Add", "Ask", "Check", "Choose", "Copy", "Enter", "Load", "Open", "Sign", "Try", "Wait", "Write"]
    assert {re.sub(r"\W", "", word) for word in str(WORDS[name][0]).split()} & set(verbs)


@pytest.mark.parametrize(
    ("kind", "after", "sentence"),
    [
        ("confirm", timedelta(days=2, hours=1), "That link is older than 2 days. Ask for a new one here."),
        ("reset", timedelta(days=1, hours=1), "That link is older than 1 day. Ask for a new one here."),
        ("invitation", timedelta(days=8), "This invitation was withdrawn, used, or is older than 7 days."),
    ],
)
def test_expired_link_says_so(
    app: Flask,
    client: FlaskClient,
    customer: User,
    account: Account,
    kind: str,
    after: timedelta,
    sentence: str,
) -> None:
    link = all_links(app, customer, account)[kind]
    sent = {"password": HERS, "password_confirm": HERS, "account_name": "X"}
    with time_machine.travel(utcnow() + after, tick=False):
        for do in (client.get, client.post):
            answer = do(link, data=sent if do == client.post else None)
            assert answer.status_code in {302, 303, 404}
            page = client.get(answer.location) if answer.location else answer
            assert sentence in text_of(parse(page.text))


@pytest.mark.parametrize("kind", ["agree", "stop"])
def test_links_without_an_end_work_for_years(
    app: Flask, client: FlaskClient, customer: User, account: Account, kind: str
) -> None:
    link = all_links(app, customer, account)[kind]
    with time_machine.travel(utcnow() + timedelta(days=1000), tick=False):
        assert client.get(link).status_code == 200


def test_expired_setting_up_says_so(client: FlaskClient, customer: User) -> None:
    sign_in(client, customer)
    sent = {"code": "000000", "state": state_in(client.get(TWO_FACTOR).text)}
    with time_machine.travel(utcnow() + timedelta(minutes=31), tick=False):
        answer = client.post(TWO_FACTOR, data=sent, follow_redirects=True)
    assert "Setting up took too long." in answer.text


@pytest.mark.parametrize("kind", ["confirm", "reset", "invitation", "agree", "stop"])
@pytest.mark.parametrize("spoil", ["{}x", "x{}", "x", "a.b.c", "{}.x"])
def test_link_that_is_not_whole_opens_nothing(
    app: Flask,
    client: FlaskClient,
    customer: User,
    account: Account,
    kind: str,
    spoil: str,
) -> None:
    link = all_links(app, customer, account)[kind]
    before, token, after = re.split(r"((?<=/)[\w.-]{30,})", link)
    spoiled = f"{before}{spoil.format(token)}{after}"
    sent = {"password": HERS, "password_confirm": HERS, "account_name": "X"}
    kept = rows()
    assert {client.get(spoiled).status_code, client.post(spoiled, data=sent).status_code} <= {302, 404}
    assert rows() == kept


# L4


def security_urls(app: Flask) -> list[str]:
    return sorted(
        {
            re.sub(r"<\w+>", "token", rule.rule)
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("security.") and "POST" in (rule.methods or set())
        }
    )


@pytest.mark.parametrize(
    ("body", "signed_in"),
    [
        *((body, False) for body in ('"x"', "NaN", "[" * 5000, '{"email": {"a": []}}')),
        ('{"email": "x"}', True),
    ],
)
def test_nothing_but_forms_is_taken(
    app: Flask, client: FlaskClient, customer: User, body: str, signed_in: bool
) -> None:
    if signed_in:
        sign_in(client, customer)
    urls = security_urls(app)
    assert "/login" in urls
    for url in urls:
        for kind in ("application/json", "application/vnd.api+json", "text/plain"):
            answer = client.post(url, data=body, content_type=kind)
            assert answer.status_code == 415, (url, kind)
            assert client.get(url, data=body, content_type=kind).status_code in {405, 415}, (url, kind)


def test_no_answer_is_json_and_no_token_is_given(client: FlaskClient, customer: User) -> None:
    sent = {"email": customer.email, "password": PASSWORD}
    answer = client.post("/login?include_auth_token", data=sent, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (302, "text/html")
    page = client.get("/account/security", headers={"Accept": "application/json"})
    assert page.mimetype == "text/html"


def test_token_of_flask_security_opens_nothing(app: Flask, client: FlaskClient, customer: User) -> None:
    with app.test_request_context():
        token = str(customer.get_auth_token())
    for url in (
        "/account/password",
        "/verify",
        "/account/security/passkeys",
        "/account/security",
        "/domains",
    ):
        assert client.get(url, headers={"Authentication-Token": token}).status_code == 302, url
        assert client.get(f"{url}?auth_token={token}").status_code == 302, url


# L7


@pytest.mark.parametrize(
    "password",
    ["password1234", "passwordpassword", "aaaaaaaaaaaa", "123456789012", "qwertyuiopas"],
)
def test_password_that_is_easy_to_guess_is_refused_everywhere(
    app: Flask, client: FlaskClient, customer: User, outbox: list[EmailMessage], password: str
) -> None:
    sentence = "That password is easy to guess. Choose three or four words that do not belong together."
    ask(client)
    assert sentence in open_account(client, link_in(outbox[0]), password=password).text
    client.post("/reset", data={"email": customer.email})
    twice = {"password": password, "password_confirm": password}
    assert sentence in client.post(link_in(outbox[1], "/reset/"), data=twice).text
    sign_in(client, customer)
    changed = {"password": PASSWORD, "new_password": password, "new_password_confirm": password}
    assert sentence in client.post("/account/password", data=changed).text


@pytest.mark.parametrize("password", [VICTIM, VICTIM.upper(), "nameplatelena"])
def test_password_made_of_the_address_is_refused(
    client: FlaskClient, outbox: list[EmailMessage], password: str
) -> None:
    ask(client)
    assert (
        "That password is easy to guess." in open_account(client, link_in(outbox[0]), password=password).text
    )


@pytest.mark.parametrize(
    "password", [HERS, PASSWORD, "kJ8s_2nV0pQx", "élan 😀 sept vélos", " ".join(WORDS)[:128]]
)
def test_password_that_is_hard_to_guess_is_taken(
    client: FlaskClient, outbox: list[EmailMessage], password: str
) -> None:
    ask(client)
    assert open_account(client, link_in(outbox[0]), password=password).location == "/domains"


@pytest.mark.parametrize("length", [129, 5_000, 70_000])
def test_password_without_end_is_no_fault_of_ours(client: FlaskClient, customer: User, length: int) -> None:
    endless = "x" * length
    for email in (customer.email, "nobody@acme.test"):
        assert client.post("/login", data={"email": email, "password": endless}).status_code == 413
    sign_in(client, customer)
    changed = {"password": endless, "new_password": HERS, "new_password_confirm": HERS}
    for url in ("/verify", "/account/password"):
        assert client.post(url, data=changed).status_code == 413


# ux.md A11


def problems(page: str) -> list[str]:
    summary = next(one for one in elements(parse(page), "div") if one.get("class") == "problems")
    return [text_of(one) for one in elements(summary, "li")]


def test_right_password_of_somebody_unproven_is_told_to_confirm(
    client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    left_by_an_earlier_release()
    page = client.post("/login", data={"email": VICTIM, "password": HIS}).text
    assert problems(page) == [
        "Your e-mail address is not confirmed yet. Open the link in the e-mail we sent, or ask for a new one."
    ]
    form = next(e for e in elements(parse(page), "form") if e.get("action") == "/confirm")
    client.post("/confirm", data={e.get("name", ""): e.get("value", "") for e in elements(form, "input")})
    assert outbox[0].to == [VICTIM]


def test_wrong_password_of_somebody_unproven_tells_nothing(client: FlaskClient) -> None:
    left_by_an_earlier_release()
    known = client.post("/login", data={"email": VICTIM, "password": HERS}).text
    unknown = client.post("/login", data={"email": "nobody@acme.test", "password": HERS}).text
    assert problems(known) == problems(unknown)
    assert "not confirmed" not in known


def test_switched_off_is_told_to_whoever_knows_the_password(client: FlaskClient, customer: User) -> None:
    customer.active = False
    db.session.commit()
    page = client.post("/login", data={"email": customer.email, "password": PASSWORD}).text
    assert problems(page) == ["This sign-in is switched off. Ask whoever runs this installation."]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, ["Enter your e-mail address.", "Enter your password."]),
        ({"password": "x"}, ["Enter your e-mail address."]),
        ({"email": VICTIM}, ["Enter your password."]),
    ],
)
def test_empty_form_says_what_is_missing(client: FlaskClient, sent: dict[str, str], said: list[str]) -> None:
    assert problems(client.post("/login", data=sent).text) == said


@pytest.mark.parametrize("url", ["/register", "/confirm", "/reset"])
def test_door_without_an_address_says_so(client: FlaskClient, url: str) -> None:
    page = client.post(url, data={"email": " "})
    assert (page.status_code, problems(page.text)) == (422, ["Enter your e-mail address."])
    assert problems(client.post(url, data={"email": "x"}).text) == [
        "Enter an e-mail address, like name@example.com."
    ]


# L1


@pytest.mark.parametrize("url", ["/login", "/register", "/reset", "/confirm", "/login/passkey", "/domains"])
def test_no_page_is_kept_by_a_browser(client: FlaskClient, url: str) -> None:
    assert client.get(url).headers["Cache-Control"] == "no-store"


def test_pages_about_how_to_sign_in_are_not_kept(client: FlaskClient, customer: User) -> None:
    make_account("Other")
    make_user(email="other@acme.test")
    sign_in(client, customer)
    for url in ("/account/password", "/verify", "/account/security/passkeys", "/account/security"):
        assert client.get(url).headers["Cache-Control"] == "no-store", url
