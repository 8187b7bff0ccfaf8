"""Who asks: a bearer key (RFC 6750) and nothing else. A cookie is never looked at."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, cast

import structlog
from flask import current_app, g, request
from flask_login import AnonymousUserMixin
from sqlalchemy import Select, select

from webapp.api.problems import Problem, not_found
from webapp.api.rate_limit import count_act, count_request, count_wrong_key
from webapp.audit.log import Actor
from webapp.extensions import db
from webapp.jobs import clock
from webapp.keys.access import last_use, reach, scopes
from webapp.keys.access.authentication import authenticate
from webapp.models import Account, ApiKey, DomainState, LLMClient, LLMClientCustomDomain
from webapp.web.bounded import MOST_ROW_ID

View = TypeVar("View", bound=Callable[..., Any])

#: Where a view says which scope it needs; `PUBLIC` for none.
SCOPE, PUBLIC = "__scope__", ""
#: Set on a view that is for keys of the platform alone.
PLATFORM = "__platform__"
ACCOUNT_HEADER = "Nameplate-Account"
NUMBER = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}")


@dataclass(frozen=True)
class Caller:
    """Whose request it is. `account` is the key's own; for a key of the platform the one that the header names."""

    key: ApiKey
    account: Account | None

    @cached_property
    def actor(self) -> Actor:
        return Actor.key(self.key)

    @property
    def is_platform(self) -> bool:
        return self.key.account_id is None


def needs(scope: str) -> Callable[[View], View]:
    """The scope that a key needs for this view. It stands below `operation`, and only marks the view: who asks is
    settled before the body is read.
    """

    def marked(view: View) -> View:
        setattr(view, SCOPE, scope)
        return view

    return marked


def public(view: View) -> View:
    """Marks a view that needs no key."""
    setattr(view, SCOPE, PUBLIC)
    return view


def platform_only(view: View) -> View:
    """Marks a view for keys of the platform, without test keys. It stands below `needs`."""
    setattr(view, PLATFORM, True)
    return view


def caller() -> Caller:
    return cast("Caller", g.caller)


def account_needed() -> Account:
    """The account that the request is for. Raises a problem 400 for a key of the platform without the header."""
    account = caller().account
    if account is None:
        detail = f"Say for which account this is, by the header {ACCOUNT_HEADER}."
        raise Problem(400, "account-needed", detail)
    return account


def within(words: str, limit: str) -> None:
    """Count an act that others hear of, or that leaves much behind: `within("offer domains", "30 per hour")`. Keys of
    the platform have no limit. Raises a problem 429.
    """
    if not caller().is_platform:
        count_act(words, limit, str(caller().key.account_id))


def also_needs(scope: str) -> None:
    """For a part of a request that is another resource's. Raises a problem 403."""
    if not scopes.allows(caller().key, scope):
        raise _scope_missing(scope)


def admit() -> None:
    """Before each request to a view of the API."""
    view = current_app.view_functions[request.endpoint or ""]
    scope: str = getattr(view, SCOPE)
    g._login_user = AnonymousUserMixin()  # noqa: SLF001  # nobody loads a session
    if request.method == "OPTIONS" or scope == PUBLIC:
        return
    key = _key()
    structlog.contextvars.bind_contextvars(key=key.prefix)
    count_request(key)
    if not scopes.allows(key, scope):
        raise _scope_missing(scope)
    if getattr(view, PLATFORM, False) and (key.account_id is not None or key.is_test):
        raise Problem(403, "platform-only", "This is for live keys of the platform alone.")
    account = _account(key)
    if account is not None:
        g.account_id = account.id  # for the log
    g.caller = Caller(key, account)


def _scope_missing(scope: str) -> Problem:
    detail = f"The key does not have the scope {scope}."
    return Problem(403, "scope-missing", detail, headers=_challenge("insufficient_scope"), scope=scope)


def _key() -> ApiKey:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or not token:
        detail = "Send an API key in the header “Authorization: Bearer”."
        raise Problem(401, "key-missing", detail, headers=_challenge())
    now = clock.now()
    key = authenticate(token, now)
    if key is None:
        count_wrong_key()
        raise wrong_key()
    last_use.note(key, now)
    return key


def wrong_key() -> Problem:
    detail = "There is no such key, it has expired, or it was revoked."
    return Problem(401, "key-wrong", detail, headers=_challenge("invalid_token"))


def _challenge(error: str = "") -> dict[str, str]:
    more = f', error="{error}"' if error else ""
    return {"WWW-Authenticate": f'Bearer realm="Nameplate API"{more}'}


def _account(key: ApiKey) -> Account | None:
    typed, own = request.headers.get(ACCOUNT_HEADER), cast("Account | None", key.account)
    if typed is None:
        return own
    if not NUMBER.fullmatch(typed):
        detail = f"{ACCOUNT_HEADER} is not an account number like 1234-5678-9012."
        raise Problem(400, "account-unknown", detail)
    account = own or db.session.scalar(select(Account).where(Account.number == typed))
    if account is None or account.number != typed or account.deleted_at is not None:
        raise Problem(404, "account-unknown", f"This key can act for no account {typed}.")
    return account


def own_domain(domain_id: int, *, removed: bool = False) -> LLMClientCustomDomain:
    """The domain that the key may see; else a problem 404, whether it is another's or was never. `removed`: one that
    is removed as well.
    """
    found: LLMClientCustomDomain = _one(
        select_domains().where(LLMClientCustomDomain.id == domain_id), domain_id
    )
    if found.state is DomainState.REMOVED and not removed:
        raise not_found()
    return found


def own_llm_client(llm_client_id: int) -> LLMClient:
    found: LLMClient = _one(select_llm_clients().where(LLMClient.id == llm_client_id), llm_client_id)
    return found


def select_domains() -> Select[LLMClientCustomDomain]:
    """All domains that the key may see. Every list and every look-up of domains begins with it."""
    query = select(LLMClientCustomDomain).where(reach.domains_in_reach(caller().key))
    if (account := caller().account) is not None:
        query = query.where(LLMClientCustomDomain.account_id == account.id)
    return query


def select_llm_clients() -> Select[LLMClient]:
    """The same of LLM clients."""
    query = select(LLMClient).where(reach.llm_clients_in_reach(caller().key))
    if (account := caller().account) is not None:
        query = query.where(LLMClient.account_id == account.id)
    return query


def require_change(client: LLMClient, pointer: str | None = None) -> None:
    """Raises a problem 403 when the key sees this LLM client and may not change it. `pointer`: where the body names
    it.
    """
    if not reach.may_change(caller().key, client):
        detail = f"A test key changes LLM clients alone that a test key made, and “{client.name}” is none."
        raise Problem(403, "not-a-test-client", detail, pointer=pointer)


def _one(query: Select[Any], row_id: int) -> Any:
    row = db.session.scalar(query) if row_id <= MOST_ROW_ID else None
    if row is None:
        raise not_found()
    return row
