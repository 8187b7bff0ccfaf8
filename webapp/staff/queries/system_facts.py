"""The settings of this installation and the state of its e-mails, without secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import selectinload

from webapp.config.settings import Settings
from webapp.extensions import db
from webapp.messages.catalogue import sentence
from webapp.models import Email, EmailState, SystemStatus


@dataclass(frozen=True)
class HeldUp:
    """An e-mail that was not delivered, and why."""

    email: Email
    why: str


@dataclass(frozen=True)
class MailFacts:
    """`waiting`: the number of unsent e-mails. `oldest`: since when the oldest of them waits. `held_up`: unsent ones
    that the mail server did not take at the last try, and those that it refused in the last week.
    """

    trouble_since: datetime | None
    trouble: str | None
    waiting: int
    oldest: datetime | None
    held_up: Sequence[HeldUp]


def mail_facts(now: datetime) -> MailFacts:
    status = db.session.get(SystemStatus, "mail")
    waiting = Email.state == EmailState.WAITING
    week = and_(Email.state == EmailState.REFUSED, Email.updated_at > now - timedelta(days=7))
    counted, oldest = db.session.execute(
        select(func.count(), func.min(Email.created_at)).select_from(Email).where(waiting)
    ).one()
    return MailFacts(
        trouble_since=status.trouble_since if status else None,
        trouble=sentence(status.problem) if status and status.problem else None,
        waiting=counted,
        oldest=oldest,
        held_up=[
            _held_up(email)
            for email in db.session.scalars(
                select(Email)
                .options(selectinload(Email.custom_domain))
                .where(or_(week, and_(waiting, Email.problem_code.is_not(None))))
                .order_by(Email.id.desc())
                .limit(20)
            )
        ],
    )


def _held_up(email: Email) -> HeldUp:
    return HeldUp(email, sentence(email.problem) if email.problem else "")


def system_facts(settings: Settings) -> list[tuple[str, str]]:
    """Names and values, in the order of interest."""
    resolvers = ", ".join(f"{host}:{port}" for host, port in settings.dns_resolvers)
    return [
        ("DNS resolvers", resolvers or "none"),
        ("Authoritative addresses", _address_map(settings)),
        ("Methods of proof", ", ".join(settings.methods)),
        ("Domain of the edge", settings.edge_domain or "none"),
        ("Certificates", "from ACM" if settings.asks_acm else "from the edge itself"),
        *_aws(settings),
        ("Installation", settings.installation_id),
        ("Broker", "Redis" if settings.redis_url else "SQLite, in a file of its own"),
        ("Cache", "Redis" if settings.redis_url else "On disk"),
        ("Database", _without_password(settings.database_url)),
        ("Mail", urlsplit(settings.mail_url).scheme),
        ("Platform domain", settings.platform_domain),
        ("Reserved endings allowed", ", ".join(settings.reserved_suffixes_allowed) or "none"),
        ("Further endings allowed", ", ".join(settings.extra_suffixes_allowed) or "none"),
        ("Verify button", f"once in {settings.check_button_interval_seconds} s for each domain"),
        ("Pending domains", f"expire after {settings.pending_days} days"),
    ]


def _aws(settings: Settings) -> list[tuple[str, str]]:
    if not settings.uses_aws:
        return [("AWS", "not used by these settings")]
    return [
        ("AWS region", settings.aws_region),
        ("AWS endpoint", settings.aws_endpoint_url or "AWS itself"),
        ("AWS calls per second", f"{settings.aws_calls_per_second:g}"),
    ]


def _address_map(settings: Settings) -> str:
    mapped = (f"{network} at {host}:{port}" for network, (host, port) in settings.dns_address_map)
    return ", ".join(mapped) or "asked where they are, on port 53"


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme.startswith("sqlite"):
        return "SQLite"
    return f"{parts.scheme} at {parts.hostname or 'a local socket'}, {parts.path.lstrip('/')}"
