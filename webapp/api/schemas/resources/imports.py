"""Many names at once: lists, their verdicts, and what became of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from webapp.api.schemas.base import Answer, Line, Model, Time, one_of
from webapp.api.schemas.paging import Page, PageQuery
from webapp.models import ImportState, LineState

_STATES = tuple(one.value for one in LineState)
#: A body holds no more of them.
MOST_LINES = 10_000


class ImportCounts(Answer):
    """How many lines are in each state."""

    new: int = Field(description="Not judged yet.")
    ready: int = Field(description="Can be registered.")
    refused: int = Field(description="Refused, now or when it was registered.")
    existing: int = Field(description="The account's already.")
    registered: int = Field(description="Registered by this import.")


class Import(Answer):
    """A list of names, and how far it is."""

    id: int = Field(description="Its id.")
    account: str = Field(description="The number of its account.")
    state: Annotated[str, one_of(*(one.value for one in ImportState))]
    lines: int = Field(description="How many lines the list has.")
    counts: ImportCounts = Field(description="How many of them are in each state.")
    adopt: bool = Field(description="Whether hosted zones that lines name are taken over, with a proof.")
    created_at: Time = Field(description="When the list was sent.")
    started_at: Time | None = Field(description="When the registration began.")
    ended_at: Time | None = Field(description="When it ended.")


class ImportList(Page[Import]):
    """Imports, the newest first."""


class RefusalOfLine(Answer):
    """Why a line is not registered."""

    code: str = Field(description="Stable. For what a registration would refuse, its reason.")
    sentence: str = Field(description="Why, for people.")


class ImportLine(Answer):
    """A line of a list, with its verdict."""

    line: int = Field(description="Of the list, from 1; of CSV the line of the text.")
    typed: str = Field(description="The name as the list has it.")
    domain_name: str | None = Field(description="In A-labels; null where the text is no name.")
    llm_client: str | None = Field(description="The LLM client as the list has it.")
    method: str | None = Field(description="The method as the list has it.")
    result: Annotated[str, one_of(*_STATES)]
    domain_id: int | None = Field(description="The domain that it became, or that the account has already.")
    refusal: RefusalOfLine | None = Field(description="Null unless the line is refused.")


class ImportLineList(Page[ImportLine]):
    """Lines, in the order of the list."""


class ImportWithVerdicts(Import):
    """A list that was just sent."""

    verdicts: list[ImportLine] = Field(
        description="Of a list with up to 100 lines. A longer one is judged by a worker: ask for its lines."
    )


class ImportLinesQuery(PageQuery):
    result: Annotated[str | None, one_of(*_STATES)] = Field(None, max_length=20)


class NewLine(Model):
    """A name with what is to become of it."""

    domain_name: str = Field(max_length=2000, description="The host name, read as people type it.")
    llm_client: Line | None = Field(None, max_length=100, description="The label or the name of one.")
    method: Line | None = Field(None, max_length=40, description="`delegation` or `records`.")
    aws_hosted_zone_id: Line | None = Field(
        None, max_length=64, description="The hosted zone to take over, with `adopt`."
    )


class NewImport(Model):
    """Either `lines` or `csv`."""

    lines: list[str | NewLine] = Field(
        default_factory=list,
        max_length=MOST_LINES,
        description="The names, or objects that say more of each.",
        examples=[["chat.acme.com", "shop.acme.com"]],
    )
    csv: str | None = Field(None, description="The text of a CSV file, or one name a line.")
    adopt: bool = Field(
        False, description="Take over the hosted zones that lines name; for keys of the platform alone."
    )

    def model_post_init(self, _context: Any, /) -> None:
        if bool(self.lines) == (self.csv is not None):
            raise ValueError("Send either lines or csv.")
