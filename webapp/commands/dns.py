"""`flask dns inspect`: verifies a delegation, or the records of a name, with no database."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import NoReturn

import click
from flask import current_app

from webapp.commands.output import Exit, Group
from webapp.dns import names, records_method
from webapp.dns.addresses import is_address
from webapp.dns.delegation import Asked, Expectation, as_typed, verify
from webapp.dns.judgement.report import Report
from webapp.dns.records_method import RecordsExpectation, RecordsReport, Stage

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
@click.option("--expect", metavar="NS1,NS2,...", help="Delegation: the name servers that NAME should have.")
@click.option("--token", metavar="TOKEN", help="Records: the value of the TXT record that proves NAME.")
@click.option("--target", metavar="HOST", help="Records: the host that NAME should lead to.")
@click.option(
    "--edge-address",
    metavar="A,...",
    help="Records: the edge's addresses, for a NAME without a CNAME record.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON document.")
def inspect(
    name: str,
    *,
    expect: str | None,
    token: str | None,
    target: str | None,
    edge_address: str | None,
    as_json: bool,
) -> None:
    """Check whether NAME is delegated to exactly the expected name servers, or whether its records prove it.

    Ends with 0 when it is so, 1 when it is not, 2 for wrong usage, 4 when it could not be checked.
    """
    of_records = {"--token": token, "--target": target, "--edge-address": edge_address}
    given = [option for option, value in of_records.items() if value is not None]
    if expect is not None and given:
        _refuse(f"--expect is for a delegation and {given[0]} for records. Give one or the other.")
    if expect is None and (token is None or target is None):
        _refuse("Give --expect for a delegation, or --token and --target for records.")
    network, now = current_app.extensions["dns"], datetime.now(UTC)
    report: Report
    if expect is not None:
        report = asyncio.run(verify(_expectation(name, expect), network, now))
    else:
        expected = _records_expectation(name, token or "", target or "", edge_address)
        report = asyncio.run(records_method.verify(expected, network, now))
    click.echo(json.dumps(report.to_dict(), indent=2, ensure_ascii=False) if as_json else people_text(report))
    if not report.verified:
        raise click.exceptions.Exit(Exit.COULD_NOT_CHECK if report.transient else Exit.NOT_VERIFIED)


def _host(name: str) -> names.HostName:
    parsed = names.parse(name)
    if parsed.name is None:
        _refuse(parsed.refusal.sentence if parsed.refusal else f"“{name}” is not a host name.")
    for note in parsed.notes:
        click.echo(note, err=True)
    return parsed.name


def _expectation(name: str, expect: str) -> Expectation:
    host, name_servers = _host(name), _parts(expect)
    if not name_servers:
        _refuse(
            "--expect names no name server. Write them with commas: --expect ns-1.example.com,ns-2.example.net"
        )
    try:
        return Expectation(host.ascii, name_servers)
    except ValueError as err:
        raise click.UsageError(f"--expect: {err}.") from err


def _records_expectation(name: str, token: str, target: str, edge_address: str | None) -> RecordsExpectation:
    host, where = _host(name), names.parse(target, underscores=True)
    if where.name is None:
        _refuse(f"--target: {where.refusal.sentence if where.refusal else f'“{target}” is not a host name.'}")
    addresses = _parts(edge_address or "")
    if edge_address is not None and not addresses:
        _refuse(
            "--edge-address names no address. Write them with commas: --edge-address 203.0.113.7,2001:db8::7"
        )
    wrong = next((one for one in addresses if not is_address(one)), None)
    if wrong is not None:
        _refuse(f"--edge-address: “{wrong}” is not an IP address.")
    try:
        return RecordsExpectation(
            host.ascii, token.strip(), where.name.ascii, addresses, apex=host.registrable == host.ascii
        )
    except ValueError as err:
        raise click.UsageError(f"{err}.") from err


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _refuse(sentence: str) -> NoReturn:
    raise click.UsageError(sentence)


def found_now(report: Report) -> str:
    """What is there now. What could not be asked for is neither found nor missing."""
    nothing = "nothing found" if report.parent_seen else "could not be asked"
    return ", ".join(map(as_typed, report.found)) or nothing


def people_text(report: Report) -> str:
    """The report as a person reads it in a terminal."""
    state = "could not check" if report.transient else "verified" if report.verified else "not verified"
    words, what = _WORDS, "Name servers"
    if isinstance(report, RecordsReport):
        words, what = _WORDS | {"unexpected": "not ours"}, "Records"
        state += ", but reserved" if report.stage is Stage.RESERVED else ""
    slips = {seen: "mistyped, edit it" for seen, _ in report.mistyped}
    sections = [
        f"Status: {state} ({report.verdict})\n{report.message}",
        f"What to fix: {report.next_step}",
        *([f"Details: {report.details}"] if report.details else []),
        *(f"Also: {hint.message} ({hint.verdict})" for hint in report.hints),
        f"Found now: {found_now(report)}",
        f"{what}:\n"
        + "\n".join(
            f"  {_SIGNS[mark]} {as_typed(name)} ({slips.get(name) or words[mark]})"
            for name, mark in report.marks
        ),
        f"Asked ({len(report.asked)} questions, {report.duration_ms} ms):\n"
        + "\n".join(map(_line, report.asked)),
    ]
    return "\n\n".join(sections)


def _line(asked: Asked) -> str:
    seen = f" → {', '.join(asked.records)}" if asked.records else ""
    note = f" – {asked.note}" if asked.note else ""
    told = f"{asked.outcome}{' AA' if asked.authoritative else ''}"
    return f"  {asked.role:<8}  {asked.dig or f'{asked.server} {asked.address}'.strip()}  {told}{seen}{note}"
