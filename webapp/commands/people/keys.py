"""`flask keys`: keys of the API, of accounts and of the platform."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.audit.log import COMMAND
from webapp.commands.find import account_numbered, account_option
from webapp.commands.output import (
    Exit,
    Group,
    Stop,
    cut,
    emit,
    free_text,
    json_option,
    limit_option,
    listed,
    tell,
)
from webapp.commands.people.mailing import as_in_a_request
from webapp.extensions import db
from webapp.jobs.batches import batches
from webapp.keys import queries, services
from webapp.keys.access.scopes import ALL, WRITE
from webapp.keys.documents import key_document
from webapp.keys.notice import send_to_owners
from webapp.keys.services import MadeKey, Wanted
from webapp.models import Account, ApiKey, utcnow

keys = Group("keys", help="Keys of the API.")

_platform_option = click.option(
    "--platform", is_flag=True, help="Of the platform, which reach every account."
)


@keys.command()
@click.argument("name", callback=free_text)
@account_option("A key of this account.")
@_platform_option
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(ALL),
    metavar="SCOPE",
    help="What it may do, such as read or domains:write; may be given more than once. Without it: write.",
)
@click.option(
    "--days", type=click.IntRange(1, services.LONGEST.days), metavar="N", help="Expires after N days."
)
@click.option(
    "--test", "is_test", is_flag=True, help="It sees and makes names below reserved test domains alone."
)
@json_option
def create(
    name: str,
    *,
    number: str | None,
    platform: bool,
    scopes: tuple[str, ...],
    days: int | None,
    is_test: bool,
    as_json: bool,
) -> None:
    """Make a key called NAME. It is printed this once. Owners of the account, or staff, are told by e-mail."""
    now = utcnow()
    account = _whose(number, platform)
    if not 0 < len(name.strip()) <= 100:
        raise Stop(Exit.USAGE, "Give the key a name of at most 100 characters.")
    ends = now + timedelta(days=days) if days else None
    wanted = Wanted(name.strip(), scopes or (WRITE,), ends, is_test)
    made = services.create(account, wanted, actor=COMMAND, now=now)
    if not isinstance(made, MadeKey):
        raise Stop(Exit.REFUSED, made.sentence, code=made.code)
    db.session.commit()
    document = key_document(made.key, now) | {"secret": made.secret}
    as_in_a_request(send_to_owners, str(made.key.id))
    lines = [
        f"The key “{document['name']}” of {_owner(document)} may {', '.join(document['scopes'])}.",
        f"Expires   {_day(document['expires_at'])}",
        f"Key       {made.secret}  (shown only now)",
    ]
    emit(document, lines, as_json=as_json)


def _whose(number: str | None, platform: bool) -> Account | None:
    if bool(number) == platform:
        raise click.UsageError("Give one of --account and --platform.")
    return account_numbered(number, living=True) if number else None


def _owner(document: Mapping[str, Any]) -> str:
    return f"account {document['account']}" if document["account"] else "the platform"


def _day(moment: str | None) -> str:
    return moment[:10] if moment else "never"


@keys.command("list")
@account_option("Only keys of this account.")
@_platform_option
@click.option("--all", "ended_as_well", is_flag=True, help="Also those that were revoked or expired.")
@limit_option
@click.option(
    "--after", type=click.IntRange(min=1), metavar="ID", help="Only those that are older than this one."
)
@json_option
def list_keys(
    *,
    number: str | None,
    platform: bool,
    ended_as_well: bool,
    limit: int | None,
    after: int | None,
    as_json: bool,
) -> None:
    """All keys, newest first, printed while they are read. No list has secrets."""
    now = utcnow()
    query = select(ApiKey).options(selectinload(ApiKey.account))
    if number and platform:
        raise click.UsageError("Give one of --account and --platform, or neither.")
    if number or platform:
        query = query.where(queries.whose(account_numbered(number) if number else None))
    if not ended_as_well:
        query = query.where(queries.is_valid(now))
    found = cut(batches(query, ApiKey.id, after=after, newest_first=True), limit, lambda one: one.id)
    documents = ([key_document(one, now) for one in some] for some in found)
    head = ("ID", "KEY", "ACCOUNT", "NAME", "STATE", "MAY", "LAST USE", "EXPIRES")
    lines = listed(head, ([_row(one) for one in some] for some in documents), "No keys.")
    emit((one for some in documents for one in some), lines, as_json=as_json)


def _row(document: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(document["id"]),
        document["prefix"],
        document["account"] or "platform",
        document["name"],
        document["state"],
        ",".join(document["scopes"]),
        _day(document["last_used_at"]),
        _day(document["expires_at"]),
    )


@keys.command()
@click.argument("prefix")
@json_option
def revoke(prefix: str, *, as_json: bool) -> None:
    """Revoke the key that begins with PREFIX, such as npk_live_ab12cd34. Nothing is answered to it any more."""
    key = _key_named(prefix)
    now = utcnow()
    changed = services.revoke(key, actor=COMMAND, now=now)
    db.session.commit()
    document = key_document(key, now) | {"changed": changed}
    said = "is revoked" if changed else "was revoked before"
    emit(document, [f"The key “{key.name}” ({key.prefix}) {said}."], as_json=as_json)


def _key_named(typed: str) -> ApiKey:
    """By the visible part. Somebody may paste the whole key, which is then known to their shell."""
    prefix = typed.strip().removesuffix("…")
    if len(prefix) > _PREFIX:
        tell("Only the visible part is needed: npk_live_ and eight characters.")
        prefix = prefix[:_PREFIX]
    key = db.session.scalar(select(ApiKey).where(ApiKey.prefix == prefix))
    if key is None:
        raise Stop(Exit.NOT_FOUND, f"There is no key {prefix}….")
    return key


_PREFIX = len("npk_live_ab12cd34")
