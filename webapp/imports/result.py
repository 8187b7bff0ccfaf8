"""What became of an import, as a table and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import selectinload

from webapp.audit.history import csv_text
from webapp.dns import names
from webapp.imports import queries
from webapp.jobs.batches import batches
from webapp.messages.catalogue import sentence
from webapp.models import DomainImport, ImportLine, ImportState, LineState, LLMClientCustomDomain
from webapp.proofs.documents import domain_documents

HEAD = ("line", "domain_name", "result", "id", "state", "records", "refusal", "code")


@dataclass(frozen=True)
class Said:
    """How a line is shown. `icon` and `tone` as those of a domain's situation."""

    words: str
    icon: str
    tone: str


_SAID = {
    LineState.NEW: Said("Being checked", "waiting", "wait"),
    LineState.READY: Said("Can be registered", "waiting", "wait"),
    LineState.REFUSED: Said("Refused", "failing", "bad"),
    LineState.EXISTING: Said("Yours already", "verified", "off"),
    LineState.REGISTERED: Said("Registered", "verified", "good"),
}
_LEFT = Said("Not registered", "off", "off")


def said_of(line: ImportLine, import_: DomainImport) -> Said:
    left = line.state in {LineState.NEW, LineState.READY} and import_.state is ImportState.CANCELLED
    return _LEFT if left else _SAID[line.state]


def shown(line: ImportLine) -> str:
    return names.HostName(line.domain_name).shown if line.domain_name else line.typed


def line_document(line: ImportLine) -> dict[str, Any]:
    """The line as JSON values, without its domain's records. Keys may be added, and never renamed or removed."""
    problem = line.problem
    return {
        "line": line.number,
        "typed": line.typed,
        "domain_name": line.domain_name,
        "llm_client": line.llm_client,
        "method": line.method,
        "result": line.state.value,
        "domain_id": line.custom_domain_id,
        "refusal": refusal_document(line) if problem else None,
    }


def refusal_document(line: ImportLine) -> dict[str, Any] | None:
    """`code` is a stable id: that of a registration for what the registration refused."""
    problem = line.problem
    if problem is None:
        return None
    code = problem.params["reason"] if problem.code == "import.refused" else problem.code
    return {"code": code, "sentence": sentence(problem)}


def import_document(import_: DomainImport) -> dict[str, Any]:
    """As programs are told of it."""
    counts = queries.counts(import_)
    return {
        "id": import_.id,
        "account": import_.account.number,
        "state": import_.state.value,
        "lines": import_.lines,
        "adopt": import_.adopt,
        "counts": {state.value: counts[state] for state in LineState},
        "created_at": import_.created_at,
        "started_at": import_.started_at,
        "ended_at": import_.ended_at,
    }


def as_csv(import_: DomainImport) -> Iterator[str]:
    """Every line with what became of it and the records to type, read while it is written."""
    return csv_text(HEAD, _rows(import_))


def _rows(import_: DomainImport) -> Iterator[Sequence[str | None]]:
    domain, account_id = selectinload(ImportLine.custom_domain), import_.account_id
    parts = [
        domain.selectinload(part)
        for part in (
            LLMClientCustomDomain.account,
            LLMClientCustomDomain.llm_client,
            LLMClientCustomDomain.zones,
            LLMClientCustomDomain.records_proofs,
            LLMClientCustomDomain.probe,
        )
    ]
    query = queries.lines_query(import_).options(*parts)
    for lines in batches(query, ImportLine.number):
        domains = [line.custom_domain for line in lines if line.custom_domain is not None]
        # One that moved to another account is that account's alone.
        mine = [one for one in domains if one.account_id == account_id]
        documents = {one["id"]: one for one in domain_documents(mine)}
        for line in lines:
            yield _row(line, documents.get(line.custom_domain_id))


def _row(line: ImportLine, domain: dict[str, Any] | None) -> Sequence[str | None]:
    refusal = refusal_document(line) or {"code": None, "sentence": None}
    return (
        str(line.number),
        line.domain_name or line.typed,
        line.state.value,
        str(domain["id"]) if domain else None,
        domain["state"] if domain else None,
        "\n".join(_records(domain)) if domain else None,
        refusal["sentence"],
        refusal["code"],
    )


def _records(domain: dict[str, Any]) -> Iterator[str]:
    for record in domain["records"]:
        for value in record.get("values") or [record["value"]]:
            yield f"{record['name']} {record['type']} {value}"
