"""Finding the rows that an argument names. One that does not exist ends the command with exit code 3."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import click
from sqlalchemy import select
from sqlalchemy.orm import defer, selectinload

from webapp.commands.output import Exit, Stop, tell
from webapp.dns import names
from webapp.domains.queries import in_state, suspended
from webapp.extensions import db
from webapp.jobs.batches import batches
from webapp.models import Account, DomainState, LLMClient, LLMClientCustomDomain

F = TypeVar("F", bound=Callable[..., Any])


class AccountNumber(click.ParamType[str]):
    """An account number by its form alone; whether there is such an account, `account_numbered` says."""

    name = "1234-5678-9012"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"\d{4}-\d{4}-\d{4}", str(value)):
            self.fail(f"“{value}” is not an account number like 1234-5678-9012.", param, ctx)
        return str(value)


def account_option(help_text: str, *, required: bool = False) -> Callable[[F], F]:
    return click.option("--account", "number", type=AccountNumber(), required=required, help=help_text)


def account_numbered(number: str, *, living: bool = False) -> Account:
    """`living`: one that is being deleted is refused, too."""
    account = db.session.scalar(select(Account).where(Account.number == number))
    if account is None:
        raise Stop(Exit.NOT_FOUND, f"There is no account {number}.")
    if living and account.deleted_at is not None:
        raise Stop(Exit.NOT_FOUND, f"Account {number} was deleted.")
    return account


def bare_zone_id(typed: str) -> str:
    return typed.removeprefix("/hostedzone/")


def llm_client_of(account: Account, name: str) -> LLMClient:
    """By its label or, failing that, by its name."""
    clients = db.session.scalars(
        select(LLMClient).where(
            LLMClient.account_id == account.id, (LLMClient.label == name) | (LLMClient.name == name)
        )
    ).all()
    if not clients:
        raise Stop(Exit.NOT_FOUND, f"Account {account.number} has no LLM client “{name}”.")
    return next((client for client in clients if client.label == name), clients[0])


def domains_in(
    account: Account | None,
    state: DomainState | None,
    *,
    only_suspended: bool = False,
    after: int | None = None,
) -> Iterator[Sequence[LLMClientCustomDomain]]:
    """Newest first, older than the one with the id `after`, in batches. Removed domains only when `state` asks for
    them. `only_suspended`: in whatever state.
    """
    query = select(LLMClientCustomDomain).options(
        # Neither list shows them, and taking JSON apart is most of reading a row.
        defer(LLMClientCustomDomain.check_history),
        defer(LLMClientCustomDomain.known_delegations),
        selectinload(LLMClientCustomDomain.account),
        selectinload(LLMClientCustomDomain.llm_client),
        selectinload(LLMClientCustomDomain.probe),
    )
    if account is not None:
        query = query.where(LLMClientCustomDomain.account_id == account.id)
    if state is not None:
        query = query.where(in_state(state))
    elif only_suspended:
        query = query.where(suspended())
    else:
        query = query.where(LLMClientCustomDomain.state != DomainState.REMOVED)
    return batches(query, LLMClientCustomDomain.id, after=after, newest_first=True)


def domain_named(typed: str, number: str | None, *, insist: bool = False) -> LLMClientCustomDomain:
    """The claim on a name. When several accounts have one, only `--account` can tell which is meant. `insist`: it has
    to be named even if nobody else has registered the name.
    """
    name = _readable(typed)
    claims = _claims(name, account_numbered(number) if number else None)
    if not claims:
        whose = f"Account {number} has" if number else "Nobody has"
        raise Stop(Exit.NOT_FOUND, f"{whose} registered {name}.")
    if len(claims) > 1 or (insist and not number):
        accounts = sorted(claim.account.number for claim in claims)
        whose = f"the accounts {', '.join(accounts)}" if len(accounts) > 1 else f"account {accounts[0]}"
        sentence = f"{name} is registered by {whose}. Say which is meant with --account."
        raise Stop(Exit.USAGE, sentence, accounts=accounts)
    return claims[0]


def _readable(typed: str) -> str:
    parsed = names.parse(typed, underscores=True)
    for note in parsed.notes:
        tell(note)
    if parsed.name is None:
        raise Stop(Exit.USAGE, parsed.refusal.sentence if parsed.refusal else "Enter a domain.")
    return parsed.name.ascii


def _claims(name: str, account: Account | None) -> list[LLMClientCustomDomain]:
    """One claim an account: the live one, else the newest of those that are being removed."""
    query = select(LLMClientCustomDomain).where(
        LLMClientCustomDomain.domain_name == name, LLMClientCustomDomain.state != DomainState.REMOVED
    )
    if account is not None:
        query = query.where(LLMClientCustomDomain.account_id == account.id)
    rows = db.session.scalars(query.order_by(LLMClientCustomDomain.id)).all()
    last_wins = sorted(rows, key=lambda row: not row.state.is_gone)
    return list({row.account_id: row for row in last_wins}.values())
