"""Offers of a domain to another account: made, withdrawn, refused. Accepting one is in `webapp.transfers.moving`.

Nobody looks the receiving side up for the giving one: whether an account or a person with that address exists, the
answer to an offer is the same.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import IntegrityError

from webapp.audit.log import SYSTEM, Actor, note, note_account
from webapp.domains.locks import lock_domain
from webapp.extensions import db
from webapp.messages.formatting import one_line, shown
from webapp.models import (
    Account,
    ActorKind,
    DomainTransfer,
    EventKind,
    LLMClientCustomDomain,
    Message,
    TransferState,
)
from webapp.transfers.rules import NotMoved, refusal_to_leave

LASTS = timedelta(days=7)
#: How many offers of an account can be open at a time.
MOST = 100
#: How many an account can make: the receiving side hears of each, and of each that is withdrawn.
AN_HOUR = "30 per hour"
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_DIGITS = 12


def offer(
    domain: LLMClientCustomDomain, to: str, *, actor: Actor, now: datetime
) -> DomainTransfer | NotMoved:
    """Offer the domain to whoever `to` is: the number of an account, or the e-mail address of an owner of one."""
    email, number = _address_in(to), _number_in(to)
    if email is None and number is None:
        sentence = (
            "Enter an account number like 1234-5678-9012, or the e-mail address of an owner of the account."
        )
        return NotMoved("to-unreadable", sentence, "to")
    if not lock_domain(domain):
        return _elsewhere(domain)
    refusal = refusal_to_leave(domain) or _too_many(domain, now)
    if refusal is not None:
        return refusal
    if number == domain.account.number:
        name = shown(domain.domain_name)
        return NotMoved("same-account", f"{name} is in the account with this number already.", "to")
    end_open([domain.id], now, DomainTransfer.expires_at <= now)
    transfer = DomainTransfer(
        custom_domain=domain,
        from_account_id=domain.account_id,
        to_email=email,
        to_number=number,
        state=TransferState.OFFERED,
        offered_by=actor.name,
        expires_at=now + LASTS,
        tell_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(transfer)
    except IntegrityError:
        sentence = f"{shown(domain.domain_name)} is offered to somebody already. Withdraw that offer first."
        return NotMoved("offered-already", sentence)
    told = {"name": domain.domain_name, "to": transfer.to}
    note(domain, EventKind.TRANSFER_OFFERED, Message("transfer.offered", told), actor)
    _tell_receiver(transfer, EventKind.TRANSFER_OFFERED, "transfer.offered-here")
    db.session.flush()
    return transfer


def _elsewhere(domain: LLMClientCustomDomain) -> NotMoved:
    return NotMoved("domain-gone", f"{shown(domain.domain_name)} has moved to another account.")


def _address_in(to: str) -> str | None:
    text = one_line(to).strip().lower()
    return text if _ADDRESS.fullmatch(text) else None


def _number_in(to: str) -> str | None:
    digits = re.sub(r"[\s-]", "", to)
    if len(digits) != _DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def _too_many(domain: LLMClientCustomDomain, now: datetime) -> NotMoved | None:
    mine = DomainTransfer.from_account_id == domain.account_id, *_open(now)
    if (db.session.scalar(select(func.count()).where(*mine)) or 0) < MOST:
        return None
    return NotMoved(
        "too-many-offers", f"{MOST} offers of this account are open, which is the most at a time."
    )


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return DomainTransfer.state == TransferState.OFFERED, DomainTransfer.expires_at > now


def end_open(domain_ids: list[int], now: datetime, *conditions: ColumnElement[bool]) -> None:
    """End the offers of these domains without a decision."""
    offered = DomainTransfer.state == TransferState.OFFERED, DomainTransfer.custom_domain_id.in_(domain_ids)
    ended = update(DomainTransfer).where(*offered, *conditions)
    ended = ended.values(state=TransferState.ENDED, decided_at=now, tell_at=None)
    db.session.execute(ended.execution_options(synchronize_session="fetch"))


def decide(
    transfer: DomainTransfer, state: TransferState, by: Actor, now: datetime, account: Account | None = None
) -> bool:
    """Write a decision, by a compare-and-set: of two at the same moment, one gets True. `account`: the receiving
    one.
    """
    change = update(DomainTransfer).where(DomainTransfer.id == transfer.id, *_open(now))
    values: dict[str, object] = {
        "state": state,
        "decided_by": by.name,
        "decided_at": now,
        "tell_at": now,
        "tell_attempts": 0,
    }
    if account is not None:
        values["to_account_id"] = account.id
    done = db.session.execute(change.values(values).execution_options(synchronize_session=False))
    db.session.refresh(transfer)
    return bool(done.rowcount)  # type: ignore[attr-defined]


def over(transfer: DomainTransfer) -> NotMoved:
    """What whoever comes too late is told."""
    name = shown(transfer.custom_domain.domain_name)
    words = {
        TransferState.ACCEPTED: "was accepted",
        TransferState.REFUSED: "was refused",
        TransferState.WITHDRAWN: "was withdrawn",
    }
    return NotMoved("offer-over", f"The offer of {name} {words.get(transfer.state, 'is over')}.")


def withdraw(transfer: DomainTransfer, *, actor: Actor, now: datetime) -> NotMoved | None:
    if not decide(transfer, TransferState.WITHDRAWN, actor, now):
        return over(transfer)
    told = {"name": transfer.custom_domain.domain_name, "to": transfer.to}
    note(transfer.custom_domain, EventKind.TRANSFER_WITHDRAWN, Message("transfer.withdrawn", told), actor)
    _tell_receiver(transfer, EventKind.TRANSFER_WITHDRAWN, "transfer.withdrawn-here")
    db.session.flush()
    return None


def refuse(transfer: DomainTransfer, account: Account, *, actor: Actor, now: datetime) -> NotMoved | None:
    """`account`: the one whose owner refuses."""
    if not decide(transfer, TransferState.REFUSED, actor, now, account):
        return over(transfer)
    domain: LLMClientCustomDomain = transfer.custom_domain
    told = {"name": domain.domain_name, "to": transfer.to}
    note(domain, EventKind.TRANSFER_REFUSED, Message("transfer.refused", told), other_side(transfer))
    here = {"name": domain.domain_name, "from": giver_of(transfer)}
    note_account(account, EventKind.TRANSFER_REFUSED, Message("transfer.refused-here", here), actor)
    db.session.flush()
    return None


def other_side(transfer: DomainTransfer) -> Actor:
    """Who decided, as far as the giving account knows: whom it offered the domain to."""
    return Actor(ActorKind.CUSTOMER, transfer.to)


def giver_of(transfer: DomainTransfer) -> str:
    """The giving account, as the receiving one is told of it."""
    return one_line(f"{transfer.from_account.name} ({transfer.from_account.number})")


def _tell_receiver(transfer: DomainTransfer, kind: EventKind, code: str) -> None:
    """In the history of the account with the number. An address belongs to a person, who chooses an account later."""
    if transfer.to_number is None:
        return
    living = Account.number == transfer.to_number, Account.deleted_at.is_(None)
    account = db.session.scalar(select(Account).where(*living))
    if account is not None:
        told = {"name": transfer.custom_domain.domain_name, "from": giver_of(transfer)}
        note_account(account, kind, Message(code, told), SYSTEM)
