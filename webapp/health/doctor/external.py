"""The doctor's look at what Nameplate asks: DNS over UDP and TCP, AWS, the mail server, the clock."""

from __future__ import annotations

import asyncio
import ipaddress
import smtplib
import socket
import ssl
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from webapp.aws.acm.port import AcmApi
from webapp.aws.route53.port import Route53Api
from webapp.aws.shared.clock import time_at_aws
from webapp.aws.shared.errors import AccessTrouble, AwsError, RetryLater
from webapp.config.flask import POOL_OVERFLOW
from webapp.config.settings import Settings
from webapp.dns.resolver import Budget, Dns
from webapp.dns.resolver_facts import ResolverFacts, resolver_facts
from webapp.health.doctor.diagnosis import Diagnosis, ok, unknown, wrong

MOST_SECONDS_OFF = 30
SMTP_SECONDS = 10


def connections_health(engine: Engine) -> Diagnosis:
    """At least those of a machine with two web nodes and a worker. When a lock keeps everybody waiting, processes
    take all that they may, and whoever asks then is refused, the edge too.
    """
    if engine.dialect.name != "postgresql":
        return ok("SQLite has no limit of connections.")
    try:
        with engine.connect() as connection:
            most = int(connection.scalar(_MOST_CONNECTIONS))
    except DBAPIError:
        return unknown(
            "The database cannot be asked how many connections it takes.", "Fix the database first."
        )
    web, edge, others = 5 + POOL_OVERFLOW, 20, 20
    if most >= 4 * web + others:
        return ok(
            f"PostgreSQL takes {most} connections, enough for {(most - others) // web} web processes. Each process "
            f"of an edge service may take {edge} of them."
        )
    return wrong(
        f"PostgreSQL takes {most} connections, and two web nodes and a worker may need {4 * web + others}.",
        f"Set max_connections to 300, or to {web} for each web process, {edge} for each process of an edge service, "
        f"10 for each worker and {others} for everything else, and restart it.",
    )


_MOST_CONNECTIONS = text(
    "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
)


def resolvers_health(settings: Settings) -> Diagnosis:
    if not settings.dns_resolvers:
        return wrong(
            "DNS_RESOLVERS names no resolver.", "Run one beside Nameplate, such as Unbound, and name it."
        )
    sentences, advice = [], []
    for host, port in settings.dns_resolvers:
        facts = asyncio.run(resolver_facts(_address(host), port))
        trouble, sentence = _of_resolver(facts)
        sentences.append(f"{host}:{port} {sentence}")
        if trouble:
            advice.append("Start a recursive resolver there that lets us ask, or correct DNS_RESOLVERS.")
        elif not facts.validating and not _in_sandbox(settings):
            advice.append(_VALIDATE)
    if _independent(settings) < 2 and not _in_sandbox(settings):
        sentences.append("It is the only one, so nobody contradicts it when it is deceived.")
        advice.append("Name a second resolver in DNS_RESOLVERS that has a cache of its own.")
    said = " ".join(sentences)
    return wrong(said, " ".join(dict.fromkeys(advice))) if advice else ok(said)


_VALIDATE = "Let it validate DNSSEC (in Unbound: auto-trust-anchor-file), so that forged answers are refused."


def _in_sandbox(settings: Settings) -> bool:
    """The sandbox has one resolver, and none of its zones is signed."""
    return bool(settings.aws_endpoint_url and settings.dns_address_map)


def _independent(settings: Settings) -> int:
    """How many different resolvers are named. The same address twice has one cache."""
    return len({(_address(host), port) for host, port in settings.dns_resolvers})


def _address(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)[0][4][0])


def _of_resolver(facts: ResolverFacts) -> tuple[bool, str]:
    """Whether it is of no use, and what it does."""
    if facts.udp is None and facts.tcp is None:
        return True, "does not answer."
    for name, code in (("UDP", facts.udp), ("TCP", facts.tcp)):
        if code is None:
            return True, f"does not answer over {name}."
        if code != "NOERROR":
            return True, f"answers {code} over {name}."
    if not facts.recursion:
        return True, "answers, but only for zones of its own: it is not a recursive resolver."
    validates = "validates DNSSEC" if facts.validating else "does not validate DNSSEC"
    return False, f"answers over UDP and TCP and {validates}."


def authoritative_health(dns: Dns, settings: Settings) -> Diagnosis:
    """Whether the name servers of others can be reached: those of the root, else of a suffix that is allowed."""
    outcomes: list[str] = []
    for zone in (".", *settings.reserved_suffixes_allowed, *settings.extra_suffixes_allowed):
        for server, address in asyncio.run(_servers(dns, zone)):
            udp, tcp = asyncio.run(_both_ways(dns, address, zone))
            if udp == tcp == "answered":
                return ok(f"{server} ({address}) answers over UDP and TCP.")
            outcomes.append(f"{server} ({address}): UDP {udp}, TCP {tcp}.")
    if not outcomes:
        return unknown("No resolver told us a name server to ask.", "Fix the resolver first.")
    return wrong(
        " ".join(outcomes[:3]),
        "Let this machine out to port 53 over UDP and TCP; parents are asked over TCP, so without it nothing is "
        "verified.",
    )


async def _servers(dns: Dns, zone: str, most: int = 3) -> list[tuple[str, str]]:
    budget = Budget(dns.limits.queries)
    names = (await dns.resolve(zone, "NS", budget=budget)).values("NS")
    found = []
    for name in names[:most]:
        addresses = (await dns.resolve(name, "A", budget=budget)).values("A")
        found += [(name, address) for address in addresses[:1]]
    return found


