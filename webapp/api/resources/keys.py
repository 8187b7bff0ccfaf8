"""Keys of the account; for a key of the platform without an account, those of the platform."""

from __future__ import annotations

from webapp.api.authentication import caller, needs
from webapp.api.blueprint import location, resource
from webapp.api.document import Result, body, operation, query
from webapp.api.paging import paged
from webapp.api.problems import Problem, not_found
from webapp.api.schemas.resources.keys import Key, KeyList, KeysQuery, KeyWithSecret, NewKey
from webapp.api.transactions import after_commit, end_own_key
from webapp.jobs import clock
from webapp.keys import queries, services
from webapp.keys.documents import key_document
from webapp.keys.notice import tell_owners
from webapp.keys.services import MadeKey, Refusal, Wanted
from webapp.models import ApiKey
from webapp.web.bounded import MOST_ROW_ID

api = resource("keys")

#: Field of a refusal -> where it stands in the body.
_POINTERS = {"scopes": "/scopes", "expires_at": "/expires_at", "is_test": "/test"}
_STATUSES = {"beyond-own-scopes": 403, "beyond-own-life": 403, "too-many-keys": 409, "account-deleted": 409}


@api.get("/keys")
@operation(tag="keys", query=KeysQuery, answers={200: KeyList})
@needs("keys:read")
def index() -> Result:
    """List keys.

    The newest first, with those that ended. A key of the platform without the header Nameplate-Account lists the keys
    of the platform.
    """
    asked, now = query(KeysQuery), clock.now()
    wanted = queries.keys_of(caller().account)
    if asked.ended is not None:
        valid = queries.is_valid(now)
        wanted = wanted.where(~valid if asked.ended else valid)
    return paged(KeyList, wanted, ApiKey.id, asked, lambda key: Key.model_validate(key_document(key, now)))


@api.post("/keys")
@operation(tag="keys", body=NewKey, answers={201: KeyWithSecret}, problems=(403, 409))
@needs("keys:write")
def create() -> Result:
    """Make a key.

    The answer has its secret, which is told only now. The new key may do no more and lives no longer than the key
    that asks. Owners of the account are told by e-mail.
    """
    asked, now = body(NewKey), clock.now()
    wanted = Wanted(asked.name, asked.scopes, asked.expires_at, asked.test)
    made = services.create(caller().account, wanted, actor=caller().actor, now=now, by=caller().key)
    if not isinstance(made, MadeKey):
        raise _problem(made)
    after_commit(tell_owners, made.key.id)
    answer = KeyWithSecret.model_validate(key_document(made.key, now) | {"secret": made.secret})
    return answer, 201, {"Location": location("keys.show", key_id=made.key.id)}


@api.get("/keys/<int:key_id>")
@operation(tag="keys", answers={200: Key}, problems=(404,))
@needs("keys:read")
def show(key_id: int) -> Result:
    """Read a key."""
    return Key.model_validate(key_document(_own_key(key_id), clock.now()))


@api.delete("/keys/<int:key_id>")
@operation(tag="keys", answers={204: None}, problems=(404,))
@needs("keys:write")
def revoke(key_id: int) -> Result:
    """Revoke a key.

    From the answer on nothing is answered to it. A key may revoke itself. Doing it twice changes nothing.
    """
    key = _own_key(key_id)
    services.revoke(key, actor=caller().actor, now=clock.now())
    if key is caller().key:
        end_own_key()
    return "", 204


def _own_key(key_id: int) -> ApiKey:
    key = queries.key_with(caller().account, key_id) if key_id <= MOST_ROW_ID else None
    if key is None:
        raise not_found()
    return key


def _problem(refusal: Refusal) -> Problem:
    pointer = _POINTERS.get(refusal.field or "")
    return Problem(_STATUSES.get(refusal.code, 422), refusal.code, refusal.sentence, pointer=pointer)
