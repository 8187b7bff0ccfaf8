"""The transaction of a request that writes. Views of the API never commit; this does, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec

from flask import g
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from webapp.api.authentication import caller, wrong_key
from webapp.api.problems import Problem
from webapp.extensions import db
from webapp.models import ApiKey

P = ParamSpec("P")


def after_commit(job: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> None:
    """Do `job` once the transaction of this request is committed, such as waking a worker. After a refusal nothing
    of it is done.
    """
    g.setdefault("api_after_commit", []).append((job, args, kwargs))


def commit() -> None:
    """Commit what the request did, unless its key was revoked meanwhile: then a problem 401, and nothing was done.

    The row of the key is locked against that until the commit, so that a revocation that was answered is never
    followed by a change of that key.
    """
    try:
        db.session.flush()
        _require_living_key()
        db.session.commit()
    except StaleDataError:
        forget()
        detail = "Another request changed the same thing at the same moment. Nothing was done."
        raise Problem(409, "changed-at-once", detail) from None
    for job, args, kwargs in g.pop("api_after_commit", []):
        job(*args, **kwargs)


def end_own_key() -> None:
    """This request revokes the key that it came with, which is no reason to refuse it."""
    g.ends_own_key = True


def forget() -> None:
    """Roll back, and leave undone what was to follow the commit."""
    db.session.rollback()
    g.pop("api_after_commit", None)


def _require_living_key() -> None:
    key_id = caller().key.id
    row = select(ApiKey.revoked_at).where(ApiKey.id == key_id).with_for_update(read=True)
    found = db.session.execute(row).one_or_none()
    if found is None or (found.revoked_at is not None and not g.get("ends_own_key")):
        forget()
        raise wrong_key()
