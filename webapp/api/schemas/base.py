"""What all models of the API share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from webapp.models.base.free_text import fault_in
from webapp.web.bounded import MOST_ROW_ID


class Model(BaseModel):
    """What is asked: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def _without_defaults(schema: dict[str, Any]) -> None:
    for told in schema.get("properties", {}).values():
        told.pop("default", None)


class Change(Model):
    """A change, of which only the fields count that are sent (`model_fields_set`): the defaults mean nothing."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class Answer(BaseModel):
    """What is told. Fields may be added, so that a program has to ignore those that it does not know."""

    model_config = ConfigDict(from_attributes=True)


class NoQuery(Model):
    """An operation without parameters in its address."""


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _seen(text: str) -> str:
    if fault := fault_in(text):
        raise ValueError(fault)
    return text


#: A time in UTC (RFC 3339).
Time = Annotated[
    datetime,
    PlainSerializer(_rfc3339),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-27T08:20:00Z"]}),
]
#: The id of a row.
Id = Annotated[int, Field(ge=1, le=MOST_ROW_ID)]
#: One line that people write as they like, such as a name.
Line = Annotated[str, AfterValidator(_seen)]


def one_of(*values: str, says: str = "") -> Any:
    """A text with a value of a list that may grow: programs have to take values that they do not know."""
    known = f"One of {', '.join(values)}; more may be added."
    described = f"{says} {known}".strip()
    return WithJsonSchema({"type": "string", "description": described, "examples": [*values][:10]})


class FaultAt(Answer):
    """One value of a request that is wrong."""

    pointer: str | None = Field(None, description="Where in the body (RFC 6901).")
    parameter: str | None = Field(None, description="Which parameter of the address.")
    detail: str = Field(description="What is wrong with it, for people.")


class ProblemDocument(Answer):
    """A problem (RFC 9457). Further members may stand in it."""

    model_config = ConfigDict(extra="allow", from_attributes=True)

    type: str = Field(description="The page that explains this kind of problem.")
    title: str = Field(description="What kind of problem it is, in a few words.")
    status: int = Field(description="The status of the answer.")
    detail: str = Field(description="What is wrong here, for people.")
    instance: str = Field(description="The path that was asked for.")
    code: str = Field(description="Stable: programs branch on it.")
    request_id: str | None = Field(description="Say it when you ask the platform about this answer.")
    errors: list[FaultAt] = Field(description="Each value of the request that is wrong.")
