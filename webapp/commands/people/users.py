"""`flask users`: people who may sign in."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping
from typing import Any, cast

import click
from flask_security import hash_password
from sqlalchemy.exc import IntegrityError

from webapp.accounts.operators import acts
from webapp.audit.log import COMMAND
from webapp.auth import second_factor
from webapp.commands.find import account_numbered, account_option
from webapp.commands.output import Exit, Group, Stop, audit_reason_option, emit, free_text, json_option
from webapp.extensions import datastore, db, security, settings
from webapp.models import STAFF_ROLE, Account, Membership, MembershipRole, User, utcnow
from webapp.webhooks import endpoints

users = Group("users", help="People who may sign in.")


@users.command()
@click.argument("email")
@account_option("An account that is there already.")
@click.option(
    "--account-name", metavar="NAME", callback=free_text, help="Open a new account with this name for them."
)
@click.option("--staff", is_flag=True, help="Let them see every account.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@audit_reason_option
@json_option
def create(
    email: str,
    *,
    number: str | None,
    account_name: str | None,
    staff: bool,
    password_stdin: bool,
    reason: str | None,
    as_json: bool,
) -> None:
    """Let EMAIL sign in. Without --password-stdin a random password is made and printed this once."""
    if bool(number) + bool(account_name) > 1 or not (number or account_name or staff):
        raise click.UsageError("Give one of --account and --account-name; staff may have neither.")
    address = readable_address(email)
    password = read_password(address) if password_stdin else secrets.token_urlsafe(15)
    account = Account(name=account_name) if account_name else None
    if number:
        account = account_numbered(number, living=True)
    _create(address, password, account, staff, reason)
    db.session.commit()
    document: dict[str, object] = {
        "email": address,
        "account": account.number if account else None,
        "staff": staff,
        "password": None if password_stdin else password,
    }
    emit(document, _created(document), as_json=as_json)


@users.command()
@json_option
def renew_keys(*, as_json: bool) -> None:
    """Encrypt the keys of everybody's authenticator apps, and the secrets of webhooks, with SECRET_KEY.

    After that no SECRET_KEY_FALLBACKS is needed for them.
    """
    renewed, lost, unsure = second_factor.renew_keys()
    secrets, secrets_lost = endpoints.renew_secrets(settings())
    db.session.commit()
    lines = [f"{renewed} renewed, {lost} unreadable, {unsure} left as they are."]
    if lost:
        lines.append("Whoever has an unreadable one signs in with a recovery code and sets it up anew.")
    if unsure:
        lines.append(
            "Keys from an earlier release do not say what encrypted them. If SECRET_KEY was changed since, put the "
            "former one into SECRET_KEY_FALLBACKS and run this again; if not, nothing is to be done."
        )
    lines.append(f"Webhooks: {secrets} renewed, {secrets_lost} unreadable.")
    if secrets_lost:
        lines.append("Endpoints with an unreadable secret get nothing until they are given another one.")
    webhooks = {"renewed": secrets, "unreadable": secrets_lost}
    document = {"renewed": renewed, "unreadable": lost, "unsure": unsure, "webhooks": webhooks}
    emit(document, lines, as_json=as_json)


def _created(document: Mapping[str, object]) -> list[str]:
    lines = [f"{document['email']} can sign in now."]
    if document["account"]:
        lines.append(f"Account   {document['account']}")
    if document["password"]:
        lines.append(f"Password  {document['password']}  (shown only now)")
    return lines


def readable_address(email: str) -> str:
    """As it is stored and compared when somebody signs in."""
    try:
        return str(_rules("mail").validate(email))
    except ValueError as err:
        sentence = f"“{email}” is not an e-mail address like name@example.com: {err}"
        raise Stop(Exit.USAGE, sentence) from err


def person_with(email: str) -> User:
    user = datastore.find_user(case_insensitive=True, email=readable_address(email))
    if user is None:
        raise Stop(Exit.NOT_FOUND, f"Nobody signs in with {email}.")
    return cast("User", user)


def read_password(address: str) -> str:
    """The first line, held to the same rules as on the pages."""
    password = sys.stdin.readline().rstrip("\r\n")
    problems, normal = _rules("password").validate(password, True, email=address)
    if problems:
        raise Stop(Exit.USAGE, " ".join(map(str, problems)))
    return str(normal)


def _rules(what: str) -> Any:
    """Flask-Security's validator of mail addresses or passwords, as its own forms reach it."""
    return getattr(security, f"_{what}_util")


def _create(address: str, password: str, account: Account | None, staff: bool, reason: str | None) -> None:
    """Create the user. The first user of an account becomes its owner."""
    if datastore.find_user(case_insensitive=True, email=address) is not None:
        raise _taken(address)
    user = datastore.create_user(email=address, password=hash_password(password), confirmed_at=utcnow())
    if staff:
        datastore.add_role_to_user(user, datastore.find_or_create_role(STAFF_ROLE))
    if account is not None:
        role = MembershipRole.MEMBER if account.memberships else MembershipRole.OWNER
        account.memberships.append(Membership(user=cast("User", user), role=role))
        db.session.add(account)
    try:
        db.session.flush()
    except IntegrityError as err:
        raise _taken(address) from err
    acts.note_created(cast("User", user), COMMAND, staff=staff, reason=reason)
    db.session.flush()


def _taken(address: str) -> Stop:
    return Stop(
        Exit.REFUSED,
        f"{address} can sign in already. To let them see every account: flask users promote {address}",
    )
