"""`flask users promote`, `demote`, `reset-password`, `disable-second-factor`, `sign-out`, `lock`, `unlock`,
`clear-tries` and `send-link`.
"""

from __future__ import annotations

import secrets
from typing import Any

import click
from flask_security import hash_password

from webapp.accounts.operators import acts
from webapp.accounts.operators.sent_links import send_link
from webapp.audit.log import COMMAND
from webapp.auth import links
from webapp.commands.output import Exit, Stop, audit_reason_option, emit, json_option, tell
from webapp.commands.people.mailing import as_in_a_request
from webapp.commands.people.users import person_with, read_password, readable_address, users
from webapp.extensions import db, settings
from webapp.models import User, utcnow


@users.command()
@click.argument("email")
@audit_reason_option
@json_option
def promote(email: str, *, reason: str | None, as_json: bool) -> None:
    """Let EMAIL see every account, as staff. Who is signed in with it is signed out."""
    user = person_with(email)
    changed = acts.promote(user, COMMAND, reason)
    lines = _done(user, changed, "is staff now", "is staff already")
    if changed and settings().staff_need_second_factor and not user.tf_primary_method:
        lines.append("Staff's pages open once a second factor is set up, which the next sign-in asks for.")
    _finish(user, changed, lines, "An operator let you see every account there, as staff.", as_json=as_json)


@users.command()
@click.argument("email")
@audit_reason_option
@json_option
def demote(email: str, *, reason: str | None, as_json: bool) -> None:
    """Let EMAIL see only accounts of its own. Who is signed in with it is signed out."""
    user = person_with(email)
    changed = acts.demote(user, COMMAND, reason)
    lines = _done(user, changed, "is not staff any more", "is not staff")
    _finish(user, changed, lines, "An operator took you out of staff.", as_json=as_json)


@users.command("reset-password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@audit_reason_option
@json_option
def reset_password(email: str, *, password_stdin: bool, reason: str | None, as_json: bool) -> None:
    """Give EMAIL another password. Without --password-stdin a random one is made and printed this once.

    Who is signed in is signed out, and passkeys are deleted; the second factor stays. Make sure first that it is
    really that person who asks. People can also help themselves with “Forgot your password?”.
    """
    user = person_with(email)
    password = read_password(user.email) if password_stdin else secrets.token_urlsafe(15)
    acts.set_password(user, hash_password(password), COMMAND, reason)
    lines = [f"{user.email} has another password now, and is signed out everywhere."]
    if not password_stdin:
        lines.append(f"Password  {password}  (shown only now)")
    said = (
        "An operator gave you another password. You are signed out everywhere, and your passkeys are deleted."
    )
    shown = {"password": None if password_stdin else password}
    _finish(user, True, lines, said, as_json=as_json, **shown)


@users.command("disable-second-factor")
@click.argument("email")
@audit_reason_option
@json_option
def disable_second_factor(email: str, *, reason: str | None, as_json: bool) -> None:
    """Let EMAIL sign in with the password alone, after the app and the recovery codes were lost.

    Who is signed in stays so. Make sure first that it is really that person who asks.
    """
    user = person_with(email)
    changed = acts.disable_second_factor(user, COMMAND, reason)
    lines = [f"{user.email} signs in with the password alone now."]
    said = "An operator switched two-factor sign-in off, and your recovery codes are void."
    _finish(user, changed, lines, said, as_json=as_json)


@users.command("sign-out")
@click.argument("email")
@audit_reason_option
@json_option
def sign_out(email: str, *, reason: str | None, as_json: bool) -> None:
    """Sign EMAIL out of every browser. It can sign in again."""
    user = person_with(email)
    changed = acts.sign_out(user, COMMAND, reason)
    _finish(user, changed, [f"{user.email} is signed out everywhere."], None, as_json=as_json)


@users.command()
@click.argument("email")
@audit_reason_option
@json_option
def lock(email: str, *, reason: str | None, as_json: bool) -> None:
    """Keep EMAIL out: it is signed out everywhere, and can sign in by no way until it is unlocked."""
    user = person_with(email)
    changed = acts.lock_out(user, COMMAND, reason)
    lines = _done(user, changed, "is locked out now", "is locked out already")
    _finish(user, changed, lines, None, as_json=as_json)


@users.command()
@click.argument("email")
@audit_reason_option
@json_option
def unlock(email: str, *, reason: str | None, as_json: bool) -> None:
    """Let EMAIL sign in again."""
    user = person_with(email)
    changed = acts.let_in(user, COMMAND, reason)
    lines = _done(user, changed, "can sign in again", "is not locked out")
    _finish(user, changed, lines, None, as_json=as_json)


@users.command("clear-tries")
@click.argument("email")
@audit_reason_option
@json_option
def clear_tries(email: str, *, reason: str | None, as_json: bool) -> None:
    """Let EMAIL try to sign in again, after too many wrong passwords or codes in an hour."""
    user = person_with(email)
    acts.clear_tries(user, COMMAND, reason, utcnow())
    _finish(user, True, [f"{user.email} can try again now."], None, as_json=as_json)


@users.command("send-link")
@click.argument("email")
@audit_reason_option
@json_option
def send_link_to(email: str, *, reason: str | None, as_json: bool) -> None:
    """Send EMAIL a link to a new password or, to who has not confirmed the address, to a sign-in."""
    address = readable_address(email)
    refusals: list[str | None] = []

    def job(to: str) -> None:
        refusal = send_link(to, COMMAND, reason)
        db.session.commit()
        refusals.append(refusal)

    as_in_a_request(job, address)
    if refusals != [None]:
        raise Stop(Exit.REFUSED, refusals[0] if refusals and refusals[0] else "It failed; the log says why.")
    emit({"email": address, "mailed": True}, [f"The link is on its way to {address}."], as_json=as_json)


# The name of earlier releases.
users.add_command(
    type(disable_second_factor)(
        "reset-second-factor",
        hidden=True,
        callback=disable_second_factor.callback,
        params=disable_second_factor.params,
        help=disable_second_factor.help,
    )
)


def _done(user: User, changed: bool, now: str, already: str) -> list[str]:
    return [f"{user.email} {now if changed else already}."]


def _finish(
    user: User, changed: bool, lines: list[str], said: str | None, *, as_json: bool, **more: Any
) -> None:
    """Commit, tell the person by e-mail what security asks to be told, and print."""
    db.session.commit()
    mailed = bool(changed and said) and _mailed(user.email, said or "")
    if changed and said and not mailed:
        tell(f"{user.email} could not be told by e-mail; the log says why.")
    document = {"email": user.email, "changed": changed, "mailed": mailed, **more}
    emit(document, lines, as_json=as_json)


def _mailed(email: str, sentence: str) -> bool:
    """Whether the mail server took it. What was done stays done."""
    sent: list[bool] = []

    def job(address: str) -> None:
        sent.append(links.tell_of_change(address, sentence))

    as_in_a_request(job, email)
    return bool(sent and sent[0])
