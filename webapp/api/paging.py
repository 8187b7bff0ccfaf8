"""Lists in pieces: `?limit=&cursor=`, and the address of the next piece in `Link` (RFC 8288) and in the body.

A cursor names the row behind which the next piece begins, so that rows which come and go meanwhile neither show
twice nor are left out.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from webapp.api.problems import Problem
from webapp.api.schemas.paging import Page, PageQuery
from webapp.extensions import db
from webapp.web import bounded

T = TypeVar("T")


def paged(
    model: type[Page[T]],
    query: Select[Any],
    column: InstrumentedAttribute[int],
    asked: PageQuery,
    shown: Callable[[Any], T],
    *,
    oldest_first: bool = False,
) -> tuple[Page[T], int, dict[str, str]]:
    """A piece of `query` in the order of `column`, an id, the newest first. `query` selects one entity a row.

    `model` is the class for the answers, such as `class DomainList(Page[Domain])`. Raises a problem 422.
    """
    behind = cursor_id(asked.cursor)
    query = (
        query.order_by(None).order_by(column.asc() if oldest_first else column.desc()).limit(asked.limit + 1)
    )
    if behind is not None:
        query = query.where(column > behind if oldest_first else column < behind)
    rows: Sequence[Any] = db.session.scalars(query).all()
    some = rows[: asked.limit]
    cursor = cursor_of(getattr(some[-1], column.key)) if len(rows) > asked.limit else None
    return page(model, [shown(row) for row in some], cursor)


def page(model: type[Page[T]], data: list[T], next_cursor: str | None) -> tuple[Page[T], int, dict[str, str]]:
    """A piece of any list, with the address of the next one."""
    headers = {}
    if next_cursor is not None:
        asked = {**request.args.to_dict(flat=True), "cursor": next_cursor}
        headers["Link"] = f'<{request.path}?{urlencode(asked)}>; rel="next"'
    return model(data=data, next_cursor=next_cursor), 200, headers


def cursor_of(row_id: int) -> str:
    return urlsafe_b64encode(f"after:{row_id}".encode()).decode().rstrip("=")


def cursor_id(cursor: str | None) -> int | None:
    """The id in a cursor of `cursor_of`; None for none."""
    if cursor is None:
        return None
    found = None
    if cursor.isascii():
        try:
            text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        except ValueError:
            text = ""
        found = bounded.number(text.removeprefix("after:")) if text.startswith("after:") else None
    if found is None:
        errors = [{"parameter": "cursor", "detail": "This list gave out no such cursor."}]
        raise Problem(422, "cursor-invalid", "This list gave out no such cursor.", errors=errors)
    return found
