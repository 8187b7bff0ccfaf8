"""The document of the API (OpenAPI 3.1), made of the routes and their models, and completed with what is the same for
all operations.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from flask import current_app

from webapp.api.authentication import ACCOUNT_HEADER, PLATFORM, SCOPE
from webapp.api.bodies import CSV, JSON
from webapp.api.document import OPERATION, Operation, spec
from webapp.api.idempotency import HEADER
from webapp.api.pages import sent
from webapp.api.problems import MEDIA_TYPE, PREFIX
from webapp.extensions import settings
from webapp.runtime.public_url import own_address
from webapp.web.bounded import MOST_ROW_ID

#: Statuses of problems that every operation with a key can answer.
_ALWAYS = (401, 403, 404, 429, 500, 503)
_DESCRIPTION = """Host names of their own for LLM clients.

Send an API key as a bearer token. Errors are problems (RFC 9457) with a stable `code`. Lists come in pieces: follow
`next_cursor` or the header `Link`. With `Idempotency-Key` a POST can be sent again without doing anything twice, with
`If-Match` a change is refused if somebody else was first. Fields and values of lists may be added at any time, so
ignore those that you do not know.
"""
_EXTENSION = "api_document"
#: Of each tag: how people read it, and what is below it.
TAGS = {
    "domains": ("Domains", "Host names of an account: what to add to the DNS, and how they stand."),
    "checks": ("Checks", "Runs of a verification. A check resets nothing."),
    "events": ("Events", "What happened, the newest first."),
    "llm-clients": ("LLM clients", "What visitors of a domain reach."),
    "handover-links": ("Hand-over links", "Pages without sign-in for whoever manages the DNS of one domain."),
    "imports": ("Imports", "Many names at once: a verdict on each line, then their registration."),
    "webhooks": ("Webhooks", "Endpoints that are told what happens, and what was sent to them."),
    "transfers": ("Transfers", "Domains that move to another account."),
    "keys": ("API keys", "Keys of an account or of the platform."),
    "accounts": ("Accounts", "The account of the key. Keys of the platform open and read all."),
    "suspension": ("Suspension", "Keys of the platform stop serving a domain, and release it."),
}


def document() -> dict[str, Any]:
    """Made once for each application."""
    found: dict[str, Any] | None = current_app.extensions.get(_EXTENSION)
    if found is None:
        found = current_app.extensions[_EXTENSION] = _completed(copy.deepcopy(spec.spec))
    return found


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of all, in the order of the paths."""
    for path, methods in sorted(document()["paths"].items()):
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _completed(made: dict[str, Any]) -> dict[str, Any]:
    contact = {"url" if "://" in settings().contact else "email": settings().contact}
    made["info"] = {"title": "Nameplate", "version": "1", "description": _DESCRIPTION, "contact": contact}
    made["servers"] = [{"url": own_address(current_app.extensions["settings"])}]
    made["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key, `npk_live_...`."}
    }
    made["tags"] = [
        {"name": tag, "description": about, "x-displayName": title} for tag, (title, about) in TAGS.items()
    ]
    made["components"]["headers"] = _HEADERS
    made["components"]["responses"] = {str(status): _problem(status) for status in _PROBLEMS}
    made.pop("security", None)
    views = _views()
    for path, methods in made["paths"].items():
        for method, told in methods.items():
            _complete(told, method.upper(), views[path, method.upper()])
            _add_example(told, made["components"]["schemas"])
    made["webhooks"] = sent.webhooks()
    made["components"]["schemas"] = {**sent.schemas(), **made["components"]["schemas"]}
    _drop_unused(made)
    return made


