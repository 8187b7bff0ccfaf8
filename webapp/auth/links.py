"""Links in e-mails, each for one purpose, and the e-mails that carry them.

What is signed names the row by its random code, so that deleting the row ends the link; the purpose is the salt, so
that a link for one thing is none for another. A link that is only opened changes nothing: programs that look
through mail open links, too.
"""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, url_for
from flask_security.recoverable import generate_reset_link, send_reset_password_instructions
from flask_security.utils import send_mail
from itsdangerous import BadSignature, SignatureExpired, URLSafeSerializer, URLSafeTimedSerializer

from webapp.auth.mails import was_refused
from webapp.messages.formatting import period
from webapp.messages.quotes import quoted
from webapp.models import Invitation, NotificationAddress, User

INVITATION, AGREE, STOP, SIGN_UP = "invitation", "agree-to-mails", "stop-mails", "sign-up"
NEVER, WAY_IN, KNOWN_BROWSER = "never-again", "way-in", "known-browser"
SIGN_UP_LASTS = timedelta(days=2)


def signed(purpose: str, code: str) -> str:
    return str(_serializer(purpose).dumps(code))


def code_in(purpose: str, token: str) -> str | None:
    """The code in a token; None for a token that is not ours or is for another purpose."""
    try:
        return str(_serializer(purpose).loads(token))
    except BadSignature:
        return None


def _serializer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(signing_keys(), salt=f"nameplate-{purpose}")


def signing_keys() -> list[str]:
    """As itsdangerous wants them: it signs with the last, and takes what any of them signed."""
    config = current_app.config
    return [*reversed(config["SECRET_KEY_FALLBACKS"]), config["SECRET_KEY"]]


def signed_address(email: str) -> str:
    """Of somebody who wants an account. Until the link is opened nothing about them is stored."""
    return str(_timed_serializer().dumps(email))


def address_in(token: str) -> tuple[str | None, bool]:
    """The address behind the link to an account, and whether the link is too old; None unless it holds."""
    try:
        return str(_timed_serializer().loads(token, max_age=int(SIGN_UP_LASTS.total_seconds()))), False
    except SignatureExpired:
        return None, True
    except BadSignature:
        return None, False


def _timed_serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(signing_keys(), salt=f"nameplate-{SIGN_UP}")


def tell_of_change(email: str, said: str) -> bool:
    """Tell somebody what those who run the installation did to their sign-in."""
    return send("Your sign-in at Nameplate was changed", email, "by_operator", sentence=said)


def send_new_password(user: User) -> bool:
    send_reset_password_instructions(user)  # type: ignore[no-untyped-call]
    return not was_refused()


def send_sign_up(email: str) -> bool:
    link = url_for("security.confirm_email", token=signed_address(email), _external=True)
    context = {"email": email, "link": link, "lasts": period(SIGN_UP_LASTS)}
    return send("Open your account at Nameplate", email, "welcome", **context, never=_never(email))


def reset_link(user: User) -> str:
    return str(generate_reset_link(user)[0])  # type: ignore[no-untyped-call]


def send_sign_in_exists(user: User) -> bool:
    context = {"email": user.email, "link": reset_link(user), "never": _never(user.email)}
    return send("You have a sign-in at Nameplate already", user.email, "welcome_existing", **context)


def send_invitation(invitation: Invitation) -> bool:
    link = url_for("invitations.show", token=signed(INVITATION, invitation.code), _external=True)
    account = quoted(invitation.account.name)
    subject = f"{invitation.invited_by} invites you to {account} on Nameplate"
    context = {"invitation": invitation, "account": account, "link": link}
    return send(subject, invitation.email, "invitation", **context, never=_never(invitation.email))


def send_question(address: NotificationAddress, asked_by: str) -> bool:
    agree = url_for("notifications.agree", token=signed(AGREE, address.code), _external=True)
    account = quoted(address.account.name)
    subject = f"May Nameplate mail you about the domains of {account}?"
    context = {"address": address, "account": account, "asked_by": asked_by, "link": agree}
    return send(subject, address.email, "agree", **context, never=_never(address.email))


def _never(email: str) -> str:
    return url_for("invitations.never", token=signed(NEVER, email), _external=True)


def send(subject: str, recipient: str, template: str, **context: object) -> bool:
    """Send the e-mail. False when the mail server did not take it; then the page offers another try."""
    send_mail(" ".join(subject.split()), recipient, f"security/email/{template}", **context)
    return not was_refused()
