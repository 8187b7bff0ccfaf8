"""A report as it is stored: whole, unless strangers' name servers answer with so much that rows would grow large."""

from __future__ import annotations

import json
from typing import Any

from webapp.dns.judgement.report import Report
from webapp.dns.notes import Note
from webapp.reports.codec import Parts, split

#: A report usually takes 4 KB, and 10 KB with many servers above the name.
MOST_BYTES = 32 * 1024
#: How many name servers of one answer are kept when a report is too large; ours are among them.
MOST_NAMES = 20
#: What was seen takes fewer bytes than the whole report, by what differs each time.
_SURELY_FITS = MOST_BYTES // 2
#: The most bytes that the note on answers that were cut off takes.
_NOTE_BYTES = 100


def parts_of(report: Report) -> Parts:
    """What is stored of the report, taken apart."""
    parts = split(report.to_data())
    return parts if len(parts.seen) < _SURELY_FITS else split(stored(report))


def stored(report: Report) -> dict[str, Any]:
    """As JSON takes it, without a sentence. Notes of the answers that are left tell what was cut off."""
    data = report.to_data()
    if _size(data) <= MOST_BYTES:
        return data
    ours = set(report.expected)
    asked = [_with_fewer_names(one, ours) for one in sorted(data["asked"], key=_what_was_asked)]
    budget = MOST_BYTES - _size(data | {"asked": []}) - _NOTE_BYTES
    kept: list[dict[str, Any]] = []
    for one in asked:
        budget -= _size(one) + 2
        if budget < 0:
            break
        kept.append(one)
    if kept and len(kept) < len(asked):
        kept[-1] = _with_note(kept[-1], Note("answers-cut", {"count": len(asked) - len(kept)}))
    return data | {"asked": kept}


def _what_was_asked(asked: dict[str, Any]) -> tuple[str, ...]:
    """What the parent said first. By when answers came, others would be cut off each time, and all stored anew."""
    first = "" if asked.get("role") == "parent" else str(asked.get("role"))
    return first, *(
        str(asked.get(name)) for name in ("server", "address", "question", "transport", "outcome")
    )


def _with_fewer_names(asked: dict[str, Any], ours: set[str]) -> dict[str, Any]:
    names = asked["name_servers"]
    if len(names) <= MOST_NAMES:
        return asked
    first = sorted(names, key=lambda name: (name not in ours, name))[:MOST_NAMES]
    return _with_note(asked | {"name_servers": first}, Note("name-servers-cut", {"count": len(names)}))


def _with_note(asked: dict[str, Any], note: Note) -> dict[str, Any]:
    return asked | {"notes": [*asked.get("notes", ()), note.to_dict()]}


def _size(data: dict[str, Any]) -> int:
    return len(json.dumps(data))
