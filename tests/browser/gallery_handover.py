"""The pages about links for whoever manages a domain, and about transfers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.factories import make_account, make_domain
from webapp.audit.log import note
from webapp.extensions import db
from webapp.handover.addresses import token_of
from webapp.models import Account, DomainTransfer, EventKind, HandoverLink, Message, utcnow


def of_handover(account: Account, domain_id: int) -> dict[str, int]:
    """Links to the records of the domain, that work and that are over, and an offer of another account's. Ids by what
    they show.
    """
    now, links = utcnow(), []
    for name, days in (("Jane of our IT", 13), ("Hosting Ltd", 2), ("Somebody", -1)):
        links.append(
            HandoverLink(
                account_id=account.id,
                custom_domain_id=domain_id,
                made_for=name,
                made_by="owner@acme.example",
                expires_at=now + timedelta(days=days),
                opened_at=now - timedelta(hours=3) if days == 2 else None,
            )
        )
    giver = make_account("Rival Trading")
    theirs = make_domain(giver, "chat.rival.example")
    note(theirs, EventKind.REGISTERED, Message("domain.registered", {"name": theirs.domain_name}))
    transfer = DomainTransfer(
        custom_domain_id=theirs.id,
        from_account_id=giver.id,
        to_number=account.number,
        offered_by="owner@rival.example",
        expires_at=now + timedelta(days=6),
    )
    db.session.add_all([*links, transfer])
    db.session.flush()
    return {"handover": domain_id, "handover-link": links[0].id, "transfer": transfer.id}


def handover_visits(
    shown: dict[str, int],
) -> Iterator[tuple[str, str, str, int, dict[str, str] | None]]:
    """Of each: who, name, path, status and form."""
    domain = shown["handover"]
    yield "customer", "hand-over", f"/domains/{domain}/hand-over", 200, None
    yield "customer", "hand-over-empty", f"/domains/{domain}/hand-over", 422, {"made_for": ""}
    yield "customer", "transfer", f"/domains/{domain}/transfer", 200, None
    yield "customer", "transfer-empty", f"/domains/{domain}/transfer", 422, {"to": ""}
    yield "customer", "transfers", "/account/transfers", 200, None
    yield "customer", "transfer-accept", f"/account/transfers/{shown['transfer']}", 200, None
    link = db.session.get_one(HandoverLink, shown["handover-link"])
    yield "anybody", "handed-over", f"/hand-over/{token_of(link)}", 200, None
    yield "anybody", "handed-over-zone-file", f"/hand-over/{token_of(link)}?as=zone-file", 200, None
    yield "anybody", "handed-over-gone", "/hand-over/nothing", 404, None
