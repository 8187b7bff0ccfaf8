"""Every page there is, and who can open it. Nothing is asked of DNS or AWS."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, abort
from flask.testing import FlaskClient
from flask_security.recoverable import generate_reset_password_token
from flask_wtf.csrf import CSRFError
from playwright.sync_api import Browser, BrowserContext, Page, Response
from sqlalchemy import select
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from tests.app_fixtures import make_app
from tests.browser.gallery_data import NEW_ACCOUNT, WHO, seed
from tests.browser.gallery_handover import handover_visits
from tests.browser.gallery_imports import import_visits
from tests.browser.gallery_keys import key_visits
from tests.browser.gallery_timeline import timeline_visits
from tests.browser.gallery_webhooks import webhook_visits
from tests.browser.hand import PATIENCE
from tests.dns.delegation.cases import world
from tests.factories import PASSWORD
from webapp.abuse.way_in import token_for as way_in_token
from webapp.auth import links
from webapp.domain_page.records.snippets import FORMATS
from webapp.extensions import datastore, db, security
from webapp.models import DomainState, Invitation, NotificationAddress, User

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: One page for each kind of thing that a verdict can put on it; what verdicts say is told by the same few elements.
TELLING = ("not_delegated", "mistyped", "mixed", "partial", "parent_unreachable", "stale_ds")


@dataclass(frozen=True)
class Visit:
    """One page as one of them meets it; with a `form`, it is the answer to that being sent."""

    who: str
    name: str
    path: str
    status: int = 200
    form: dict[str, str] | None = None


class Gallery:
    """The application with its data, and every visit. Ids in `shown` are of what the key says."""

    def __init__(self, directory: Path, *, every_verdict: bool = False) -> None:
        self._file = directory / "gallery.sqlite"
        self.app = make_app(
            directory,
            database_url=f"sqlite:///{self._file}",
            methods=["delegation", "records"],
            edge_domain="edge.nameplate.net",
            edge_target=["45.76.10.1"],
            edge_probes="yes",
        )
        self.app.config.update(TESTING=False, WTF_CSRF_ENABLED=False)
        self.app.extensions["dns"], _ = world()
        # Nobody is mailed, and what is sent off to a worker goes nowhere.
        self.app.extensions["afterwards"] = lambda *_: None
        self.app.extensions["celery"].conf.broker_url = "memory://"
        self.app.add_url_rule("/broken/<int:code>", "broken", _break, methods=["GET", "POST"])
        with self.app.app_context():
            db.create_all()
            self.shown = seed()
            self._key = _second_factor()
            with self.app.test_request_context():
                self.visits = [
                    *_public(),
                    *_of_the_owner(self.shown, every_verdict),
                    *_of_others(),
                    *_of_staff(self.shown),
                    *(Visit(*visit) for visit in import_visits(self.shown)),
                    *(Visit(*visit) for visit in key_visits(self.shown)),
                    *(Visit(*visit) for visit in handover_visits(self.shown)),
                    *(Visit(*visit) for visit in webhook_visits(self.shown)),
                    *(Visit(*visit) for visit in timeline_visits(self.shown)),
                ]
            db.session.remove()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """What is written to the database inside the block is undone at its end."""
        with closing(sqlite3.connect(self._file)) as ours, closing(sqlite3.connect(":memory:")) as copy:
            ours.backup(copy)
            try:
                yield
            finally:
                copy.backup(ours)

    def client(self, who: str) -> FlaskClient:
        """A browser without a screen, in which that person is signed in. The second factor can be given once."""
        client, email = self.app.test_client(), WHO[who]
        if email:
            answer = client.post("/login", data={"email": email, "password": PASSWORD})
            assert answer.status_code == 302, answer.text
        if who == "careful":
            with self.app.app_context():
                code = security.totp_factory.generate_totp_password(self._key)
            answer = client.post("/login/code", data={"code": code})
            assert answer.status_code == 302, answer.text
        return client


def _break(code: int) -> str:
    """Something goes wrong, so that its page can be looked at."""
    if code == 500:
        raise RuntimeError("on purpose")
    if code == 419:
        raise CSRFError("on purpose")
    abort(code)


def person(who: str) -> User:
    return db.session.scalars(select(User).filter_by(email=WHO[who])).one()


def _second_factor() -> str:
    user = person("careful")
    key = str(security.totp_factory.generate_totp_secret())
    datastore.tf_set(user, "authenticator", totp_secret=key)
    db.session.commit()
    return key


def _public() -> Iterator[Visit]:
    reset = generate_reset_password_token(person("stranger"))  # type: ignore[no-untyped-call]
    invitation = db.session.scalars(select(Invitation)).one()
    asked = db.session.scalars(select(NotificationAddress).filter_by(confirmed_at=None)).one()
    agree = f"/notifications/{links.signed(links.AGREE, asked.code)}/agree"
    yield Visit("anybody", "home", "/")
    yield Visit("anybody", "login", "/login")
    yield Visit("anybody", "login-wrong", "/login", form={"email": "x@acme.example", "password": "wrong"})
    yield Visit("anybody", "login-passkey", "/login/passkey")
    yield Visit("anybody", "register", "/register")
    yield Visit("anybody", "register-empty", "/register", 422, {"email": ""})
    yield Visit("anybody", "register-sent", "/register", form={"email": "x@acme.example"})
    yield Visit("anybody", "register-open", f"/confirm/{links.signed_address('new@acme.example')}")
    yield Visit("anybody", "login-way-in", "/login/way-in")
    yield Visit("anybody", "login-way-in-sent", "/login/way-in", form={"email": "x@acme.example"})
    yield Visit("anybody", "login-way-in-take", f"/login/way-in/{way_in_token(person('stranger'))}")
    yield Visit("anybody", "reset", "/reset")
    yield Visit("anybody", "reset-choose", f"/reset/{reset}")
    yield Visit("anybody", "confirm", "/confirm")
    yield Visit("anybody", "invitation", f"/invitations/{links.signed(links.INVITATION, invitation.code)}")
    never = f"/invitations/never/{links.signed(links.NEVER, invitation.email)}"
    yield Visit("anybody", "invitation-never", never)
    yield Visit("anybody", "notifications-agree", agree)
    yield Visit("anybody", "notifications-agreed", agree, form={})
    yield Visit(
        "anybody", "notifications-stop", f"/notifications/{links.signed(links.STOP, asked.code)}/stop"
    )
    yield Visit("anybody", "api", "/api/v1/")
    yield Visit("anybody", "api-problems", "/help/problems")
    yield Visit("anybody", "api-problem", "/help/problems/name-in-use")
    yield Visit("anybody", "help", "/help")
    yield Visit("anybody", "help-providers", "/help/providers")
    yield Visit("anybody", "help-provider", "/help/providers/cloudflare")
    yield Visit("anybody", "help-provider-other", "/help/providers/other")
    yield Visit("anybody", "help-verdicts", "/help/verdicts")
    yield Visit("anybody", "help-verdict", "/help/verdicts/NS_MISTYPED")
    yield Visit("anybody", "error-404", "/no-such-page", 404)
    yield Visit("anybody", "error-429", "/broken/429", 429)
    yield Visit("anybody", "error-500", "/broken/500", 500)
    yield Visit("anybody", "error-503", "/broken/503", 503)


def _of_the_owner(shown: dict[str, int], every_verdict: bool) -> Iterator[Visit]:
    def visit(name: str, path: str, status: int = 200, form: dict[str, str] | None = None) -> Visit:
        return Visit("customer", name, path, status, form)

    states = [f"state-{state}" for state in DomainState if state is not DomainState.REMOVED]
    for name in (
        *states,
        *_verdict_pages(shown, every_verdict),
        "alarm",
        "held",
        "before",
        "blocked",
        "issued",
        "first-day",
        "elsewhere",
        "leaving",
        "refused",
        "gone",
        "changed",
        "back",
        "undecided",
        "limited-hostinger",
        "limited-aws",
        *(name for name in shown if name.startswith("records-")),
        "changing",
        "changing-half",
        "watched",
    ):
        yield visit(f"domain-{name}", f"/domains/{shown[name]}")
    in_the_way = _verdict_page(shown, "record_in_the_way")
    pending, live = f"/domains/{shown[in_the_way]}", f"/domains/{shown['state-verified']}"
    for format_ in FORMATS:
        yield visit(f"domain-as-{format_}", f"{pending}?as={format_}")
    yield visit("domain-unknowing", f"/domains/{shown['before']}/acknowledgement", 422, {"known": ""})
    yield visit("domain-history", f"{live}/history")
    yield visit("domain-remove", f"{live}/remove")
    yield visit("domain-remove-slip", f"{live}/remove", 422, {"confirm": "something else"})
    yield visit("domain-removing-twice", f"/domains/{shown['state-removing']}/remove")
    yield visit("home", "/")
    yield visit("domains", "/domains")
    yield visit("domains-off", "/domains?show=off")
    yield visit("domains-none-failing", "/domains?show=failing&q=nothing-like-it")
    yield visit("domains-none-found", "/domains?q=nothing-like-it")
    yield visit("domains-register", "/domains/register")
    yield visit(
        "domains-register-refused", "/domains/register", 422, {"domain_name": "acme.com", "llm_client": ""}
    )
    yield visit(
        "domains-register-choice",
        "/domains/register",
        form={"domain_name": "acme.com", "llm_client": "", "method": ""},
    )
    yield visit(
        "domains-register-choices",
        "/domains/register",
        form={"domain_name": "free.acme.com", "llm_client": "", "method": ""},
    )
    for path in ("/llm-clients", "/llm-clients/1", "/llm-clients/2", "/llm-clients/3", "/llm-clients/new"):
        yield visit(path.strip("/").replace("/", "-"), path)
    yield visit("llm-client-delete", "/llm-clients/1/delete")
    yield visit("llm-client-delete-serving", "/llm-clients/2/delete")
    yield visit("llm-clients-refused", "/llm-clients/new", 422, {"name": ""})
    for path in ("", "/people", "/notifications", "/security", "/password", "/delete"):
        yield visit(f"account{path.replace('/', '-')}", f"/account{path}")
    yield visit("account-people-remove", f"/account/people/{shown['member']}/remove")
    yield visit("account-two-factor", "/account/security/two-factor")
    yield visit("account-passkey", "/account/security/passkeys")
    yield visit("verify", "/verify")
    yield visit("error-404", "/domains/4711", 404)
    yield visit("error-expired", "/broken/419", 400, {"name": "Sales assistant"})


def _verdict_pages(shown: dict[str, int], every: bool) -> list[str]:
    """Every case of every verdict, or the first of each telling kind."""
    verdicts = [name for name in shown if name[0].isdecimal()]
    return verdicts if every else [_verdict_page(shown, part) for part in TELLING]


def _verdict_page(shown: dict[str, int], part: str) -> str:
    """The first case of a verdict; which number it has depends on the cases before it."""
    return next(name for name in shown if name[0].isdecimal() and part in name)


def _of_others() -> Iterator[Visit]:
    yield Visit("newcomer", "home", "/")
    for path in ("/domains", "/llm-clients", "/domains/register"):
        yield Visit("newcomer", path.strip("/").replace("/", "-"), path)
    # Last, for afterwards there is nothing to see.
    yield Visit("newcomer", "account-deleted", "/account/delete", form={"number": NEW_ACCOUNT})
    yield Visit("stranger", "error-403", "/domains", 403)
    yield Visit("half-way", "login-code", "/login/code")
    yield Visit("half-way", "login-recovery-code", "/login/recovery-code")
    yield Visit("careful", "domains", "/domains")
    yield Visit("careful", "account-security", "/account/security")
    yield Visit("careful", "account-two-factor-off", "/account/security/two-factor/off")
    yield Visit("careful", "account-recovery-codes", "/account/security/recovery-codes")
    yield Visit("careful", "account-recovery-codes-new", "/account/security/recovery-codes", form={})
    yield Visit("careful", "verify-passkey", "/verify/passkey")


def _of_staff(shown: dict[str, int]) -> Iterator[Visit]:
    for path in ("", "/domains", "/moves", "/accounts", "/events", "/denied", "/system"):
        yield Visit("staff", f"overview{path.replace('/', '-')}", f"/staff{path}")
    yield Visit("staff", "overview-days", "/staff?over=days")
    yield Visit("staff", "domains-action", "/staff/domains?show=action")
    yield Visit("staff", "domains-none-found", "/staff/domains?q=nothing-like-it")
    yield Visit("staff", "account", f"/staff/accounts/{shown['account']}")
    yield Visit("staff", "denied-name", f"/staff/denied/{shown['denied']}")
    yield Visit("staff", "denied-empty", "/staff/denied", 422, {"domain_name": "", "reason": ""})
    for name in ("state-failing", "state-lapsed", "state-removing", "state-removed", "held", "leaving"):
        yield Visit("staff", f"domain-{name}", f"/staff/domains/{shown[name]}")
    yield Visit(
        "staff",
        "domain-no-reason",
        f"/staff/domains/{shown['state-failing']}/grace",
        422,
        {"reason": "", "days": "0"},
    )
    yield Visit(
        "staff", "domain-keep-no-reason", f"/staff/domains/{shown['leaving']}/keep", 422, {"reason": ""}
    )
    careful = person("careful").id
    yield Visit("staff", "people", "/staff/people")
    yield Visit("staff", "people-nobody", "/staff/people?email=nobody@acme.example")
    yield Visit("staff", "person", f"/staff/people/{careful}")
    yield Visit("staff", "person-no-reason", f"/staff/people/{careful}/tries", 422, {"reason": ""})
    yield Visit("staff", "person-second-factor", f"/staff/people/{careful}/second-factor")
    # The world of this gallery has records for this one alone.
    yield Visit("staff", "domain-inspection", f"/staff/domains/{shown['00-zone_pending']}/inspect", form={})
    yield Visit("staff", "error-404", "/staff/domains/4711", 404)


class _Whole:
    """Answers in one piece: where a browser has gone, Werkzeug's server does not close what it has begun to send, and
    an open file would be a warning in whatever test comes next.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = ClosingIterator(self._app(environ, start_response))
        try:
            return [b"".join(answer)]
        finally:
            answer.close()


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, _Whole(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()


def signed_in(browser: Browser, gallery: Gallery, url: str, who: str) -> BrowserContext:
    context = browser.new_context(base_url=url, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    cookie = gallery.client(who).get_cookie("session")
    if cookie is not None:
        context.add_cookies([{"name": "session", "value": cookie.value, "url": url}])
    return context


def go(page: Page, visit: Visit) -> Response:
    if visit.form is None:
        answer = page.goto(visit.path)
        assert answer is not None
        return answer
    with page.expect_navigation() as navigation:
        page.evaluate(SEND, [visit.path, visit.form])
    return navigation.value


#: From any page, as if it had a form with these fields.
SEND = """([action, fields]) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action });
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
}"""
