"""`flask accounts`: what operators do to whole accounts."""

from __future__ import annotations

import click

from webapp.accounts import deletion
from webapp.accounts.tasks import go_on
from webapp.audit.log import COMMAND
from webapp.commands.find import AccountNumber, account_numbered
from webapp.commands.output import Group, audit_reason_option, confirmed, emit, json_option
from webapp.extensions import db
from webapp.models import utcnow

accounts = Group("accounts", help="Customers.")


@accounts.command("delete")
@click.argument("number", type=AccountNumber())
@audit_reason_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def delete_(number: str, reason: str | None, yes: bool, as_json: bool) -> None:
    """Delete account NUMBER: its domains are not served any more, its zones leave, its people are forgotten.

    Only its number and its history stay. A zone stays, empty, while its parent still delegates to it.
    """
    account = account_numbered(number)
    what = f"to delete account {number} with all its domains"
    confirmed(f"Delete account {number} of {account.name} with all its domains?", yes, what)
    deletion.begin(account, actor=COMMAND, now=utcnow(), reason=reason)
    db.session.commit()
    go_on(account)
    left = deletion.zones_left(account)
    lines = [f"Account {number} is deleted; none of its domains is served."]
    if left:
        lines.append(f"{left} zones stay, empty, until their parents no longer delegate to them.")
    emit({"account": number, "zones_left": left}, lines, as_json=as_json)
