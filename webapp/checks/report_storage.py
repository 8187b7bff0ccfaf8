"""A report as it is kept: whole, unless somebody's name servers answer with so much that rows would grow large."""

from __future__ import annotations

import json
from typing import Any

from webapp.dns.delegation import DelegationReport

#: A report is some 4 KB, with many servers above the name 10.
MOST_BYTES = 32 * 1024
#: So many name servers of one answer are kept of a report that is too large; ours are among them.
MOST_NAMES = 20

CUT_NAMES = "The answer listed {count} name servers; not all are kept."
CUT_ANSWERS = "{count} further answers are not kept, because the report was too large."


def stored(report: DelegationReport) -> dict[str, Any]:
    """As JSON takes it. What was cut off is said in the notes of the answers that are left."""
    data = report.to_dict()
    if _size(data) <= MOST_BYTES:
        return data
    ours = set(report.expected)
    asked = [_with_fewer_names(one, ours) for one in data["asked"]]
    budget = MOST_BYTES - _size(data | {"asked": []}) - len(CUT_ANSWERS) - 100
    kept: list[dict[str, Any]] = []
    for one in asked:
        budget -= _size(one) + 2
        if budget < 0:
            break
        kept.append(one)
    if kept and len(kept) < len(asked):
        note = CUT_ANSWERS.format(count=len(asked) - len(kept))
        kept[-1] = kept[-1] | {"note": f"{kept[-1]['note']} {note}".strip()}
    return data | {"asked": kept}


def _with_fewer_names(asked: dict[str, Any], ours: set[str]) -> dict[str, Any]:
    names = asked["name_servers"]
    if len(names) <= MOST_NAMES:
        return asked
    first = sorted(names, key=lambda name: name not in ours)[:MOST_NAMES]
    note = f"{asked['note']} {CUT_NAMES.format(count=len(names))}".strip()
    return asked | {"name_servers": first, "note": note}


def _size(data: dict[str, Any]) -> int:
    return len(json.dumps(data))
