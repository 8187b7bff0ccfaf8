"""The evidence of a report: its questions in groups, and all of it as plain text for an e-mail to support."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from webapp.dns.delegation import Asked, as_typed
from webapp.dns.judgement.report import Report
from webapp.messages import formatting

#: Mail programs do not wrap lines of this width.
_WIDTH = 72


def questions(report: Report | None) -> list[tuple[str, list[Asked]]]:
    """What was asked, by the role of the server. The servers that decide come first."""
    asked = report.asked if report else ()
    parent = (report.parent_zone if report else None) or "the parent zone"
    groups = (
        (f"What the servers of {parent} said", "parent"),
        ("What our name servers said", "ours"),
        ("What resolvers said", "resolver"),
        (f"Who serves {parent}", "above"),
    )
    rows = ((words, [one for one in asked if one.role == role]) for words, role in groups)
    return [(words, found) for words, found in rows if found]


def evidence_text(report: Report) -> str:
    """The report in lines of at most 72 characters, except names and `dig` lines, which must not be broken."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"Report on {report.host}"
    yield ""
    yield from _fact("Verdict", report.verdict.value)
    yield from _fact("Checked", f"{formatting.clock(report.checked_at)}, in {report.duration_ms} ms")
    yield from _fact("Parent zone", report.parent_zone or "not found")
    if report.old_answers_until:
        yield from _fact("Old answers", f"until {formatting.clock(report.old_answers_until)}")
    nothing = "nothing" if report.parent_seen else "could not be asked"
    yield from _names("Expected", report.expected, "nothing")
    yield from _names("Found", report.found, nothing)
    yield from _names("Missing", report.missing if report.parent_seen else (), nothing)
    yield from _names("Unexpected", report.unexpected, nothing)
    yield ""
    said = (report.message, report.next_step, report.details, *(hint.message for hint in report.hints))
    for sentence in filter(None, said):
        yield from textwrap.wrap(sentence, _WIDTH, break_long_words=False, break_on_hyphens=False)
    yield ""
    yield "What was asked"
    for asked in report.asked:
        yield ""
        yield from _asked(asked)


def _asked(asked: Asked) -> Iterator[str]:
    where = asked.server if asked.address in {"", asked.server} else f"{asked.server} ({asked.address})"
    yield asked.dig or f"{where}: {asked.question}"
    authority = ", authoritative" if asked.authoritative else ""
    ttl = f", TTL {asked.ttl}" if asked.ttl is not None else ""
    yield f"  {where}"
    yield f"  {asked.outcome}{authority}{ttl}, {asked.ms} ms over {asked.transport.upper()}"
    yield from (f"  {record}" for record in asked.records)
    if asked.note:
        yield from textwrap.wrap(
            asked.note, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
        )


def _fact(words: str, value: str) -> Iterator[str]:
    yield f"{words + ':':<13}{value}"


def _names(words: str, names: Sequence[str], nothing: str) -> Iterator[str]:
    first, *others = map(as_typed, names) if names else (nothing,)
    yield from _fact(words, first)
    yield from (f"{'':<13}{name}" for name in others)
