"""E-mails that a page sends at once: to confirm an address, to choose a password, to invite.

They carry secret links that expire soon, so that they are never stored to be sent later.
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Sequence
from typing import Any

import structlog
from flask import Response, after_this_request, g, render_template
from flask_security import MailUtil

from webapp.extensions import db
from webapp.health import status
from webapp.models import Message
from webapp.runtime.requests.afterwards import is_afterwards

log = structlog.get_logger(__name__)

_BLANK_LINES = re.compile(r"\n\s*\n")


class Mails(MailUtil):
    """Flask-Security's mailer, except that trouble with the mail server does not fail the page.

    The request has been done, and the same page lets people ask for the e-mail again. The answer does not tell
    whether an e-mail was sent, because that would tell whether the address has an account.
    """

    def send_mail(self, template: str, subject: str, recipient: Any, *given: Any, **context: Any) -> None:
        sender, body, html = given
        g.mail_refused = False
        html = html or as_html(subject, body)
        try:
            super().send_mail(template, subject, recipient, sender, body, html, **context)
        except smtplib.SMTPRecipientsRefused as err:
            _refused(template, err)
        except (smtplib.SMTPException, OSError) as err:
            _refused(template, err)
            _note(Message("mail.refused", {"said": str(err)}))


def as_html(subject: str, text: str) -> str:
    """The same e-mail for a telephone, on which lines of a fixed length break twice. What follows the line “--” is
    its foot.
    """
    said, _, foot = text.partition("\n--\n")
    parts = [part.strip().splitlines() for part in _BLANK_LINES.split(said.strip())]
    return render_template(
        "mail/plain.html", subject=subject, parts=parts, foot=foot.strip().splitlines(), is_table=_is_table
    )


def _is_table(lines: Sequence[str]) -> bool:
    """Words and values in two columns. A name that somebody typed with blanks in it is none."""
    return len(lines) > 1 and all("  " in line for line in lines)


def was_refused() -> bool:
    """Whether the mail server refused the last e-mail of this request."""
    return bool(g.get("mail_refused"))


def _note(problem: Message) -> None:
    """Note the outcome after the request, in a transaction of its own, so that it is kept if the page's one fails."""

    def note(response: Response | None) -> Response | None:
        status.note(status.Component.MAIL, status.Fails(problem))
        db.session.commit()
        return response

    if is_afterwards():
        note(None)
    else:
        after_this_request(note)


def _refused(template: str, err: Exception) -> None:
    g.mail_refused = True
    log.warning("mail.refused", template=template, reason=str(err))