async def _both_ways(dns: Dns, address: str, zone: str) -> tuple[str, str]:
    budget = Budget(dns.limits.queries)
    answers = await asyncio.gather(
        dns.ask(address, zone, "SOA", budget=budget), dns.ask(address, zone, "SOA", budget=budget, tcp=True)
    )
    udp, tcp = ("answered" if one.outcome.answered else one.outcome.value for one in answers)
    return udp, tcp


def route53_health(settings: Settings, api: Callable[[], Route53Api]) -> Diagnosis:
    try:
        quota = api().zone_quota()
    except AwsError as err:
        return _aws_trouble("Route 53", err)
    except Exception as err:  # noqa: BLE001 - boto3 has many ways of saying that it cannot be set up
        return wrong(f"The AWS client cannot be made: {err}", _AWS_SETTINGS)
    used = f"{quota.used} of {quota.limit} hosted zones are in use."
    if quota.nearly_full(settings.zone_quota_warning_percent):
        return wrong(used, "Ask AWS for more under Service Quotas, or remove what nobody needs.")
    return ok(f"Route 53 answers; {used}")


def acm_health(api: Callable[[], AcmApi]) -> Diagnosis:
    try:
        api().find("doctor.invalid", "doctor")
    except AwsError as err:
        return _aws_trouble("ACM", err)
    except Exception as err:  # noqa: BLE001 - as above
        return wrong(f"The AWS client cannot be made: {err}", _AWS_SETTINGS)
    return ok("ACM answers.")


_AWS_SETTINGS = "Check AWS_REGION, AWS_ENDPOINT_URL and the credentials; docs/aws.md says what is needed."


def _aws_trouble(service: str, err: AwsError) -> Diagnosis:
    if isinstance(err, AccessTrouble):
        return wrong(f"{service} refuses us: {err}", _AWS_SETTINGS)
    if isinstance(err, RetryLater) and ("hrottl" in err.code or err.code == "BudgetSpent"):
        return unknown(f"{service} has had enough of our calls for now: {err}", "Check again in a minute.")
    return wrong(f"{service} could not be asked: {err}", _AWS_SETTINGS)


def mail_health(settings: Settings) -> Diagnosis:
    parts = urlsplit(settings.mail_url)
    if parts.scheme == "console":
        return ok("Mails are printed and not sent.")
    if parts.scheme == "file":
        return _mail_directory(Path(unquote(parts.path)))
    place = f"{parts.hostname}:{parts.port or (465 if parts.scheme == 'smtps' else 25)}"
    try:
        return _mail_server(settings, place)
    except smtplib.SMTPAuthenticationError as err:
        return wrong(
            f"The mail server {place} refuses user and password (code {err.smtp_code}).", _MAIL_ADVICE
        )
    except ssl.SSLError as err:
        return wrong(f"No encrypted connection to {place}: {err.reason or err}.", _MAIL_ADVICE)
    except (OSError, smtplib.SMTPException) as err:
        return wrong(f"The mail server {place} cannot be used: {err}.", _MAIL_ADVICE)


_MAIL_ADVICE = "Correct MAIL_URL, or fix the mail server. Mails are kept and go out once it works."


def _mail_directory(directory: Path) -> Diagnosis:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=directory):
            pass
    except OSError as err:
        return wrong(f"No mail can be written to {directory}: {err.strerror}.", "Correct MAIL_URL.")
    return ok(f"Mails are written to {directory} and not sent.")


def _mail_server(settings: Settings, place: str) -> Diagnosis:
    """Up to where a mail would begin. A password goes only where a mail of ours would take it, too."""
    parts = urlsplit(settings.mail_url)
    context = ssl.create_default_context()
    host, port = parts.hostname or "", parts.port or 0
    with (
        smtplib.SMTP_SSL(host, port or 465, timeout=SMTP_SECONDS, context=context)
        if parts.scheme == "smtps"
        else smtplib.SMTP(host, port or 25, timeout=SMTP_SECONDS)
    ) as server:
        server.ehlo()
        offered = server.has_extn("starttls")
        if offered:
            server.starttls(context=context)
            server.ehlo()
        encrypted = parts.scheme == "smtps" or offered
        if parts.username and not encrypted and not _on_this_machine(host):
            sentence = f"{place} offers no encryption, so the password would cross the network in the clear."
            return wrong(sentence, "Use smtps://, or a mail server with STARTTLS.")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    how = "over TLS" if parts.scheme == "smtps" else "with STARTTLS" if offered else "without encryption"
    return ok(f"The mail server {place} answers {how}.")


def _on_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(_address(host)).is_loopback
    except OSError:
        return False


def clock_health(
    settings: Settings, engine: Engine, now: Callable[[], datetime], *, by_aws: bool = True
) -> Diagnosis:
    there, whose = time_at_aws(settings.aws_endpoint_url or None) if by_aws else None, "AWS"
    if not by_aws and engine.dialect.name == "sqlite":
        return ok("Neither AWS nor a database elsewhere is used, so our clock has to agree with no other.")
    if there is None and engine.dialect.name == "postgresql":
        there, whose = _time_at_database(engine), "the database"
    if there is None:
        place = "AWS" if by_aws else "the database"
        return unknown("There is no clock to compare ours with.", f"Fix the way to {place} first.")
    off = (now() - there).total_seconds()
    if abs(off) > MOST_SECONDS_OFF:
        return wrong(
            f"Our clock is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} the one of {whose}.",
            "Let the machine set its clock (NTP). AWS refuses what is signed more than 5 minutes away from its time.",
        )
    return ok(f"Our clock agrees with that of {whose}.")


def _time_at_database(engine: Engine) -> datetime | None:
    try:
        with engine.connect() as connection:
            found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    except DBAPIError:
        return None
    return found.astimezone(UTC)
