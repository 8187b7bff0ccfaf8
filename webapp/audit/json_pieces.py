"""JSON documents in pieces: the same text as `json.dumps(…, indent=2)`, written while the rows are read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

#: Characters that are sent at once.
PIECE = 65536


def pieces(document: object) -> Iterator[str]:
    """The document. It, and every value of it, may be an iterator: that becomes a list, read as it is written."""
    return joined(_parts(document))


def joined(parts: Iterable[str]) -> Iterator[str]:
    """The same text in pieces of `PIECE` characters or a little more."""
    kept: list[str] = []
    size = 0
    for part in parts:
        kept.append(part)
        size += len(part)
        if size >= PIECE:
            yield "".join(kept)
            kept, size = [], 0
    if kept:
        yield "".join(kept)


def _parts(document: object) -> Iterator[str]:
    if isinstance(document, Iterator):
        yield from _list(document, "")
    elif isinstance(document, Mapping) and any(isinstance(value, Iterator) for value in document.values()):
        yield from _mapping(document)
    else:
        yield _json(document, "")


def _mapping(document: Mapping[str, object]) -> Iterator[str]:
    for number, (key, value) in enumerate(document.items()):
        yield f"{',' if number else '{'}\n  {json.dumps(key, ensure_ascii=False)}: "
        if isinstance(value, Iterator):
            yield from _list(value, "  ")
        else:
            yield _json(value, "  ")
    yield "\n}"


def _list(values: Iterator[object], indent: str) -> Iterator[str]:
    before = "["
    for value in values:
        yield f"{before}\n{indent}  {_json(value, f'{indent}  ')}"
        before = ","
    yield "[]" if before == "[" else f"\n{indent}]"


def _json(value: object, indent: str) -> str:
    """A line break in a string is written as an escape, so that every other one begins a line of the document."""
    return json.dumps(value, indent=2, ensure_ascii=False).replace("\n", f"\n{indent}")
