"""Sentences about lists of names that are imported, and about their lines, by code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def _encoding(params: Mapping[str, Any]) -> str:
    where = f"Line {params['line']}" if params["line"] else "The file"
    return f"{where} is not text in UTF-8. Save the file as “CSV UTF-8” in your spreadsheet, and upload it again."


def _too_large(params: Mapping[str, Any]) -> str:
    most, found = int(params["most"]) / 1024 / 1024, int(params["bytes"]) / 1024 / 1024
    return f"The list has {found:.1f} MB; {most:g} MB is the most. Split it into several lists."


SENTENCES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {
    # Why a list cannot be read as a whole.
    "import.too-large": _too_large,
    "import.encoding": _encoding,
    "import.nul": (
        "Line {line} holds a NUL character, so that the file is no text. Save it as “CSV UTF-8”, and upload it again."
    ),
    "import.empty": "The list is empty. Paste one name a line, or choose a CSV file.",
    "import.only-header": "The list names its columns and has no line below them.",
    "import.too-many-lines": "The list has {lines} names; {most} is the most. Split it into several lists.",
    "import.no-header": (
        "The first line has several columns, and none of them is called domain_name. Add a first line that names the "
        "columns, like “domain_name,llm_client”, or paste one name a line."
    ),
    "import.broken-csv": (
        "Line {line} cannot be read as CSV ({said}). Close each quotation mark, and double those within a cell."
    ),
    # Why a line is not registered.
    "import.too-many-cells": (
        "The line has {cells} cells, and the list {columns} columns. Put a cell that holds a separator in quotes."
    ),
    "import.no-name": "The line has no name. Fill in its column domain_name.",
    "import.duplicate": "The list has {name:shown} twice. Line {line} has it first.",
    "import.unknown-llm-client": (
        "The account has no LLM client “{llm_client}”. Create it first, or leave the column empty."
    ),
    "import.client-twice": (
        "LLM client “{llm_client}” is given to line {line} already, and has one domain. Leave the column empty here."
    ),
    "import.unknown-method": (
        "“{method}” is no way to prove a name. Write {offered:listed}, or leave the column empty."
    ),
    "import.unknown-account": "There is no account {account}. Create it first.",
    "import.no-account": "The line names no account. Add the column account, or name one with --account.",
    "import.refused": "{said}",
    "import.no-room": (
        "The account has no room for it now: {waiting} names may wait for their proof at a time, and {zones} hosted "
        "zones are made for an account in 24 hours. Verify names that you have, and import the line again later."
    ),
    "import.fault": "Something broke on our side at this line; the log has it as import.fault.",
    # Why a hosted zone is not taken over.
    "adoption.no-zone-id": "“{zone}” is not the id of a Route 53 hosted zone.",
    "adoption.by-records": (
        "A name that is proved by records has no hosted zone. Write the method delegation, or no zone id."
    ),
    "adoption.gone": "Our AWS account has no hosted zone {zone}.",
    "adoption.other-name": "Zone {zone} is one of {other}, and not of {name}.",
    "adoption.not-four": (
        "Zone {zone} is private, or does not have four name servers of its own, so that it proves nothing."
    ),
    "adoption.known": "Zone {zone} is the one of {other} that we know.",
    "adoption.not-proved": (
        "Nothing at AWS says that zone {zone} is for account {account}. Tag it with nameplate:adopt = {account}, and "
        "try again."
    ),
    "adoption.aws": "AWS could not be asked about zone {zone}: {problem:said}",
}
