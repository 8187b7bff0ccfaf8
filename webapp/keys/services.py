"""Making and revoking keys. Services flush; the edge that called them commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from webapp.audit.log import Actor, note_account, note_alone
from webapp.extensions import db
from webapp.keys import queries
from webapp.keys.access import scopes
from webapp.keys.access.tokens import hash_of, new_token
from webapp.models import Account, ApiKey, EventKind, Message

#: Valid keys of one account, and of the platform. More of them are a mistake in somebody's script.
MOST_VALID = 50
#: Keys made for one account in 24 hours. Each has a limit of requests of its own, is an e-mail to the owners, and
#: leaves a row for ever.
MOST_A_DAY = 100
#: A key with an end has it within ten years.
LONGEST = timedelta(days=3653)


@dataclass(frozen=True)
class Wanted:
    """A key as somebody asks for it. `expires_at`: None for no end."""

    name: str
    scopes: Sequence[str]
    expires_at: datetime | None = None
    is_test: bool = False


@dataclass(frozen=True)
class MadeKey:
    """`secret` is the key itself. It is shown once, and kept nowhere."""

    key: ApiKey
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Refusal:
    """`field` is that of `Wanted` which has to be changed; None where it is none."""

    code: str
    sentence: str
    field: str | None = None


def create(
    account: Account | None, wanted: Wanted, *, actor: Actor, now: datetime, by: ApiKey | None = None
) -> MadeKey | Refusal:
    """Make a key of the account, or of the platform. `by`: the key that asks for it, if it is a program."""
    if account is not None:
        # Locks the row, so that two requests at once cannot pass the limit together, and none passes a deletion.
        db.session.execute(update(Account).where(Account.id == account.id).values(updated_at=now))
        db.session.refresh(account, ["deleted_at"])
    refusal = _refusal(account, wanted, now) or (_beyond(by, wanted) if by is not None else None)
    if refusal is not None:
        return refusal
    token = new_token(is_test=wanted.is_test)
    key = ApiKey(
        account=account,
        name=wanted.name,
        prefix=token.prefix,
        secret_hash=hash_of(token.secret),
        scopes=scopes.shortest(wanted.scopes),
        is_test=wanted.is_test,
        made_by=actor.name,
        expires_at=wanted.expires_at.astimezone(UTC) if wanted.expires_at else None,
    )
    db.session.add(key)
    _note(key, EventKind.KEY_CREATED, Message("key.created", _params(key)), actor)
    db.session.flush()
    return MadeKey(key, token.secret)


def _refusal(account: Account | None, wanted: Wanted, now: datetime) -> Refusal | None:
    if account is not None and account.deleted_at is not None:
        return Refusal("account-deleted", "This account is being deleted, so it gets no more keys.")
    if refusal := _refused_scopes(wanted):
        return refusal
    if wanted.expires_at is not None and not now < wanted.expires_at <= now + LONGEST:
        sentence = "A key expires at a time to come, within ten years."
        return Refusal("bad-expiry", sentence, "expires_at")
    if queries.count_valid(account, now) >= MOST_VALID:
        sentence = (
            f"There are {MOST_VALID} valid keys already, which is the limit. Revoke one that is not used."
        )
        return Refusal("too-many-keys", sentence)
    if account is not None and queries.count_made(account, now - timedelta(days=1)) >= MOST_A_DAY:
        sentence = f"{MOST_A_DAY} keys were made in 24 hours, which is the limit. Make the next one tomorrow."
        return Refusal("too-many-keys", sentence)
    return None


def _refused_scopes(wanted: Wanted) -> Refusal | None:
    if not wanted.scopes:
        return Refusal("no-scopes", "Choose at least one thing that the key may do.", "scopes")
    if unknown := [one for one in wanted.scopes if one not in scopes.ALL]:
        return Refusal("unknown-scope", f"There is no scope “{unknown[0]}”.", "scopes")
    if wanted.is_test and (out := [one for one in wanted.scopes if not scopes.is_for_test_keys(one)]):
        return Refusal("not-for-test-keys", f"A test key cannot have {', '.join(out)}.", "scopes")
    return None


def _beyond(own: ApiKey, wanted: Wanted) -> Refusal | None:
    """No key makes one that may do more, or that lives longer, than itself."""
    if more := scopes.beyond(wanted.scopes, own.scopes):
        sentence = f"The key that asks has not got {', '.join(more)}, so it cannot give it to another."
        return Refusal("beyond-own-scopes", sentence, "scopes")
    if own.is_test and not wanted.is_test:
        return Refusal("beyond-own-scopes", "A test key makes test keys alone.", "is_test")
    if own.expires_at is not None and (wanted.expires_at is None or wanted.expires_at > own.expires_at):
        sentence = "The key that asks expires earlier. A key cannot make one that outlives it."
        return Refusal("beyond-own-life", sentence, "expires_at")
    return None


def revoke(key: ApiKey, *, actor: Actor, now: datetime) -> bool:
    """From the commit on, no request with the key is answered. False when it was revoked before."""
    unrevoked = update(ApiKey).where(ApiKey.id == key.id, ApiKey.revoked_at.is_(None))
    done = db.session.execute(
        unrevoked.values(revoked_at=now, updated_at=now).execution_options(synchronize_session=False)
    )
    db.session.refresh(key)
    if not done.rowcount:  # type: ignore[attr-defined]
        return False
    _note(key, EventKind.KEY_REVOKED, Message("key.revoked", _params(key)), actor)
    db.session.flush()
    return True


def _params(key: ApiKey) -> dict[str, object]:
    return {
        "name": key.name,
        "prefix": key.prefix,
        "scopes": list(key.scopes),
        "test": key.is_test,
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
    }


def _note(key: ApiKey, kind: EventKind, said: Message, actor: Actor) -> None:
    if key.account is None:
        note_alone(kind, said, actor)
    else:
        note_account(key.account, kind, said, actor)
