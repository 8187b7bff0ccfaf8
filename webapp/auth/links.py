"""Links in mails that let somebody do one thing, and the mails that carry them.

What is signed names the row by its random code, so that deleting the row ends the link; the purpose is the salt, so
that a link for one thing is none for another.
"""

from __future__ import annotations

from flask import current_app, url_for
from flask_security.utils import send_mail
from itsdangerous import BadSignature, URLSafeSerializer

from webapp.auth.mails import was_refused
from webapp.models import Invitation, NotificationAddress
from webapp.models.free_text import quoted

INVITATION, AGREE, STOP = "invitation", "agree-to-mails", "stop-mails"
NEVER, WAY_IN, KNOWN_BROWSER = "never-again", "way-in", "known-browser"


def signed(purpose: str, code: str) -> str:
    return str(_serializer(purpose).dumps(code))


def code_in(purpose: str, token: str) -> str | None:
    """The code behind a token of ours, None for anything else."""
    try:
        return str(_serializer(purpose).loads(token))
    except BadSignature:
        return None


def _serializer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"nameplate-{purpose}")


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
    """Whether the mail server took it. When it did not, the page says so and offers another try."""
    send_mail(" ".join(subject.split()), recipient, f"security/email/{template}", **context)
    return not was_refused()
