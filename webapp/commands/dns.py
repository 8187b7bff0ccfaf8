"""`flask dns inspect`: verifies a delegation, with no database."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import NoReturn

import click
from flask import current_app

from webapp.commands.output import Exit, Group
from webapp.dns import names
from webapp.dns.delegation import Asked, DelegationReport, Expectation, as_typed, verify

_SIGNS = {"found": "✓", "missing": "✗", "unexpected": "+", "unknown": "?"}
_WORDS = {
    "found": "found",
    "missing": "missing",
    "unexpected": "not ours, remove it",
    "unknown": "could not be asked",
}


dns = Group("dns", help="Ask DNS as the verification does.")


@dns.command("inspect")
@click.argument("name")
@click.option(
    "--expect", required=True, metavar="NS1,NS2,...", help="The name servers that NAME should have."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON document.")
def inspect(name: str, expect: str, as_json: bool) -> None:
    """Check whether NAME is delegated to exactly the expected name servers.

    Ends with 0 when it is, 1 when it is not, 2 for wrong usage, 4 when it could not be checked.
    """
    expectation = _expectation(name, expect)
    report = asyncio.run(verify(expectation, current_app.extensions["dns"], datetime.now(UTC)))
    click.echo(json.dumps(report.to_dict(), indent=2, ensure_ascii=False) if as_json else people_text(report))
    if not report.verified:
        raise click.exceptions.Exit(Exit.COULD_NOT_CHECK if report.transient else Exit.NOT_VERIFIED)


def _expectation(name: str, expect: str) -> Expectation:
    parsed = names.parse(name)
    if parsed.name is None:
        _refuse(parsed.refusal.sentence if parsed.refusal else f"“{name}” is not a host name.")
    for note in parsed.notes:
        click.echo(note, err=True)
    name_servers = tuple(part.strip() for part in expect.split(",") if part.strip())
    if not name_servers:
        _refuse(
            "--expect names no name server. Write them with commas: --expect ns-1.example.com,ns-2.example.net"
        )
    try:
        return Expectation(parsed.name.ascii, name_servers)
    except ValueError as err:
        raise click.UsageError(f"--expect: {err}.") from err


def _refuse(sentence: str) -> NoReturn:
    raise click.UsageError(sentence)


def found_now(report: DelegationReport) -> str:
    """The name servers at the parent. Those that could not be asked for are neither found nor missing."""
    nothing = "nothing found" if report.parent_seen else "could not be asked"
    return ", ".join(map(as_typed, report.found)) or nothing


def people_text(report: DelegationReport) -> str:
    """The report as a person reads it in a terminal."""
    state = "could not check" if report.transient else "verified" if report.verified else "not verified"
    sections = [
        f"Status: {state} ({report.verdict})\n{report.message}",
        f"What to fix: {report.next_step}",
        *([f"Details: {report.details}"] if report.details else []),
        *(f"Also: {hint.message} ({hint.verdict})" for hint in report.hints),
        f"Found now: {found_now(report)}",
        "Name servers:\n"
        + "\n".join(f"  {_SIGNS[mark]} {as_typed(name)} ({_WORDS[mark]})" for name, mark in report.marks),
        f"Asked ({len(report.asked)} questions, {report.duration_ms} ms):\n"
        + "\n".join(map(_line, report.asked)),
    ]
    return "\n\n".join(sections)


def _line(asked: Asked) -> str:
    seen = f" → {', '.join(asked.name_servers)}" if asked.name_servers else ""
    note = f" – {asked.note}" if asked.note else ""
    told = f"{asked.outcome}{' AA' if asked.authoritative else ''}"
    return f"  {asked.role:<8}  {asked.dig or f'{asked.server} {asked.address}'.strip()}  {told}{seen}{note}"
