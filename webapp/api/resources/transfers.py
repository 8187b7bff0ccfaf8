"""Transfers of domains between accounts.

A key acts for its account, and sees offers by the number of that account. An offer to an e-mail address is a person's
to accept, on a page.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, or_, select

from webapp.api.authentication import account_needed, caller, needs, own_domain, own_llm_client, within
from webapp.api.blueprint import location, resource
from webapp.api.codes import KINDS
from webapp.api.document import Result, body, operation, query
from webapp.api.paging import paged
from webapp.api.problems import Problem, not_found
from webapp.api.schemas.resources.transfers import Acceptance, NewTransfer, TransferList, TransfersQuery
from webapp.api.schemas.resources.transfers import Transfer as TransferTold
from webapp.api.transactions import after_commit
from webapp.extensions import db, settings
from webapp.keys.access import reach
from webapp.models import Account, DomainTransfer, LLMClient, LLMClientCustomDomain, TransferState, utcnow
from webapp.runtime.queue import queue
from webapp.transfers import moving, offers, queries
from webapp.transfers.rules import NotMoved
from webapp.transfers.tasks import tell
from webapp.web.bounded import MOST_ROW_ID

api = resource("transfers")

#: Codes of the service that the API has by another name.
_CODES = {
    "domain-suspended": "suspended",
    "domain-denied": "not-accepted",
    "on-hold": "suspended",
    "in-use": "name-in-use",
    "too-many-unverified": "too-many",
}
_POINTERS = {"to": "/to", "llm_client": "/llm_client_id"}


@api.post("/domains/<int:domain_id>/transfers")
@operation(tag="transfers", body=NewTransfer, answers={201: TransferTold}, problems=(404, 409))
@needs("transfers:write")
def create(domain_id: int) -> Result:
    """Offer a domain to another account.

    An owner of that account can accept it within 7 days. Until then nothing changes, and the offer can be withdrawn.
    The domain keeps its records and its certificate, and is served all the time.
    """
    domain = own_domain(domain_id)
    within("offer domains", offers.AN_HOUR)
    made = offers.offer(domain, body(NewTransfer).to, actor=caller().actor, now=utcnow())
    if isinstance(made, NotMoved):
        raise _refused(made, pointer=_POINTERS.get(made.field))
    after_commit(queue, tell, made.id)
    told = _told(made, domain.account)
    return told, 201, {"Location": location("transfers.show", transfer_id=made.id)}


@api.get("/transfers")
@operation(tag="transfers", query=TransfersQuery, answers={200: TransferList}, problems=(400,))
@needs("transfers:read")
def index() -> Result:
    """List transfers.

    What the account offered or gave away, and what was offered to its number or came to it.
    """
    account, asked = account_needed(), query(TransfersQuery)
    wanted = _transfers(account, queries.received_ids(account, utcnow()))
    if asked.direction is not None:
        out = DomainTransfer.from_account_id == account.id
        wanted = wanted.where(out if asked.direction == "out" else ~out)
    return paged(TransferList, wanted, DomainTransfer.id, asked, lambda row: _told(row, account))


@api.get("/transfers/<int:transfer_id>")
@operation(tag="transfers", answers={200: TransferTold}, problems=(400, 404))
@needs("transfers:read")
def show(transfer_id: int) -> Result:
    """Read a transfer."""
    account = account_needed()
    return _told(_one(transfer_id, account), account)


@api.delete("/transfers/<int:transfer_id>")
@operation(tag="transfers", answers={204: None}, problems=(400, 404, 409))
@needs("transfers:write")
def withdraw(transfer_id: int) -> Result:
    """Withdraw an offer.

    For the giving account.
    """
    transfer = _one(transfer_id, account := account_needed())
    if transfer.from_account_id != account.id:
        raise not_found()
    refusal = offers.withdraw(transfer, actor=caller().actor, now=utcnow())
    if refusal is not None:
        raise _refused(refusal)
    after_commit(queue, tell, transfer.id)
    return "", 204


@api.post("/transfers/<int:transfer_id>/acceptance")
@operation(tag="transfers", body=Acceptance, answers={200: TransferTold}, problems=(400, 404, 409))
@needs("transfers:write")
def accept(transfer_id: int) -> Result:
    """Accept an offer.

    For the receiving account. The domain and what belongs to it are in the account at once.
    """
    account = account_needed()
    transfer, client_id = _received(transfer_id, account), body(Acceptance).llm_client_id
    client = _client(client_id) if client_id is not None else None
    refusal = moving.accept(
        transfer, account, client, actor=caller().actor, settings=settings(), now=utcnow()
    )
    if refusal is not None:
        raise _refused(refusal, pointer="/llm_client_id" if refusal.field == "llm_client" else None)
    after_commit(queue, tell, transfer.id)
    return _told(transfer, account)


@api.post("/transfers/<int:transfer_id>/refusal")
@operation(tag="transfers", answers={200: TransferTold}, problems=(400, 404, 409))
@needs("transfers:write")
def refuse(transfer_id: int) -> Result:
    """Refuse an offer.

    For the receiving account.
    """
    account = account_needed()
    transfer = _received(transfer_id, account)
    refusal = offers.refuse(transfer, account, actor=caller().actor, now=utcnow())
    if refusal is not None:
        raise _refused(refusal)
    after_commit(queue, tell, transfer.id)
    return _told(transfer, account)


def _transfers(account: Account, incoming: Collection[int] | Select[int]) -> Select[DomainTransfer]:
    """Those that the account gave or decided, and of those that are open for it the ones with these ids."""
    row, domain = DomainTransfer, LLMClientCustomDomain
    mine = row.from_account_id == account.id, row.to_account_id == account.id, row.id.in_(incoming)
    query_ = select(row).join(domain, domain.id == row.custom_domain_id)
    return query_.where(reach.domains_in_reach(caller().key), or_(*mine))


def _one(transfer_id: int, account: Account) -> DomainTransfer:
    if transfer_id > MOST_ROW_ID:
        raise not_found()
    offered = queries.received_one(transfer_id, account, None, utcnow())
    wanted = _transfers(account, [offered.id] if offered else []).where(DomainTransfer.id == transfer_id)
    transfer = db.session.scalar(wanted)
    if transfer is None:
        raise not_found()
    return transfer


def _received(transfer_id: int, account: Account) -> DomainTransfer:
    transfer = _one(transfer_id, account)
    if transfer.from_account_id == account.id:
        raise not_found()
    return transfer


def _client(client_id: int) -> LLMClient:
    """An id of another account is answered as one that was never."""
    try:
        return own_llm_client(client_id)
    except Problem as problem:
        detail = "The account has no LLM client with this id."
        raise Problem(
            KINDS["llm-client-unknown"].status, "llm-client-unknown", detail, pointer="/llm_client_id"
        ) from problem


def _refused(refusal: NotMoved, pointer: str | None = None) -> Problem:
    code = _CODES.get(refusal.code, refusal.code)
    return Problem(KINDS[code].status, code, refusal.sentence, pointer=pointer)


def _told(transfer: DomainTransfer, account: Account) -> TransferTold:
    gives = transfer.from_account_id == account.id
    over = transfer.state is TransferState.OFFERED and transfer.expires_at <= utcnow()
    return TransferTold(
        id=transfer.id,
        domain_id=transfer.custom_domain_id,
        domain_name=transfer.custom_domain.domain_name,
        direction="out" if gives else "in",
        state=(TransferState.ENDED if over else transfer.state).value,
        to=transfer.to if gives else None,
        giver=None if gives else offers.giver_of(transfer),
        offered_by=transfer.offered_by,
        created_at=transfer.created_at,
        expires_at=transfer.expires_at,
        decided_at=transfer.decided_at,
    )
