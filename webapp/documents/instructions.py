"""What to type at the DNS provider, as data, in formats for tools, and as plain text for an e-mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from webapp.domain_page.context import DomainPage
from webapp.domain_page.proving.methods import ToType
from webapp.domain_page.records.snippets import FORMATS

_MARKS = {"found": "  (found)", "missing": "  (missing)"}


def instructions(page: DomainPage) -> dict[str, Any]:
    """`ready` is false while the records may still change: then there are none."""
    todo = page.todo
    return {
        "domain_name": page.domain.domain_name,
        "method": page.domain.method.value,
        "ready": todo is not None,
        "parent_zone": todo.parent_zone if todo else None,
        "provider": page.provider.name if page.provider else None,
        "records": [*_records(todo)] if todo else [],
        "unexpected": [*todo.unexpected] if todo else [],
        "stops": [one.sentence for one in page.existing.there] if page.existing else [],
        "acknowledged_at": page.existing.acknowledged_at if page.existing else None,
        "snippets": [*_snippets(page, todo)] if todo else [],
        "text": text(page, todo) if todo else "",
    }


def _records(todo: ToType) -> Iterator[dict[str, Any]]:
    for group in todo.groups:
        yield {
            "type": group.type,
            "name": group.name,
            "relative_name": group.relative_name,
            "values": [one.value for one in group.values if one.mark != "unexpected"],
        }


def _snippets(page: DomainPage, todo: ToType) -> Iterator[dict[str, str]]:
    for format_ in FORMATS:
        made = page.shown_as.snippet(format_, todo, page.provider)
        yield {"format": format_, "text": made.text, "note": made.note}


def text(page: DomainPage, todo: ToType) -> str:
    """A text that can be sent to whoever manages the DNS, without anything else of the account."""
    lines = [
        f"Please add these DNS records where {todo.parent_zone} is managed, so that {page.shown} can be used:",
        "",
    ]
    for group in todo.groups:
        lines += [f"    Name:    {group.relative_name}  (in full {group.name})", f"    Type:    {group.type}"]
        for at, one in enumerate(group.values):
            lines.append(
                f"    {'Values:  ' if at == 0 else '         '}{one.value}{_MARKS.get(one.mark or '', '')}"
            )
        lines.append("")
    for please, some in (
        ("Please edit these, which have another value:", todo.to_edit),
        ("Please remove these, which are not ours:", todo.to_remove),
    ):
        lines += [please, "", *(f"    {one}" for one in some), ""] if some else []
    if page.existing and page.existing.stops:
        lines += ["What stops at the name then:", ""]
        lines += [*(f"  - {one.sentence}" for one in page.existing.there if one.noun), ""]
    return "\n".join(lines)
