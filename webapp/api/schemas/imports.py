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

    new: int
    ready: int
    refused: int
    existing: int
    registered: int


class Import(Answer):
    id: int
    account: str
    state: Annotated[str, one_of(*(one.value for one in ImportState))]
    lines: int
    counts: ImportCounts
    adopt: bool = Field(description="Whether hosted zones that lines name are taken over, with a proof.")
    created_at: Time
    started_at: Time | None
    ended_at: Time | None


class ImportList(Page[Import]):
    """Imports, the newest first."""


class RefusalOfLine(Answer):
    code: str = Field(description="Stable. For what a registration would refuse, its reason.")
    sentence: str


class ImportLine(Answer):
    line: int = Field(description="Of the list, from 1; of CSV the line of the text.")
    typed: str
    domain_name: str | None = Field(description="In A-labels; null where the text is no name.")
    llm_client: str | None
    method: str | None
    result: Annotated[str, one_of(*_STATES)]
    domain_id: int | None
    refusal: RefusalOfLine | None


class ImportLineList(Page[ImportLine]):
    """Lines, in the order of the list."""


class ImportWithVerdicts(Import):
    verdicts: list[ImportLine] = Field(
        description="Of a list with up to 100 lines. A longer one is judged by a worker: ask for its lines."
    )


class ImportLinesQuery(PageQuery):
    result: Annotated[str | None, one_of(*_STATES)] = Field(None, max_length=20)


class NewLine(Model):
    domain_name: str = Field(max_length=2000)
    llm_client: Line | None = Field(None, max_length=100, description="The label or the name of one.")
    method: Line | None = Field(None, max_length=40)
    aws_hosted_zone_id: Line | None = Field(None, max_length=64)


class NewImport(Model):
    """Either `lines` or `csv`."""

    lines: list[str | NewLine] = Field(default_factory=list, max_length=MOST_LINES)
    csv: str | None = Field(None, description="The text of a CSV file, or one name a line.")
    adopt: bool = Field(
        False, description="Take over the hosted zones that lines name; for keys of the platform alone."
    )

    def model_post_init(self, _context: Any, /) -> None:
        if bool(self.lines) == (self.csv is not None):
            raise ValueError("Send either lines or csv.")
