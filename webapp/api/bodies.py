"""Bodies, before they are validated: spectree takes what is no JSON for an empty object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from flask import request

from webapp.api.problems import Problem

JSON, CSV = "application/json", "text/csv"
#: In place of pydantic's words.
_WORDS = {"extra_forbidden": "There is no such field.", "missing": "This is missing."}


def require_object() -> None:
    """Raise a problem unless the request has one JSON object for a body."""
    if request.mimetype != JSON and not request.mimetype.endswith("+json"):
        sent = request.mimetype or "none"
        raise Problem(415, "wrong-content-type", f"The content type has to be {JSON} and is {sent}.")
    try:
        found = json.loads(request.get_data(), parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as err:
        raise Problem(400, "unreadable-body", f"The body cannot be read as JSON: {err}.") from None
    if not isinstance(found, dict):
        raise Problem(422, "invalid-request", "The body has to be a JSON object.", pointer="")


def take_csv(field: str) -> None:
    """Let a body of CSV, in UTF-8, be read as a JSON object with its text in this field."""
    try:
        text = request.get_data().decode()
    except UnicodeDecodeError:
        raise Problem(400, "unreadable-body", "The body cannot be read as UTF-8.") from None
    sent = {field: text}
    request.get_json = lambda *_args, **_options: sent  # type: ignore[method-assign]


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 8259 leaves open which of two members with one name counts, so that none does."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member stands twice in one object")
    return found


def invalid(errors: Iterable[Mapping[str, Any]], *, in_body: bool) -> Problem:
    """What pydantic found, as one problem, of which no view has heard."""
    told = [_error(one, in_body=in_body) for one in errors]
    first = told[0]
    where = first.get("pointer") or first.get("parameter")
    detail = f"{where}: {first['detail']}" if where else first["detail"]
    more = f" ({len(told) - 1} more)" if len(told) > 1 else ""
    problem = Problem(422, "invalid-request", f"{detail}{more}", errors=told)
    problem.is_early = True
    return problem


def _error(error: Mapping[str, Any], *, in_body: bool) -> dict[str, str]:
    path = [str(one).replace("~", "~0").replace("/", "~1") for one in error["loc"]]
    words = str(error["msg"]).removeprefix("Value error, ")
    detail = _WORDS.get(error["type"]) or f"{words[:1].upper()}{words[1:]}".rstrip(".") + "."
    if in_body:
        return {"pointer": "".join(f"/{one}" for one in path), "detail": detail}
    return {"parameter": path[0] if path else "", "detail": detail}
