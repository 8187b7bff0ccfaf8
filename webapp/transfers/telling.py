"""Who gets an e-mail about a transfer, and what it says.

`claim` and `settle` touch the database; between them the task talks to the mail server. An e-mail may be sent twice
when a worker is killed, or when the server breaks off halfway; the copy has the same Message-ID.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr

from webapp.config.settings import Settings
from webapp.extensions import db
from webapp.jobs.leases import BackOff, Job
from webapp.messages.formatting import clock, one_line, shown
from webapp.models import DomainTransfer, LLMClientCustomDomain, TransferState
from webapp.transfers import queries
from webapp.transfers.offers import giver_of

#: How long a mail server in trouble is tried.
PATIENCE = 60
_BACK_OFF = BackOff(first=30, most=7200, factor=2)
JOB = Job(
    DomainTransfer.id,
    DomainTransfer.tell_at,
    lease=timedelta(minutes=10),
    longest=lambda: timedelta(seconds=_BACK_OFF.most),
)


@dataclass(frozen=True)
class Told:
    """One e-mail. `by_stranger`: its reader never agreed to get it, so that its limits hold."""

    address: str
    subject: str
    paragraphs: tuple[str, ...]
    message_id: str
    by_stranger: bool = False


def due(now: datetime, limit: int = 200) -> Sequence[int]:
    return JOB.due_ids(now, limit)


def claim(transfer_id: int, now: datetime, settings: Settings) -> tuple[datetime, Sequence[Told]] | None:
    """The lease, and the e-mails of the state that the transfer is in. None when another worker has it."""
    lease = JOB.claim(transfer_id, now)
    if lease is None:
        return None
    transfer = db.session.get_one(DomainTransfer, transfer_id, populate_existing=True)
    return lease, list(_emails(transfer, settings))


def settle(transfer_id: int, lease: datetime, now: datetime, *, again: bool) -> None:
    """`again`: the mail server was in trouble. Nothing is written when the lease was lost, or the state changed."""
    transfer = db.session.get(DomainTransfer, transfer_id, populate_existing=True, with_for_update=True)
    if transfer is None or transfer.tell_at != lease:
        return
    transfer.tell_attempts += 1
    tried = transfer.tell_attempts
    transfer.tell_at = now + _BACK_OFF.pause(tried) if again and tried < PATIENCE else None
    db.session.flush()


def _emails(transfer: DomainTransfer, settings: Settings) -> Sequence[Told]:
    domain: LLMClientCustomDomain = transfer.custom_domain
    name, to, giver = shown(domain.domain_name), transfer.to, giver_of(transfer)
    givers = queries.owners_of(transfer.from_account_id)
    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    match transfer.state:
        case TransferState.OFFERED:
            until = clock(transfer.expires_at)
            mine = (
                f"{transfer.offered_by} offered {name} to {to}. It moves if an owner there accepts until {until}.",
                "Withdraw the offer if that is not right.",
            )
            theirs = (
                f"{transfer.offered_by} offers {name} to you, from {giver}.",
                f"If you accept until {until}, it moves to your account with its records and certificate.",
                "It is served all the time.",
                "If you do not know why, refuse the offer or leave it.",
            )
            return [
                *_to(transfer, givers, f"Offered: {name} may move to {to}", mine, settings),
                *_to(
                    transfer,
                    queries.receivers_of(transfer),
                    f"Offered to you: {name}",
                    theirs,
                    settings,
                    by_stranger=True,
                ),
            ]
        case TransferState.ACCEPTED:
            mine = (
                f"{name} moved from your account {giver} to the account of {to}.",
                "Your LLM client is not reached there any more, and goes on at its own address.",
            )
            theirs = (f"{name} moved to your account from {giver}.", "It was served all the time.")
            receivers = queries.owners_of(transfer.to_account_id) if transfer.to_account_id else ()
            others = [one for one in givers if one not in receivers]
            return [
                *_to(transfer, others, f"Moved away: {name}", mine, settings),
                *_to(transfer, receivers, f"Moved to you: {name}", theirs, settings),
            ]
        case TransferState.REFUSED:
            mine = (f"The offer of {name} to {to} was refused.", "The domain stays as it is.")
            return _to(transfer, givers, f"Refused: {name} stays in your account", mine, settings)
        case TransferState.WITHDRAWN:
            theirs = (f"{giver} does not offer {name} to you any more.", "Nothing is needed from you.")
            receivers = queries.receivers_of(transfer)
            return _to(
                transfer, receivers, f"Withdrawn: the offer of {name}", theirs, settings, by_stranger=True
            )
        case TransferState.ENDED:
            return []


def _to(
    transfer: DomainTransfer,
    addresses: Sequence[str],
    subject: str,
    paragraphs: tuple[str, ...],
    settings: Settings,
    *,
    by_stranger: bool = False,
) -> list[Told]:
    lines = tuple(map(one_line, paragraphs))
    return [
        Told(one, one_line(subject), lines, _message_id(transfer, one, settings), by_stranger=by_stranger)
        for one in addresses
    ]


def _message_id(transfer: DomainTransfer, address: str, settings: Settings) -> str:
    host = parseaddr(settings.mail_from)[1].rpartition("@")[2] or "localhost"
    which = hashlib.sha256(f"{transfer.state} {address}".encode()).hexdigest()[:16]
    written = f"{transfer.created_at.timestamp():.6f}"
    return f"<{settings.installation_id}.transfer.{transfer.id}.{written}.{which}@{host}>"
