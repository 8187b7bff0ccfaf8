"""Making and revoking keys: what is stored, what is refused, and what the history says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.factories import make_account, make_key
from webapp.audit.log import COMMAND, Actor
from webapp.extensions import db
from webapp.keys import services
from webapp.keys.access.authentication import authenticate
from webapp.keys.services import MadeKey, Refusal, Wanted
from webapp.messages.catalogue import event_sentence
from webapp.models import Account, ApiKey, Event, EventKind, utcnow

NOW = utcnow()
WANTED = Wanted("Billing", ["domains:write"], NOW + timedelta(days=90))


def made(account: Account | None, wanted: Wanted = WANTED, by: ApiKey | None = None) -> MadeKey:
    found = services.create(account, wanted, actor=COMMAND, now=NOW, by=by)
    assert isinstance(found, MadeKey)
    return found


def refused(account: Account | None, wanted: Wanted, by: ApiKey | None = None) -> str:
    found = services.create(account, wanted, actor=COMMAND, now=NOW, by=by)
    assert isinstance(found, Refusal)
    return found.code


def test_key_is_made_and_opens_its_account(account: Account) -> None:
    new = made(account)
    assert authenticate(new.secret, NOW) is new.key
    assert (new.key.account, new.key.made_by) == (account, "Command line")
    assert (new.key.scopes, new.key.expires_at) == (["domains:write"], WANTED.expires_at)
    assert new.secret not in repr(new)


def test_secret_is_in_no_column(account: Account) -> None:
    new = made(account)
    rest = new.secret.removeprefix(new.key.prefix)
    row = db.session.execute(select(ApiKey.__table__)).one()
    assert rest not in repr(row)
    assert rest not in repr([one.message for one in db.session.scalars(select(Event))])


def test_history_tells_of_both_and_who_it_was(account: Account) -> None:
    key = made(account).key
    assert services.revoke(key, actor=Actor.key(key), now=NOW)
    said = [(one.kind, one.account_id, one.actor_name) for one in db.session.scalars(select(Event))]
    assert said == [
        (EventKind.KEY_CREATED, account.id, "Command line"),
        (EventKind.KEY_REVOKED, account.id, f"Billing ({key.prefix})"),
    ]
    sentences = [event_sentence(one) for one in db.session.scalars(select(Event))]
    assert sentences == [
        f"The API key “Billing” ({key.prefix}) was made.",
        f"The API key “Billing” ({key.prefix}) was revoked.",
    ]


def test_key_of_the_platform_is_nobodys_account(account: Account) -> None:
    key = made(None).key
    assert (key.account_id, db.session.scalars(select(Event)).one().account_id) == (None, None)


def test_revoked_key_opens_nothing_and_is_revoked_once(account: Account) -> None:
    new = made(account)
    assert services.revoke(new.key, actor=COMMAND, now=NOW)
    assert authenticate(new.secret, NOW) is None
    assert not services.revoke(new.key, actor=COMMAND, now=NOW + timedelta(hours=1))
    assert new.key.revoked_at == NOW


def test_another_process_that_revoked_it_first_is_believed(account: Account) -> None:
    key = made(account).key
    first = update(ApiKey).where(ApiKey.id == key.id).values(revoked_at=NOW - timedelta(hours=1))
    db.session.execute(first.execution_options(synchronize_session=False))
    assert not services.revoke(key, actor=COMMAND, now=NOW)
    assert key.revoked_at == NOW - timedelta(hours=1)


def test_scopes_are_kept_as_short_as_they_are_meant(account: Account) -> None:
    assert made(account, replace(WANTED, scopes=["read", "write", "events:read"])).key.scopes == ["write"]
    asked = ["domains:write", "domains:read", "events:read", "events:read"]
    assert made(account, replace(WANTED, scopes=asked)).key.scopes == ["domains:write", "events:read"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (replace(WANTED, scopes=[]), "no-scopes"),
        (replace(WANTED, scopes=["domains:delete"]), "unknown-scope"),
        (replace(WANTED, scopes=["events:write"]), "unknown-scope"),
        (replace(WANTED, expires_at=NOW), "bad-expiry"),
        (replace(WANTED, expires_at=NOW + timedelta(days=3700)), "bad-expiry"),
        (replace(WANTED, scopes=["webhooks:read"], is_test=True), "not-for-test-keys"),
    ],
)
def test_what_no_key_can_have_is_refused(wanted: Wanted, code: str, account: Account) -> None:
    assert refused(account, wanted) == code
    assert db.session.scalars(select(ApiKey)).all() == []


def test_account_that_is_being_deleted_gets_none(account: Account) -> None:
    account.deleted_at = NOW
    db.session.flush()
    assert refused(account, WANTED) == "account-deleted"


def test_account_has_a_limit_of_its_own_that_revoking_makes_room_in(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_VALID", 2)
    key = made(account).key
    make_key(account, expires_at=NOW)
    make_key(make_account("Rival"))
    make_key(None)
    made(account)
    assert refused(account, WANTED) == "too-many-keys"
    services.revoke(key, actor=COMMAND, now=NOW)
    made(account)


@pytest.mark.parametrize(
    ("own", "wanted", "code"),
    [
        ({"scopes": ["keys:write", "read"]}, WANTED, "beyond-own-scopes"),
        ({"scopes": ["write"], "test": True}, WANTED, "beyond-own-scopes"),
        ({"expires_at": NOW + timedelta(days=1)}, WANTED, "beyond-own-life"),
        ({"expires_at": NOW + timedelta(days=1)}, replace(WANTED, expires_at=None), "beyond-own-life"),
    ],
)
def test_no_key_makes_one_that_may_more_or_lives_longer(
    own: dict[str, object], wanted: Wanted, code: str, account: Account
) -> None:
    assert refused(account, wanted, make_key(account, **own)[0]) == code  # type: ignore[arg-type]


def test_key_makes_one_within_its_own_rights(account: Account) -> None:
    own = make_key(account, ["keys:write", "domains:write"], expires_at=WANTED.expires_at)[0]
    assert made(account, replace(WANTED, scopes=["domains:read"]), own).key.scopes == ["domains:read"]


def test_keys_that_are_revoked_at_once_do_not_begin_the_count_anew(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would have a limit of requests of its own."""
    monkeypatch.setattr(services, "MOST_A_DAY", 3)
    for _ in range(3):
        services.revoke(made(account).key, actor=COMMAND, now=NOW)
    assert refused(account, WANTED) == "too-many-keys"
    made(None)
    db.session.execute(update(ApiKey).values(created_at=NOW - timedelta(days=1, seconds=1)))
    made(account)
