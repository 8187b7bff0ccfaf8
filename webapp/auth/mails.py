"""The mails that a page sends itself: to confirm an address, to choose a password, to invite.

They hold keys that work for a short time, so they are never kept anywhere to be sent later.
"""

from __future__ import annotations

import smtplib
from typing import Any

import structlog
from flask import Response, after_this_request, g
from flask_security import MailUtil

from webapp.extensions import db
from webapp.health import status
from webapp.models import utcnow
from webapp.runtime.afterwards import is_afterwards

log = structlog.get_logger(__name__)


class Mails(MailUtil):
    """Of Flask-Security's, except that a mail server in trouble is no fault of the page.

    What the person asked for is done, and asking for the mail once more is on the same page. The answer does not tell
    whether a mail could be sent, because that would tell whether somebody has an account.
    """

    def send_mail(self, template: str, subject: str, recipient: Any, *given: Any, **context: Any) -> None:
        g.mail_refused = False
        try:
            super().send_mail(template, subject, recipient, *given, **context)
        except smtplib.SMTPRecipientsRefused as err:
            _refused(template, err)
        except (smtplib.SMTPException, OSError) as err:
            _refused(template, err)
            _note(f"The mail server did not take a mail: {err}")


def was_refused() -> bool:
    """Whether the mail server refused the last mail of this request."""
    return bool(g.get("mail_refused"))


def _note(sentence: str) -> None:
    """After the page's own transaction, whatever becomes of that."""

    def note(response: Response | None) -> Response | None:
        status.note_trouble(status.Component.MAIL, sentence, utcnow())
        db.session.commit()
        return response

    if is_afterwards():
        note(None)
    else:
        after_this_request(note)


def _refused(template: str, err: Exception) -> None:
    g.mail_refused = True
    log.warning("mail.refused", template=template, reason=str(err))