def _add_example(told: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    """A body that shows each field which has an example."""
    content = told.get("requestBody", {}).get("content", {}).get(JSON)
    if content is not None:
        fields = schemas[content["schema"]["$ref"].rpartition("/")[2]]["properties"]
        example = {name: one["examples"][0] for name, one in fields.items() if "examples" in one}
        if example:
            content["example"] = example


def _drop_unused(made: dict[str, Any]) -> None:
    """Parameters of addresses stand with their operations, so that nothing leads to the models of them."""
    schemas, used, waiting = made["components"]["schemas"], set[str](), [made["paths"]]
    waiting += [made["webhooks"], made["components"]["responses"]]
    while waiting:
        for name in _schemas_in(waiting.pop()) - used:
            used.add(name)
            waiting.append(schemas[name])
    made["components"]["schemas"] = {name: one for name, one in schemas.items() if name in used}


def _schemas_in(part: Any) -> set[str]:
    if isinstance(part, list):
        return {name for one in part for name in _schemas_in(one)}
    if not isinstance(part, dict):
        return set()
    reference = part.get("$ref")
    found = (
        {reference.rpartition("/")[2]} if isinstance(reference, str) and "/schemas/" in reference else set()
    )
    return found | {name for one in part.values() for name in _schemas_in(one)}


def _views() -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for rule in current_app.url_map.iter_rules():
        view = current_app.view_functions[rule.endpoint]
        if hasattr(view, OPERATION):
            path, _ = spec.backend.parse_path(rule, None)
            found |= {(path, method): view for method in rule.methods or ()}
    return found


def _complete(told: dict[str, Any], method: str, view: Any) -> None:
    operation: Operation = getattr(view, OPERATION)
    scope: str = getattr(view, SCOPE)
    told["parameters"] = [_parameter(one) for one in told["parameters"]]
    told["parameters"] += _parameters(method, scope, operation)
    told["security"] = [{"key": [scope]}] if scope else []
    if scope:
        told["description"] = f"{told['description']}\n\nNeeds the scope `{scope}`.".strip()
    if getattr(view, PLATFORM, False):
        told["description"] += " For keys of the platform."
        told["x-platform-only"] = True
    answers = told["responses"]
    answers.pop("422", None)
    for status, answer in answers.items():
        answer["headers"] = {name: _reference(name) for name in _headers_of(method, int(status), operation)}
    _add_csv(told, operation)
    for status in sorted({*_problems_of(method, operation, scope)}):
        answers[str(status)] = {"$ref": f"#/components/responses/{status}"}
    if _has_etag(method, operation):
        answers["304"] = {"description": "Not changed since the answer with the ETag in If-None-Match."}


def _parameter(told: Mapping[str, Any]) -> dict[str, Any]:
    """As spectree makes it, with ids as wide as ours, and no description twice."""
    schema = {key: value for key, value in told["schema"].items() if key not in {"title", "description"}}
    if told["in"] == "path" and schema.get("type") == "integer":
        schema = {"type": "integer", "format": "int64", "minimum": 1, "maximum": MOST_ROW_ID}
    return {**told, "schema": schema}


def _has_etag(method: str, operation: Operation) -> bool:
    return method == "GET" and not operation.tells_csv


def _add_csv(told: dict[str, Any], operation: Operation) -> None:
    if operation.csv_field is not None:
        told["requestBody"]["content"][CSV] = {
            "schema": {"type": "string", "minLength": 1},
            "example": "domain_name\nchat.acme.com\nshop.acme.com\n",
        }
    if operation.tells_csv:
        told["responses"]["200"]["content"] = {CSV: {"schema": {"type": "string"}}}


def _parameters(method: str, scope: str, operation: Operation) -> Iterator[dict[str, Any]]:
    if scope:
        said = "For keys of the platform: for which account this is."
        schema: dict[str, Any] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{4}-[0-9]{4}$"}
        yield {"name": ACCOUNT_HEADER, "in": "header", "description": said, "schema": schema}
    if method == "POST":
        said = "A text of yours, new for each thing that you want done; the same again is answered alike for a day."
        schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
        yield {"name": HEADER, "in": "header", "description": said, "schema": schema}
    if method in {"PATCH", "PUT", "DELETE"}:
        said = "The ETag that you have read: the change is refused with 412 if it is another by now."
        yield {"name": "If-Match", "in": "header", "description": said, "schema": {"type": "string"}}
    if _has_etag(method, operation):
        said = "The ETag that you have read: the answer is 304 while it is the same."
        yield {"name": "If-None-Match", "in": "header", "description": said, "schema": {"type": "string"}}


def _problems_of(method: str, operation: Operation, scope: str) -> Iterator[int]:
    yield from operation.problems
    yield from (_ALWAYS if scope else (404, 500, 503))
    yield 400
    yield 422  # unknown parameters
    if operation.body is not None:
        yield from (413, 415)
    if method == "POST":
        yield 409
    if method in {"PATCH", "PUT", "DELETE"}:
        yield from (409, 412)


def _headers_of(method: str, status: int, operation: Operation) -> Iterator[str]:
    yield from ("X-Request-ID", "RateLimit", "RateLimit-Policy")
    if _has_etag(method, operation) and status == 200:
        yield "ETag"
    if status in {201, 202}:
        yield "Location"
    if status == 202:
        yield "Retry-After"
    if operation.listed and status == 200:
        yield "Link"


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def _header(description: str, type_: str = "string") -> dict[str, Any]:
    return {"description": description, "schema": {"type": type_}}


_HEADERS = {
    "X-Request-ID": _header("The id of the request, for questions to the platform."),
    "RateLimit": _header("What is left of the key's requests: r requests, and the window ends in t seconds."),
    "RateLimit-Policy": _header("How many requests a key may send: q requests in w seconds."),
    "ETag": _header("The version of what was told, for If-None-Match and If-Match."),
    "Location": _header("Where the thing is that was made or begun."),
    "Retry-After": _header("After how many seconds to ask again.", "integer"),
    "Link": _header("The next piece of the list (rel=next)."),
    "WWW-Authenticate": _header("How to send a key (RFC 6750)."),
}
_PROBLEMS = (400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 500, 503)


def _problem(status: int) -> dict[str, Any]:
    headers = ["X-Request-ID"]
    headers += {401: ["WWW-Authenticate"], 403: ["WWW-Authenticate"]}.get(status, [])
    headers += ["Retry-After"] if status in {429, 503} else []
    return {
        "description": HTTPStatus(status).phrase,
        "headers": {name: _reference(name) for name in headers},
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    }


__all__ = ["PREFIX", "TAGS", "document", "operations"]
