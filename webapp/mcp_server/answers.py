"""What tools answer: the API's documents in fewer fields, with what strangers wrote set apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from webapp.mcp_server import found_text

Document = Mapping[str, Any]


class Record(BaseModel):
    """One record to publish, with what the last check saw of it."""

    type: str
    name: str = Field(description="The full name.")
    relative_name: str | None = Field(None, description="What the form of most DNS providers wants.")
    values: list[str]
    required: bool = True
    status: str | None = Field(
        None, description="By the last check: found, missing, wrong, unknown or not_asked"
    )


class Found(BaseModel):
    """What the last check read where something else was expected."""

    notice: str = found_text.NOTICE
    found: list[str] = []
    unexpected: list[str] = []


class Summary(BaseModel):
    id: int
    domain_name: str
    shown: str = Field(description="The name in its own letters.")
    state: str = Field(description="pending, verified, failing, lapsed, expired, removing or removed")
    headline: str | None = None
    method: str | None = None
    verdict: str | None = None
    llm_client: str | None = None


class DomainList(BaseModel):
    domains: list[Summary]
    next_cursor: str | None = Field(None, description="Give it as cursor for those that follow.")


class Domain(Summary):
    next_step: str | None = Field(None, description="What to do now, in plain words.")
    who_acts: str | None = Field(None, description="you (the account), we (Nameplate) or nobody")
    ownership: str | None = None
    routing: str | None = None
    certificate: str | None = None
    last_checked_at: str | None = None
    next_check_at: str | None = None
    records: list[Record] = []
    last_check: Found | None = None


class Registered(BaseModel):
    existing: bool = Field(description="The account had this domain before.")
    domain: Domain


class Checked(BaseModel):
    finished: bool = Field(description="False: the check goes on; ask get_domain in a while.")
    domain: Domain


class Instructions(BaseModel):
    domain_name: str
    records: list[Record]
    text: str | None = Field(None, description="The same for an e-mail to whoever manages the DNS.")
    before: list[str] = Field([], description="What stops at the name when the records are added.")


class LLMClient(BaseModel):
    id: int
    name: str


class LLMClientList(BaseModel):
    llm_clients: list[LLMClient]
    next_cursor: str | None = None


class HandoverLink(BaseModel):
    domain_name: str
    url: str = Field(
        description="A secret: whoever has it sees this domain's records and may ask for a check."
    )
    expires_at: str


def summary_fields(document: Document) -> dict[str, Any]:
    client = document["llm_client"]
    return {
        "id": document["id"],
        "domain_name": document["domain_name"],
        "shown": document["shown"],
        "state": document["state"],
        "headline": found_text.sentence(document["headline"]),
        "method": document["method"],
        "verdict": document["verdict"],
        "llm_client": found_text.value(client["name"]) if client else None,
    }


def summary(document: Document) -> Summary:
    return Summary(**summary_fields(document))


def domain(document: Document) -> Domain:
    report = document.get("report") or {}
    return Domain(
        **summary_fields(document),
        next_step=found_text.sentence(document["next_step"]),
        who_acts=document["who_acts"],
        ownership=_status(document["ownership"]),
        routing=_status(document["routing"]),
        certificate=_status(document["certificate"]),
        last_checked_at=document["last_checked_at"],
        next_check_at=document["next_check_at"],
        records=records(document["records"]),
        last_check=_found(report),
    )


def instructions(document: Document) -> Instructions:
    """The text for an e-mail names what has to go, each on a line of its own, which strangers may have written."""
    strange = {f"    {value}" for value in document["unexpected"]}
    lines = document["text"].split("\n")
    text = "\n".join(
        f"    {found_text.quoted(line.removeprefix('    '))}" if line in strange else line for line in lines
    )
    return Instructions(
        domain_name=document["domain_name"],
        records=records(document["records"]),
        text=found_text.several_lines(text) or None,
        before=[found_text.sentence(one) or "" for one in document["stops"]],
    )


def _status(part: Document) -> str:
    error = part.get("error") or {}
    detail = found_text.sentence(error.get("detail"))
    return f"{part['status']}: {detail}" if detail else str(part["status"])


def records(found: Sequence[Document]) -> list[Record]:
    return [
        Record(
            type=one["type"],
            name=one["name"],
            relative_name=one.get("relative_name"),
            values=[*(one.get("values") or ([one["value"]] if one.get("value") is not None else []))],
            required=one.get("required", True),
            status=one.get("status"),
        )
        for one in found
    ]


def _found(report: Document) -> Found | None:
    """None when the check found nothing but what it expected."""
    expected = set(report.get("expected") or ())
    strange = [text for text in report.get("found") or () if text not in expected]
    unexpected = report.get("unexpected") or ()
    if not strange and not unexpected:
        return None
    return Found(found=found_text.all_quoted(strange), unexpected=found_text.all_quoted(unexpected))


def said(one: Domain) -> str:
    """One or two sentences for whoever reads no fields."""
    parts = [f"{one.shown}: {one.headline or one.state}.".replace("..", ".")]
    if one.next_step:
        parts.append(f"Next: {one.next_step}")
    return " ".join(parts)
