"""`flask users list` and `show`, `flask accounts list` and `show`: who and what there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from webapp.commands.find import AccountNumber, account_numbered, account_option
from webapp.commands.output import cut, emit, json_option, limit_option, listed
from webapp.commands.people.accounts import accounts
from webapp.commands.people.users import person_with, users
from webapp.commands.texts import fact, when
from webapp.domains.listing import iso
from webapp.extensions import db
from webapp.jobs.batches import batches, let_go
from webapp.models import (
    STAFF_ROLE,
    Account,
    DomainState,
    Invitation,
    LLMClient,
    LLMClientCustomDomain,
    Membership,
    Role,
    User,
)
from webapp.models.account import search_key

_search_option = click.option("--search", metavar="TEXT", default="", help="Only those that contain this.")


@users.command("list")
@account_option("Only people of this account.")
@click.option("--staff", is_flag=True, help="Only staff.")
@_search_option
@limit_option
@click.option("--after", metavar="EMAIL", help="Only those that are sorted behind this address.")
@json_option
def list_users(
    *, number: str | None, staff: bool, search: str, limit: int | None, after: str | None, as_json: bool
) -> None:
    """All people by address, printed while they are read."""
    query = select(User).options(
        selectinload(User.roles),
        selectinload(User.webauthn),
        selectinload(User.memberships).selectinload(Membership.account),
    )
    if number:
        query = query.where(User.memberships.any(Membership.account_id == account_numbered(number).id))
    if staff:
        query = query.where(User.roles.any(Role.name == STAFF_ROLE))
    if search:
        query = query.where(User.email.icontains(search, autoescape=True))
    found = cut(batches(query, User.email, after=after), limit, lambda one: one.email)
    head = ("EMAIL", "STATE", "STAFF", "SECOND FACTOR", "ACCOUNTS")
    lines = listed(head, ([_user_row(one) for one in some] for some in found), "Nobody.")
    emit((user_document(one) for some in found for one in some), lines, as_json=as_json)


def _user_row(user: User) -> tuple[str, ...]:
    numbers = ", ".join(membership.account.number for membership in user.memberships)
    factor = "yes" if user.tf_primary_method else "no"
    return user.email, _state(user), "yes" if user.is_staff else "no", factor, numbers or "–"


def _state(user: User) -> str:
    if not user.active:
        return "locked"
    return "active" if user.confirmed_at else "unconfirmed"


def user_document(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "state": _state(user),
        "staff": user.is_staff,
        "second_factor": bool(user.tf_primary_method),
        "passkeys": len(user.webauthn),
        "created_at": _iso(user.create_datetime),
        "confirmed_at": _iso(user.confirmed_at),
        "last_sign_in_at": _iso(user.current_login_at or user.last_login_at),
        "accounts": [
            {
                "number": membership.account.number,
                "name": membership.account.name,
                "role": membership.role.value,
            }
            for membership in user.memberships
        ],
    }


def _iso(moment: datetime | None) -> str | None:
    """Flask-Security's columns hold UTC and do not say so."""
    return iso(moment.replace(tzinfo=UTC)) if moment else None


@users.command("show")
@click.argument("email")
@json_option
def show_user(email: str, *, as_json: bool) -> None:
    """What is known of EMAIL: rights, second factor, accounts."""
    document = user_document(person_with(email))
    emit(document, _user_lines(document), as_json=as_json)


def _user_lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield document["email"]
    yield fact("State", document["state"])
    yield fact("Staff", "yes" if document["staff"] else "no")
    yield fact("Second factor", "yes" if document["second_factor"] else "no")
    yield fact("Passkeys", str(document["passkeys"]))
    yield fact("Last sign-in", document["last_sign_in_at"] or "never")
    for number, one in enumerate(document["accounts"]):
        yield fact("" if number else "Accounts", f"{one['number']}  {one['name']}, {one['role']}")


