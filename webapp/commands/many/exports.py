"""`flask domains export`: the domains of an account, or of all, as a file that another installation imports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from webapp.audit.history import csv_text
from webapp.commands.domains import domains
from webapp.commands.find import account_numbered, account_option, domains_in
from webapp.commands.output import Exit, Stop, emit
from webapp.models import Account, LLMClientCustomDomain

COLUMNS = (
    "account",
    "domain_name",
    "llm_client",
    "method",
    "aws_hosted_zone_id",
    "state",
    "is_verified",
    "created_at",
)


@domains.command()
@account_option("Only this account’s.")
@click.option("--all", "of_all", is_flag=True, help="Those of all accounts.")
@click.option("--format", "format_", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def export(*, number: str | None, of_all: bool, format_: str) -> None:
    """Print domains, newest first, in the columns that `import` reads. Those that were removed are left out."""
    if (number is None) == (not of_all):
        raise Stop(Exit.USAGE, "Name an account with --account, or say --all.")
    found = _documents(account_numbered(number) if number else None)
    if format_ == "json":
        emit(found, (), as_json=True)
        return
    for piece in csv_text(COLUMNS, ([_cell(one[column]) for column in COLUMNS] for one in found)):
        click.echo(piece, nl=False)


def _documents(account: Account | None) -> Iterator[dict[str, Any]]:
    for some in domains_in(account, None):
        yield from (_document(one) for one in some if not one.state.is_gone)


def _document(domain: LLMClientCustomDomain) -> dict[str, Any]:
    return {
        "account": domain.account.number,
        "domain_name": domain.domain_name,
        "llm_client": domain.llm_client.label if domain.llm_client else None,
        "method": domain.method.value,
        "aws_hosted_zone_id": domain.aws_hosted_zone_id,
        "state": domain.state.value,
        "is_verified": domain.is_verified,
        "created_at": domain.created_at.isoformat(timespec="seconds"),
    }


def _cell(value: object) -> str | None:
    return None if value is None else str(value)
