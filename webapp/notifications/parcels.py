"""An e-mail that a worker has claimed, with everything that sending it needs, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.models import Message
from webapp.notifications.emails import EmailText


@dataclass(frozen=True)
class Parcel:
    """An e-mail that this worker has claimed until `lease`, with everything that sending it needs."""

    email_id: int
    lease: datetime
    address: str
    message_id: str
    text: EmailText
    host: str
    account: str
    #: Set for a further address: its link in the e-mail ends these e-mails. None for a member's address.
    stop_code: str | None
    #: None when the domain is removed and so has no page.
    domain_id: int | None
    #: The ids of the requests that led to the notifications.
    request_ids: tuple[str, ...]


@dataclass(frozen=True)
class Sent:
    """The mail server has accepted the e-mail."""


@dataclass(frozen=True)
class Refused:
    """The mail server refused this mailbox. `final`: for ever; else we try again."""

    problem: Message
    final: bool


@dataclass(frozen=True)
class ServerTrouble:
    """The mail server accepts no e-mail at all now."""

    problem: Message


Outcome = Sent | Refused | ServerTrouble
