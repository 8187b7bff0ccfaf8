"""The account of a key; for keys of the platform, all accounts."""

from __future__ import annotations

from sqlalchemy import select

from webapp.abuse import stranger_mail
from webapp.accounts import people
from webapp.api.authentication import NUMBER, account_needed, caller, needs, platform_only
from webapp.api.blueprint import location, resource
from webapp.api.document import Result, body, operation, query
from webapp.api.etags import require_match
from webapp.api.paging import paged
from webapp.api.problems import Problem, not_found
from webapp.api.schemas.resources.accounts import (
    AccountAnswer,
    AccountChange,
    AccountList,
    AccountsQuery,
    NewAccount,
)
from webapp.api.transactions import after_commit
from webapp.auth import links
from webapp.auth.address_field import normal
from webapp.extensions import db
from webapp.jobs import clock
from webapp.models import Account, Invitation, MembershipRole
from webapp.models.account import search_key
from webapp.runtime.requests.afterwards import afterwards

api = resource("accounts")


@api.get("/account")
@operation(tag="accounts", answers={200: AccountAnswer}, name="get_own_account")
@needs("accounts:read")
def own() -> Result:
    """Read the account.

    The key's own, or for a key of the platform the one of the header Nameplate-Account.
    """
    return _answer(account_needed())


@api.get("/accounts")
@operation(tag="accounts", query=AccountsQuery, answers={200: AccountList})
@needs("accounts:read")
@platform_only
def index() -> Result:
    """List accounts.

    The newest first, with those that are being deleted. For keys of the platform.
    """
    asked, wanted = query(AccountsQuery), select(Account)
    if asked.name_contains:
        wanted = wanted.where(Account.name_key.contains(search_key(asked.name_contains), autoescape=True))
    return paged(AccountList, wanted, Account.id, asked, _answer)


@api.post("/accounts")
@operation(tag="accounts", body=NewAccount, answers={201: AccountAnswer}, problems=(403, 409))
@needs("accounts:write")
@platform_only
def create() -> Result:
    """Open an account.

    It has no people, unless an owner's e-mail address is given: they are sent an invitation. For keys of the
    platform.
    """
    asked = body(NewAccount)
    account = people.open_empty(asked.name, caller().actor)
    if asked.owner_email is not None:
        invitation = _invited(account, asked.owner_email)
        after_commit(afterwards, _send_invitation, str(invitation.id))
    return _answer(account), 201, {"Location": location("accounts.show", number=account.number)}


@api.get("/accounts/<number>")
@operation(tag="accounts", answers={200: AccountAnswer}, problems=(404,))
@needs("accounts:read")
@platform_only
def show(number: str) -> Result:
    """Read an account by its number.

    For keys of the platform.
    """
    return _answer(_account(number))


@api.patch("/accounts/<number>")
@operation(tag="accounts", body=AccountChange, answers={200: AccountAnswer}, problems=(404, 409, 412))
@needs("accounts:write")
@platform_only
def update(number: str) -> Result:
    """Rename an account.

    For keys of the platform.
    """
    account = _account(number)
    db.session.refresh(account, with_for_update=True)
    if account.deleted_at is not None:
        raise Problem(409, "account-deleted", f"Account {number} is being deleted, and keeps its name.")
    require_match(lambda: _answer(account))
    people.rename(account, body(AccountChange).name, caller().actor)
    return _answer(account)


def _answer(account: Account) -> AccountAnswer:
    return AccountAnswer.model_validate(account)


def _account(number: str) -> Account:
    is_one = NUMBER.fullmatch(number) is not None
    account = db.session.scalar(select(Account).where(Account.number == number)) if is_one else None
    if account is None:
        raise not_found()
    return account


def _invited(account: Account, typed: str) -> Invitation:
    email = normal(typed)
    if email is None:
        detail = "This is not an e-mail address like name@example.com."
        raise Problem(422, "invalid-email", detail, pointer="/owner_email")
    if refusal := stranger_mail.refusal(account, email):
        raise Problem(409, "mail-refused", refusal, pointer="/owner_email")
    invitation = people.invite(account, email, MembershipRole.OWNER, caller().actor, clock.now())
    assert isinstance(invitation, Invitation)  # noqa: S101 - nobody belongs to a new account
    return invitation


def _send_invitation(invitation_id: str) -> None:
    invitation = db.session.get(Invitation, int(invitation_id))
    if invitation is not None:
        links.send_invitation(invitation)
