"""`flask domains hand-over`, `hand-overs` and `revoke-hand-over`: links for whoever manages a domain's DNS."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from flask import current_app

from webapp.audit.log import COMMAND
from webapp.commands.domains import domains
from webapp.commands.find import account_option, domain_named
from webapp.commands.output import Exit, Stop, emit, json_option, listed
from webapp.commands.texts import fact, when
from webapp.domains.listing import iso
from webapp.extensions import db, settings
from webapp.handover import links
from webapp.handover.views import address_of
from webapp.messages.formatting import shown
from webapp.models import HandoverLink, utcnow
from webapp.runtime.public_url import own_address
from webapp.web.bounded import MOST_ROW_ID

_WHOSE = "Whose claim is meant, when several accounts have one."


@domains.command("hand-over")
@click.argument("name")
@click.option(
    "--for", "made_for", required=True, metavar="WORDS", help="Whom it is for, such as “Jane of IT”."
)
@account_option(_WHOSE)
@json_option
def hand_over(*, name: str, made_for: str, number: str | None, as_json: bool) -> None:
    """Make a link with which somebody without a sign-in sees the records of NAME, and has them checked."""
    domain, now = domain_named(name, number), utcnow()
    link = links.make(domain, made_for, actor=COMMAND, now=now)
    if isinstance(link, links.NotMade):
        db.session.rollback()
        raise Stop(Exit.USAGE if link.field else Exit.REFUSED, link.sentence, code=link.code)
    db.session.commit()
    document = _document(link, now)
    lines = [
        f"The link for {link.made_for} shows the records of {shown(domain.domain_name)}.",
        fact("Link", document["url"]),
        fact("Works until", when(link.expires_at)),
    ]
    emit(document, lines, as_json=as_json)


@domains.command("hand-overs")
@click.argument("name")
@account_option(_WHOSE)
@json_option
def hand_overs(*, name: str, number: str | None, as_json: bool) -> None:
    """The links to the records of NAME: all that work, and the newest of those that work no more."""
    domain, now = domain_named(name, number), utcnow()
    documents = [_document(link, now) for link in links.of_domain(domain, now)]
    head = ("ID", "FOR", "WORKS", "UNTIL", "OPENED", "LINK")
    rows = [_row(one) for one in documents]
    way = f"flask domains hand-over {domain.domain_name} --for WORDS"
    none = f"{shown(domain.domain_name)} has no links. Make one: {way}"
    emit(documents, listed(head, [rows] if rows else [], none), as_json=as_json)


@domains.command("revoke-hand-over")
@click.argument("link_id", type=click.IntRange(min=1), metavar="ID")
@json_option
def revoke_hand_over(*, link_id: int, as_json: bool) -> None:
    """End the link ID of `hand-overs` at once. To end it twice changes nothing."""
    link = db.session.get(HandoverLink, link_id) if link_id <= MOST_ROW_ID else None
    now = utcnow()
    if link is None:
        raise Stop(Exit.NOT_FOUND, f"There is no link {link_id}.")
    changed = links.revoke(link, actor=COMMAND, now=now)
    db.session.commit()
    sentence = "leads nowhere now" if changed else "was revoked already"
    document = {**_document(link, now), "changed": changed}
    emit(document, [f"The link for {link.made_for} {sentence}."], as_json=as_json)


def _document(link: HandoverLink, now: datetime) -> dict[str, Any]:
    """As the API tells it, with the address that pages and e-mails have."""
    with current_app.test_request_context(base_url=own_address(settings())):
        address = address_of(link)
    return {
        "id": link.id,
        "domain_name": link.custom_domain.domain_name,
        "url": address,
        "made_for": link.made_for,
        "made_by": link.made_by,
        "works": links.with_code(link.code, now) is not None,
        "created_at": iso(link.created_at),
        "expires_at": iso(link.expires_at),
        "revoked_at": iso(link.revoked_at),
        "opened_at": iso(link.opened_at),
        "done_at": iso(link.done_at),
    }


def _row(document: dict[str, Any]) -> tuple[str, ...]:
    works = "yes" if document["works"] else "no"
    opened = document["opened_at"] or "never"
    return str(document["id"]), document["made_for"], works, document["expires_at"], opened, document["url"]