@accounts.command("list")
@_search_option
@limit_option
@click.option("--after", type=AccountNumber(), help="Only those that are older than this account.")
@json_option
def list_accounts(*, search: str, limit: int | None, after: str | None, as_json: bool) -> None:
    """All accounts, newest first, printed while they are read."""
    query = select(Account)
    if search:
        query = query.where(Account.name_key.contains(search_key(search), autoescape=True))
    behind = account_numbered(after).id if after else None
    found = cut(batches(query, Account.id, after=behind, newest_first=True), limit, lambda one: one.number)
    documents = (_account_documents(some) for some in found)
    head = ("NUMBER", "NAME", "STATE", "PEOPLE", "DOMAINS", "SINCE")
    lines = listed(head, ([_account_row(one) for one in some] for some in documents), "No accounts yet.")
    emit((one for some in documents for one in some), lines, as_json=as_json)


def _account_documents(some: Sequence[Account]) -> list[dict[str, Any]]:
    ids = [account.id for account in some]
    alive = LLMClientCustomDomain.state != DomainState.REMOVED
    people, domains = _count_of(Membership, ids), _count_of(LLMClientCustomDomain, ids, alive)
    let_go()  # whoever reads the list may be slow
    return [
        {
            **_account_document(account),
            "people": people.get(account.id, 0),
            "domains": domains.get(account.id, 0),
        }
        for account in some
    ]


def _count_of(
    model: type[Membership | LLMClientCustomDomain | LLMClient | Invitation],
    account_ids: Sequence[int],
    *conditions: Any,
) -> dict[int, int]:
    """How many rows each account has."""
    counted = (
        select(model.account_id, func.count())
        .where(model.account_id.in_(account_ids), *conditions)
        .group_by(model.account_id)
    )
    return dict(db.session.execute(counted).all())


def _account_document(account: Account) -> dict[str, Any]:
    return {
        "number": account.number,
        "name": account.name,
        "created_at": iso(account.created_at),
        "deleted_at": iso(account.deleted_at),
    }


def _account_row(document: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        document["number"],
        document["name"],
        "deleted" if document["deleted_at"] else "open",
        str(document["people"]),
        str(document["domains"]),
        document["created_at"][:10],
    )


@accounts.command("show")
@click.argument("number", type=AccountNumber())
@json_option
def show_account(number: str, *, as_json: bool) -> None:
    """What account NUMBER has: people, LLM clients, domains by state."""
    account = account_numbered(number)
    document = {
        **_account_document(account),
        "llm_clients": _count_of(LLMClient, [account.id]).get(account.id, 0),
        "domains": _domains_by_state(account),
        "invitations": _count_of(Invitation, [account.id]).get(account.id, 0),
        "people": [_member(membership) for membership in _members(account)],
    }
    emit(document, _account_lines(document, when(account.created_at), account), as_json=as_json)


def _members(account: Account) -> Sequence[Membership]:
    query = select(Membership).options(selectinload(Membership.user))
    return db.session.scalars(query.where(Membership.account_id == account.id).order_by(Membership.id)).all()


def _member(membership: Membership) -> dict[str, Any]:
    return {
        "email": membership.user.email,
        "role": membership.role.value,
        "wants_mail": membership.wants_mail,
        "state": _state(membership.user),
    }


def _domains_by_state(account: Account) -> dict[str, int]:
    state = LLMClientCustomDomain.state
    mine = LLMClientCustomDomain.account_id == account.id
    counted = db.session.execute(select(state, func.count()).where(mine).group_by(state)).all()
    return {one.value: count for one, count in sorted(counted)}


def _account_lines(document: Mapping[str, Any], since: str, account: Account) -> Iterator[str]:
    yield f"{document['number']}  {document['name']}"
    yield fact("Since", since)
    if account.deleted_at:
        yield fact("Deleted", when(account.deleted_at))
    yield fact("LLM clients", str(document["llm_clients"]))
    domains = ", ".join(f"{count} {state}" for state, count in document["domains"].items())
    yield fact("Domains", domains or "none")
    yield fact("Invitations", str(document["invitations"]))
    for number, one in enumerate(document["people"]):
        locked = "" if one["state"] == "active" else f", {one['state']}"
        yield fact("" if number else "People", f"{one['email']}, {one['role']}{locked}")
