"""What people do while they sign in and up: open links, set two-factor sign-in up, have passkeys."""

from __future__ import annotations

import re
import time

from flask.testing import FlaskClient
from flask_mailman import EmailMessage
from passlib.totp import TOTP  # type: ignore[import-untyped]

from tests.page_lint import elements, parse, text_of
from webapp.extensions import db
from webapp.models import User, WebAuthn, utcnow


def link_in(mail: EmailMessage, part: str = "/confirm/") -> str:
    url = next(word for word in str(mail.body).split() if part in word)
    return url[url.index(part) :]


def passkey_of(user: User, name: str = "Laptop") -> WebAuthn:
    key = WebAuthn(
        user_id=user.id,
        credential_id=name.encode(),
        public_key=b"2",
        backup_state=False,
        device_type="single_device",
        lastuse_datetime=utcnow().replace(tzinfo=None),
        name=name,
        usage="first",
    )
    db.session.add(key)
    return key


TWO_FACTOR = "/account/security/two-factor"


def enrol(client: FlaskClient) -> tuple[TOTP, list[str]]:
    """Set two-factor sign-in up as a person does; the app and the recovery codes."""
    page = client.get(TWO_FACTOR).text
    app = TOTP(key_in(page))
    done = client.post(TWO_FACTOR, data={"code": app.generate().token, "state": state_in(page)})
    assert done.status_code == 200, done.text
    return app, re.findall(r"<code>([0-9a-f-]{14})</code>", done.text)


def state_in(page: str) -> str:
    """The signed key that the form sends back."""
    return next(e.get("value", "") for e in elements(parse(page), "input") if e.get("name") == "state")


def key_in(page: str) -> str:
    return next(text_of(e) for e in elements(parse(page), "code") if "key" in e.get("class", ""))


def next_code(app: TOTP) -> str:
    """The one after the code of now, which was used up by setting the app up."""
    return str(app.generate(time.time() + 30).token)


def wrong_code(app: TOTP) -> str:
    """One that is not right within minutes of now: a code that is always the same is right for some keys."""
    right = {app.generate(time.time() + 30 * steps).token for steps in range(-10, 11)}
    return next(code for code in map("{:06}".format, range(len(right) + 1)) if code not in right)
