"""The lines of a list of names, as somebody pasted or uploaded it. Pure: nothing is looked up.

A list is either one name a line, or CSV whose first line names its columns. Both may come from other programs, so
several headers are understood, and commas, semicolons and tabs.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from webapp.models import Message

#: A file of so many bytes holds some 60,000 names.
MOST_BYTES = 2 * 1024 * 1024
MOST_LINES = 10_000
#: More columns than any export has.
MOST_COLUMNS = 100
#: What is kept of a name as it was typed. Nothing longer is a name.
MOST_TYPED = 300

_SEPARATORS = (",", ";", "\t")
#: Our column -> the headers that mean it, without blanks, hyphens, underscores and capitals.
_HEADERS: Mapping[str, frozenset[str]] = {
    "domain_name": frozenset({"domainname", "domain", "hostname", "host", "customdomain", "fqdn", "name"}),
    "llm_client": frozenset({"llmclient", "client", "llmclientname"}),
    "method": frozenset({"method"}),
    "aws_hosted_zone_id": frozenset({"awshostedzoneid", "hostedzoneid", "zoneid"}),
    "account": frozenset({"account", "accountnumber"}),
}
#: The headers of a name, the surest first: an export may have a column “name” for something else.
_NAMES = ("domainname", "customdomain", "domain", "hostname", "fqdn", "host", "name")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Line:
    """One name of the list. `number`: the line of the file on which it begins. `problem`: why it cannot be read.

    Columns that the list does not have, and empty cells, are None.
    """

    number: int
    domain_name: str
    llm_client: str | None = None
    method: str | None = None
    aws_hosted_zone_id: str | None = None
    account: str | None = None
    problem: Message | None = None


@dataclass(frozen=True)
class Read:
    """`ignored`: the headers of columns that mean nothing here, such as `is_verified`, which is never believed."""

    lines: Sequence[Line]
    ignored: tuple[str, ...] = ()

    @property
    def names_zones(self) -> bool:
        return any(line.aws_hosted_zone_id for line in self.lines)


def read(data: bytes, *, most_bytes: int = MOST_BYTES, most_lines: int = MOST_LINES) -> Read | Message:
    """The lines, or why the list as a whole cannot be read."""
    if len(data) > most_bytes:
        return Message("import.too-large", {"most": most_bytes, "bytes": len(data)})
    text = _decoded(data)
    found = text if isinstance(text, Message) else _read_text(text)
    if isinstance(found, Read) and len(found.lines) > most_lines:
        return Message("import.too-many-lines", {"most": most_lines, "lines": len(found.lines)})
    return found


def _read_text(text: str) -> Read | Message:
    # Not by `splitlines`: it ends a line at characters that a cell may hold, such as U+2028.
    rows = [*io.StringIO(text, newline="")]
    at = next((number for number, row in enumerate(rows, 1) if "\0" in row), None)
    if at is not None:
        return Message("import.nul", {"line": at})
    if not text.strip():
        return Message("import.empty")
    found = _read_rows(text, rows)
    return found if isinstance(found, Message) or found.lines else Message("import.only-header")


def read_text(text: str) -> Read | Message:
    """The same for what was pasted into a page. A lone surrogate, which no page sends, is a fault of its line."""
    return read(text.encode("utf-8", "replace"))


def _decoded(data: bytes) -> str | Message:
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as err:
        # In the other encodings a line break is no single byte.
        line = data[: err.start].count(b"\n") + 1 if encoding.startswith("utf-8") else None
        return Message("import.encoding", {"line": line})


def _read_rows(text: str, rows: Sequence[str]) -> Read | Message:
    first = next(row for row in rows if row.strip())
    separator, columns = _header(first)
    if columns:
        return _read_csv(text, separator, columns)
    if any(one in first.strip().strip("".join(_SEPARATORS)) for one in _SEPARATORS):
        return Message("import.no-header")
    return Read([Line(number, row.strip().strip('"')) for number, row in enumerate(rows, 1) if row.strip()])


def _header(row: str) -> tuple[str, dict[int, str]]:
    """The separator, and the columns that are known by their place; none where the row is no header."""
    best: tuple[str, dict[int, str]] = (",", {})
    for separator in _SEPARATORS:
        try:
            cells = next(csv.reader([row.strip()], delimiter=separator))
        except csv.Error:
            continue
        columns = _columns(cells)
        if "domain_name" in columns.values() and len(columns) > len(best[1]):
            best = separator, columns
    return best


def _columns(cells: Sequence[str]) -> dict[int, str]:
    keys = [_key(cell) for cell in cells[:MOST_COLUMNS]]
    name = next((keys.index(one) for one in _NAMES if one in keys), None)
    if name is None:
        return {}
    found = {name: "domain_name"}
    for column, headers in _HEADERS.items():
        place = next((at for at, key in enumerate(keys) if key in headers and at not in found), None)
        if column != "domain_name" and place is not None:
            found[place] = column
    return found


def _key(header: str) -> str:
    return "".join(char for char in header.casefold() if char.isalnum())


def _read_csv(text: str, separator: str, columns: Mapping[int, str]) -> Read | Message:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[Line] = []
    header: list[str] | None = None
    try:
        for number, cells in _numbered(reader):
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
            else:
                lines.append(_line(number, cells, columns, len(header)))
    except csv.Error as err:
        return Message("import.broken-csv", {"line": reader.line_num, "said": str(err)})
    ignored = [cell for at, cell in enumerate(header or ()) if at not in columns and cell]
    return Read(lines, tuple(ignored))


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it begins: a cell in quotes may go over several lines."""
    before = 0
    for cells in reader:
        yield before + 1, cells
        before = reader.line_num  # type: ignore[attr-defined]


def _line(number: int, cells: Sequence[str], columns: Mapping[int, str], width: int) -> Line:
    values: dict[str, str | None] = {
        column: (cells[at].strip() or None) if at < len(cells) else None for at, column in columns.items()
    }
    name = values.pop("domain_name") or ""
    problem = None
    if any(cell.strip() for cell in cells[width:]):
        problem = Message("import.too-many-cells", {"cells": len(cells), "columns": width})
    return Line(number, name, problem=problem, **values)
