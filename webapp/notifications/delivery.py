"""An e-mail as a MIME message, and the mail server's answer to it as one of the outbox's outcomes."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from flask import current_app, render_template
from flask_mailman import EmailMultiAlternatives

from webapp.auth.links import STOP, signed
from webapp.extensions import mail, settings
from webapp.messages.formatting import one_line, shown
from webapp.models import Message
from webapp.notifications.parcels import Outcome, Parcel, Refused, Sent, ServerTrouble
from webapp.runtime.public_url import own_address

#: Reply codes that concern this mailbox alone (RFC 5321, 4.2.3), unless the text begins with “5.7”, a policy.
_NO_SUCH_MAILBOX = {550, 551, 552, 553}
_SHUTTING_DOWN = 421


class MailConnection:
    """One connection to the mail server for all e-mails of a run. The first e-mail opens it."""

    def __init__(self) -> None:
        self._connection: Any = mail.get_connection()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            self._connection.close()
        except OSError:
            # The e-mails have been accepted by now, so an error while closing changes nothing.
            return

    @property
    def raw(self) -> Any:
        """What a message is given as its connection."""
        return self._connection

    def send(self, parcel: Parcel) -> Outcome:
        return self.deliver(lambda: message(parcel, self._connection))

    def deliver(self, write: Callable[[], EmailMultiAlternatives]) -> Outcome:
        """Write the message and send it to its one mailbox."""
        try:
            self._connection.open()
            write().send()
        except smtplib.SMTPRecipientsRefused as err:
            code, text = next(iter(err.recipients.values()))
            return _refusal(code, text)
        except smtplib.SMTPDataError as err:
            return _refusal(err.smtp_code, err.smtp_error)
        except OSError as err:
            params = {"server": _server(), "said": one_line(str(err))}
            return ServerTrouble(Message("mail.not-taken", params))
        except ValueError as err:
            return Refused(Message("mail.unwritable", {"said": one_line(str(err))}), final=True)
        return Sent()


def _server() -> str:
    parts = urlsplit(settings().mail_url)
    return parts.netloc.rpartition("@")[2] or parts.scheme


def _refusal(code: int, text: bytes | str) -> Outcome:
    said = one_line(text.decode(errors="replace") if isinstance(text, bytes) else text)[:300]
    problem = Message("mail.answered", {"server": _server(), "reply": code, "said": said})
    if code == _SHUTTING_DOWN:
        return ServerTrouble(problem)
    return Refused(problem, final=code in _NO_SUCH_MAILBOX and not said.startswith("5.7"))


def message(parcel: Parcel, connection: Any = None) -> EmailMultiAlternatives:
    """The e-mail as plain text and simple HTML. Raises `ValueError` for an invalid address or header."""
    words, path = _page(parcel)
    facts = {
        "email": parcel.text,
        "words": words,
        "link": own_address(settings()) + path,
        **_why_and_how_to_stop(parcel),
    }
    return EmailMultiAlternatives(
        subject=parcel.text.subject,
        body=render_template("mail/email.txt", **facts),
        to=[parcel.address],
        alternatives=[(render_template("mail/email.html", **facts), "text/html")],
        headers={"Message-ID": parcel.message_id, "Auto-Submitted": "auto-generated"},
        connection=connection,
    )


def _why_and_how_to_stop(parcel: Parcel) -> dict[str, str]:
    """Why one gets it, the words of the link that stops it, and the link."""
    routes, here = current_app.url_map.bind(""), own_address(settings())
    if parcel.stop_code is None:
        return {
            "why": f"You get this as a member of {parcel.account}, because {shown(parcel.host)} has changed.",
            "how": "Switch these e-mails off for yourself",
            "stop": here + routes.build("notifications.index"),
        }
    why = f"{parcel.account} asked that this address be told of its domains, and somebody here agreed."
    stop = routes.build("notifications.stop", {"token": signed(STOP, parcel.stop_code)})
    return {"why": f"You get this because {why}", "how": "End these e-mails", "stop": here + stop}


def _page(parcel: Parcel) -> tuple[str, str]:
    """The words and the path of the link: the domain's page, else the list.

    The URL map is bound here, because a worker has no request, which `url_for` would need.
    """
    routes = current_app.url_map.bind("")
    if parcel.domain_id is None:
        return "See your domains", routes.build("domains.index")
    return f"Open the page of {shown(parcel.host)}", routes.build(
        "domains.show", {"domain_id": parcel.domain_id}
    )
