"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): the same request twice does one thing, and is answered
alike.

A row claims the key before anything is done, and gets the answer in the transaction that did it, so that a process
that dies leaves both or none. Bodies are sealed with the secret of the API key that asked: an answer may hold secrets
that are shown once, and whoever reads the database reads none.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.fernet import Fernet
from flask import Response, request
from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.exc import IntegrityError

from webapp.api.authentication import ACCOUNT_HEADER, caller, within
from webapp.api.problems import Problem
from webapp.extensions import db
from webapp.jobs import clock
from webapp.models import IdempotentAnswer

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
#: No request takes longer. A claim that is older is of a process that died.
LONGEST_REQUEST = timedelta(minutes=2)
#: New keys of one account: each leaves an answer in the database for a day.
AN_HOUR = "3000 per hour"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
#: Headers that belong to the answer; the others are of the moment.
_KEPT = ("Content-Type", "Location", "Retry-After", "Link", "ETag")


@dataclass(frozen=True)
class Claim:
    """This request is the one that does it. `row_id` and `since` name its claim."""

    row_id: int
    since: datetime

    def keep(self, response: Response) -> None:
        """Add the answer to the transaction at hand. Raises a problem 409 if another request took the claim."""
        headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
        changed = db.session.execute(
            update(IdempotentAnswer)
            .where(self._is_mine())
            .values(status=response.status_code, headers=headers, body=_seal().encrypt(response.get_data()))
            .execution_options(synchronize_session=False)
        )
        if not changed.rowcount:  # type: ignore[attr-defined]
            raise _in_progress()

    def release(self) -> None:
        """Let the next request with this key begin anew."""
        db.session.execute(
            delete(IdempotentAnswer).where(self._is_mine()).execution_options(synchronize_session=False)
        )

    def _is_mine(self) -> ColumnElement[bool]:
        row = IdempotentAnswer
        return and_(row.id == self.row_id, row.claimed_at == self.since, row.status.is_(None))


def claim() -> Claim | Response | None:
    """None without the header; the answer of the request that did it before; else the claim to do it now, which is
    committed. Raises problems 400, 409 and 429.
    """
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return None
    if not _KEY.fullmatch(key):
        raise Problem(400, "idempotency-key-invalid", f"{HEADER} takes 1 to 255 visible characters of ASCII.")
    within("use an Idempotency-Key", AN_HOUR)
    now = clock.now()
    return _claim_new(key, now) or _look_again(key, now)


def _claim_new(key: str, now: datetime) -> Claim | None:
    row = IdempotentAnswer(
        api_key_id=caller().key.id, idempotency_key=key, fingerprint=_fingerprint(), claimed_at=now
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        return None
    claimed = Claim(row.id, row.claimed_at)
    db.session.commit()
    return claimed


def _look_again(key: str, now: datetime) -> Claim | Response:
    row = db.session.scalar(
        select(IdempotentAnswer)
        .where(IdempotentAnswer.api_key_id == caller().key.id, IdempotentAnswer.idempotency_key == key)
        .execution_options(populate_existing=True)
    )
    if row is None:  # it was released this moment
        raise _in_progress()
    if not hmac.compare_digest(row.fingerprint, _fingerprint()):
        detail = f"This {HEADER} was sent before with another request. Take a new one for each request."
        raise Problem(409, "idempotency-mismatch", detail)
    if row.status is not None:
        return _answer_again(row)
    if row.claimed_at > now - LONGEST_REQUEST:
        raise _in_progress()
    return _take_over(row, now)


def _take_over(row: IdempotentAnswer, now: datetime) -> Claim:
    """The claim of a process that died. Its work was not committed, or the answer would stand there."""
    old = Claim(row.id, row.claimed_at)
    taken = db.session.execute(
        update(IdempotentAnswer)
        .where(old._is_mine())  # noqa: SLF001
        .values(claimed_at=now)
        .execution_options(synchronize_session=False)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        raise _in_progress()
    db.session.commit()
    return Claim(old.row_id, now)


def _answer_again(row: IdempotentAnswer) -> Response:
    body = _seal().decrypt(row.body or b"")
    return Response(body, row.status, {**(row.headers or {}), REPLAYED: "true"})


def _in_progress() -> Problem:
    detail = f"The first request with this {HEADER} is still at work."
    return Problem(409, "idempotency-in-progress", detail, headers={"Retry-After": "1"})


def _secret() -> bytes:
    """The bearer token of this request, which is known here alone: the database has its hash."""
    return request.headers.get("Authorization", "").partition(" ")[2].strip().encode()


def _seal() -> Fernet:
    return Fernet(urlsafe_b64encode(hmac.digest(_secret(), b"nameplate idempotent answer", "sha256")))


def _fingerprint() -> str:
    said = [request.method, request.full_path, request.headers.get(ACCOUNT_HEADER, ""), request.mimetype]
    digest = hmac.new(_secret(), "\n".join(said).encode(), hashlib.sha256)
    digest.update(request.get_data())
    return digest.hexdigest()
