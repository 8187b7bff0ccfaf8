"""`operation`: what a view of the API reads and answers, in one place, of which the document is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from typing import Any, NamedTuple, TypeVar

from flask import Response, g, request
from pydantic import BaseModel, ValidationError
from spectree import Response as Responses
from spectree import SpecTree

from webapp.api import idempotency, transactions
from webapp.api.bodies import CSV, invalid, require_object, take_csv
from webapp.api.etags import told_once
from webapp.api.problems import Problem
from webapp.api.schemas.base import Model, NoQuery, ProblemDocument
from webapp.extensions import db

M = TypeVar("M", bound=BaseModel)
#: What a view gives back: a model, with a status and headers if they are not 200 and none.
Result = Any
#: What views are called, and the verb of their operation where it is another.
_VERBS = {"show": "get", "change": "update", "remove": "delete"}
_READS = frozenset({"GET", "HEAD"})
_STREAM = "api_stream"


class Operation(NamedTuple):
    """What the document says of a view beside its models. `problems` are statuses that it answers by itself,
    `listed`: it answers with a piece of a list, `csv_field` and `tells_csv` as of `operation`.
    """

    name: str
    body: type[BaseModel] | None
    problems: frozenset[int]
    listed: bool
    csv_field: str | None
    tells_csv: bool


#: The attribute of a view that has its `Operation`.
OPERATION = "__operation__"


def _refuse(
    of_body: type[BaseModel] | None,
    _request: Any,
    _response: Any,
    error: ValidationError | None,
    _view: Any,
    _adapter: Any,
) -> None:
    """Instead of spectree's own answer to a request that is not valid."""
    if error is not None:
        in_body = of_body is not None and error.title == of_body.__name__
        raise invalid(error.errors(include_url=False, include_context=False), in_body=in_body)


def _must_be_as_promised(
    _request: Any, _response: Any, error: Exception | None, _view: Any, _adapter: Any
) -> None:
    """An answer that is not as the document says is a fault of ours, and ends as one."""
    if error is not None:
        raise error


def _operation_id(view: str, tag: str) -> str:
    """Generators of clients make the names of methods of it: `list_domains`, `get_domain`."""
    things = tag.replace("-", "_")
    return f"list_{things}" if view == "index" else f"{_VERBS.get(view, view)}_{things.removesuffix('s')}"


def _own_name(model: Any) -> str:
    return str(model.__name__)


spec = SpecTree(
    "flask",
    mode="strict",
    after=_must_be_as_promised,
    validation_error_model=ProblemDocument,
    naming_strategy=_own_name,
    nested_naming_strategy=lambda _parent, child: child,
    title="Nameplate",
    openapi_version="3.1.0",
)


def operation(
    *,
    tag: str,
    answers: Mapping[int, type[BaseModel] | None],
    query: type[Model] = NoQuery,
    body: type[Model] | None = None,
    problems: Sequence[int] = (),
    name: str | None = None,
    csv_field: str | None = None,
    tells_csv: bool = False,
) -> Callable[[Callable[..., Result]], Callable[..., Response]]:
    """Declare a view: it stands below the route and above `needs`. ::

        api = resource("domains")


        @api.get("/domains/<int:domain_id>")
        @operation(tag="domains", answers={200: Domain}, problems=(404,))
        @needs("domains:read")
        def show(domain_id: int) -> Result:
            \"""One domain.

            What the document says of it beyond that.
            \"""
            return domain_answer(own_domain(domain_id))

    `answers` has the model of each status that the view gives by itself, None for one without a body; `problems` the
    statuses of the problems that it raises. Those of every operation (keys, limits, bodies, our faults) are added.
    `name` is the `operationId`; without it the name of the view and the tag make one, such as `list_domains`.
    `csv_field`: a body of CSV is taken for a body with its text in this field. `tells_csv`: the view gives back a
    `Response` of CSV that is written while it is sent.

    The view gives back an instance of the model, or `(instance, status)`, or `(instance, status, headers)`. It
    writes and never commits: `webapp.api.transactions` commits after it, and rolls back what raises.
    """

    def declared(view: Callable[..., Result]) -> Callable[..., Response]:
        called = name or _operation_id(view.__name__, tag)
        responses = Responses(**{f"HTTP_{status}": model for status, model in answers.items()})
        validated = spec.validate(
            query=query,
            json=body,
            resp=responses,
            tags=(tag,),
            operation_id=called,
            before=partial(_refuse, body),
        )(_read_later(view) if tells_csv else view)

        @wraps(validated)
        def carried_out(**arguments: Any) -> Response:
            if request.method in _READS:
                told = told_once(validated(**arguments))
                streamed: Response | None = g.pop(_STREAM, None)
                return streamed or told
            if csv_field is not None and request.mimetype == CSV:
                take_csv(csv_field)
            elif body is not None:
                require_object()
            return _write(validated, arguments)

        listed = any(model and "next_cursor" in model.model_fields for model in answers.values())
        setattr(
            carried_out, OPERATION, Operation(called, body, frozenset(problems), listed, csv_field, tells_csv)
        )
        return carried_out

    return declared


def _read_later(view: Callable[..., Response]) -> Callable[..., Response]:
    """The view, of whose answer spectree sees nothing: it would read all of it at once."""

    @wraps(view)
    def begun(**arguments: Any) -> Response:
        setattr(g, _STREAM, view(**arguments))
        return Response(mimetype=CSV)

    return begun


def _write(view: Callable[..., Response], arguments: Mapping[str, Any]) -> Response:
    claimed = idempotency.claim()
    if isinstance(claimed, Response):
        return claimed
    try:
        return _commit(_outcome(view, arguments), claimed)
    except BaseException:
        transactions.forget()
        if claimed is not None:
            claimed.release()
            db.session.commit()
        raise


def _outcome(view: Callable[..., Response], arguments: Mapping[str, Any]) -> Response | Problem:
    """The view's answer, also if it is a problem that the view found."""
    try:
        return view(**arguments)
    except Problem as problem:
        if problem.is_early:
            raise
        return problem


def _commit(outcome: Response | Problem, claimed: idempotency.Claim | None) -> Response:
    """Commit what was done together with its answer."""
    response = outcome.response if isinstance(outcome, Problem) else outcome
    if isinstance(outcome, Problem) and not outcome.keep:
        transactions.forget()
        if claimed is None:
            return response
    if claimed is not None:
        claimed.keep(response) if _is_kept(response) else claimed.release()
    transactions.commit()
    return response


def _is_kept(response: Response) -> bool:
    """Whether the same request is to be answered so again: not what only time is in the way of."""
    return response.status_code != 429 and response.status_code < 500


def query(model: type[M]) -> M:
    """The parameters of the address, validated."""
    found = request.context.query  # type: ignore[attr-defined]
    assert isinstance(found, model)  # noqa: S101
    return found


def body(model: type[M]) -> M:
    """The body, validated."""
    found = request.context.json  # type: ignore[attr-defined]
    assert isinstance(found, model)  # noqa: S101
    return found


__all__ = ["Operation", "Result", "body", "operation", "query", "spec"]
