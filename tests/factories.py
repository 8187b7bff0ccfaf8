"""Rows for tests, one function a model. Each adds and flushes; the test commits when it needs to."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from flask_security import hash_password

from webapp.checks import record, request
from webapp.dns.delegation import DelegationReport
from webapp.extensions import datastore, db
from webapp.keys.access.tokens import hash_of, new_token
from webapp.models import (
    STAFF_ROLE,
    Account,
    ApiKey,
    Check,
    CheckOrigin,
    DomainState,
    HostedZone,
    LLMClient,
    LLMClientCustomDomain,
    Membership,
    MembershipRole,
    Message,
    User,
    ZoneState,
    utcnow,
)

PASSWORD = "correct horse battery staple"
T = TypeVar("T")
_numbers = itertools.count(1)


def _add(row: T) -> T:
    db.session.add(row)
    db.session.flush()
    return row


def make_account(name: str = "Acme", **values: Any) -> Account:
    return _add(Account(name=name, **values))


def make_user(*, account: Account | None = None, staff: bool = False, email: str | None = None) -> User:
    user = datastore.create_user(
        email=email or f"person{next(_numbers)}@acme.test",
        password=hash_password(PASSWORD),
        confirmed_at=utcnow().replace(tzinfo=None),
    )
    if staff:
        datastore.add_role_to_user(user, datastore.find_or_create_role(STAFF_ROLE))
    if account is not None:
        db.session.add(Membership(account=account, user=user, role=MembershipRole.OWNER))
    db.session.flush()
    return cast("User", user)


def make_llm_client(account: Account, name: str = "Sales", **values: Any) -> LLMClient:
    return _add(LLMClient(account=account, name=name, **values))


def make_key(
    account: Account | None,
    scopes: Sequence[str] = ("read", "write"),
    *,
    test: bool = False,
    name: str = "Deploy",
    **values: Any,
) -> tuple[ApiKey, str]:
    """A key and its secret. Without an account it is a key of the platform."""
    token = new_token(is_test=test)
    known = {"prefix": token.prefix, "secret_hash": hash_of(token.secret), "is_test": test}
    defaults = {"account": account, "name": name, "scopes": list(scopes), "made_by": "Command line"}
    return _add(ApiKey(**{**known, **defaults, **values})), token.secret


def a_set(number: int) -> list[str]:
    """Four name servers as Route 53 would allot them: one under each suffix, each with a number of its own."""
    places = enumerate(zip(("com", "net", "org", "co.uk"), (1, 37, 101, 211), strict=True))
    return sorted(_name_server(i * 512 + number * step % 512, suffix) for i, (suffix, step) in places)


def _name_server(number: int, suffix: str) -> str:
    return f"ns-{number}.awsdns-{number % 512 // 8:02}.{suffix}"


def make_domain(
    account: Account, name: str = "chat.acme.test", state: DomainState = DomainState.PENDING, **values: Any
) -> LLMClientCustomDomain:
    """A domain without a zone."""
    return _add(LLMClientCustomDomain(account=account, domain_name=name, state=state, **values))


def make_zone(domain: LLMClientCustomDomain, state: ZoneState = ZoneState.READY, **values: Any) -> HostedZone:
    """A zone with a set of its own, as `create` leaves it."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "custom_domain": domain,
        "domain_name": domain.domain_name,
        "caller_reference": f"test-{number}",
        "state": state,
        "name_servers": a_set(number),
        "aws_hosted_zone_id": f"Z{number:08}",
        "created_at": utcnow() - timedelta(minutes=5),
    }
    if state in {ZoneState.READY, ZoneState.LEAVING}:
        defaults["ready_at"] = utcnow() - timedelta(minutes=4)
    if state is ZoneState.WANTED:
        defaults |= {"name_servers": [], "aws_hosted_zone_id": None}
    return _add(HostedZone(**{**defaults, **values}))


def make_taken(domain: LLMClientCustomDomain, now: datetime) -> record.Work:
    """A check of the schedule that a worker has taken."""
    work = record.take(request.open_new_check(domain, CheckOrigin.SCHEDULE, now).check.id, now)
    assert work is not None
    return work


def make_checked(
    domain: LLMClientCustomDomain, report: DelegationReport, now: datetime | None = None
) -> Check:
    """A check that a worker has taken and recorded with this report."""
    now = now or utcnow()
    work = make_taken(domain, now)
    assert record.finish_check(work, report, now)
    return db.session.get_one(Check, work.check_id)


def said(words: str) -> Message:
    """A problem in words that are not ours."""
    return Message("aws", {"said": words, "code": ""})


def membership(user: User, account: Account) -> Membership:
    return next(one for one in user.memberships if one.account_id == account.id)
