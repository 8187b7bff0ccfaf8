"""The settings of this installation and the state of its e-mails, without secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from webapp.config.settings import Settings
from webapp.extensions import db
from webapp.messages.catalogue import sentence
from webapp.models import Email, EmailState, SystemStatus
from webapp.staff.queries.ranges import ids_of

#: How many e-mails that were not taken are shown.
MOST_SHOWN = 20


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
    counted, oldest = db.session.execute(
        select(func.count(), func.min(Email.created_at)).select_from(Email).where(waiting)
    ).one()
    return MailFacts(
        trouble_since=status.trouble_since if status else None,
        trouble=sentence(status.problem) if status and status.problem else None,
        waiting=counted,
        oldest=oldest,
        held_up=[_held_up(email) for email in _not_taken(now)],
    )


def _not_taken(now: datetime) -> Sequence[Email]:
    """Refused and held up apart, which are ranges of two indexes: for both PostgreSQL reads every e-mail.

    The order is by no column, because SQLite would read all of them from the newest on.
    """
    refused = Email.state == EmailState.REFUSED, Email.updated_at > now - timedelta(days=7)
    held_up = Email.state == EmailState.WAITING, Email.problem_code.is_not(None)
    newest = [
        select(Email.id.label("id")).where(*which).order_by((Email.id + 0).desc()).limit(MOST_SHOWN)
        for which in (refused, held_up)
    ]
    shown = select(Email).options(selectinload(Email.custom_domain)).where(Email.id.in_(ids_of(newest)))
    return db.session.scalars(shown.order_by(Email.id.desc()).limit(MOST_SHOWN)).all()


def _held_up(email: Email) -> HeldUp:
    return HeldUp(email, sentence(email.problem) if email.problem else "")


class Fact(NamedTuple):
    """A setting as it is now. `setting`: its name in the environment. `means`: what follows from it."""

    name: str
    value: str
    setting: str
    means: str


def system_facts(settings: Settings) -> list[Fact]:
    """In the order of interest."""
    resolvers = ", ".join(f"{host}:{port}" for host, port in settings.dns_resolvers)
    return [
        Fact("DNS resolvers", resolvers or "none", "DNS_RESOLVERS", "Whom each check asks first."),
        Fact(
            "Name servers",
            _address_map(settings),
            "DNS_ADDRESS_MAP",
            "Where the customers’ own name servers are asked. Mapped for tests only.",
        ),
        Fact("Methods of proof", ", ".join(settings.methods), "METHODS", "The first is offered first."),
        Fact(
            "Domain of the edge",
            settings.edge_domain or "none",
            "EDGE_DOMAIN",
            "Customers’ CNAME records lead to names below it.",
        ),
        Fact(
            "Certificates",
            "from ACM" if settings.asks_acm else "from the edge itself",
            "CERTIFICATES",
            "Who issues them.",
        ),
        *_aws(settings),
        Fact(
            "Installation",
            settings.installation_id,
            "INSTALLATION_ID",
            "Marks our zones at AWS. No other installation may have the same.",
        ),
        Fact(
            "Queue",
            "Redis" if settings.redis_url else "SQLite, in a file of its own",
            "REDIS_URL",
            "Wakes the workers. What is lost there costs seconds.",
        ),
        Fact(
            "Cache", "Redis" if settings.redis_url else "On disk", "REDIS_URL", "Figures and limits of tries."
        ),
        Fact(
            "Database", _without_password(settings.database_url), "DATABASE_URL", "Where everything is kept."
        ),
        Fact("Mail", urlsplit(settings.mail_url).scheme, "MAIL_URL", "How e-mails leave."),
        Fact(
            "Platform domain",
            settings.platform_domain,
            "PLATFORM_DOMAIN",
            "Default addresses of LLM clients are below it. No customer can register it.",
        ),
        Fact(
            "Test endings",
            ", ".join(settings.reserved_suffixes_allowed) or "none",
            "RESERVED_SUFFIXES_ALLOWED",
            "Endings for tests, like .test, that may be registered here.",
        ),
        Fact(
            "Further endings",
            ", ".join(settings.extra_suffixes_allowed) or "none",
            "EXTRA_SUFFIXES_ALLOWED",
            "Endings that the public list of endings does not have.",
        ),
        Fact(
            "Verify button",
            f"once in {settings.check_button_interval_seconds} s for each domain",
            "CHECK_BUTTON_INTERVAL_SECONDS",
            "Until then it says when it can be pressed again.",
        ),
        Fact(
            "Waiting domains",
            f"expire after {settings.pending_days} days",
            "PENDING_DAYS",
            "After that the customer has to press Verify.",
        ),
    ]


def _aws(settings: Settings) -> list[Fact]:
    if not settings.uses_aws:
        return [Fact("AWS", "not used by these settings", "METHODS", "No method here needs it.")]
    return [
        Fact("AWS region", settings.aws_region, "AWS_REGION", "Where certificates are requested."),
        Fact(
            "AWS endpoint",
            settings.aws_endpoint_url or "AWS itself",
            "AWS_ENDPOINT_URL",
            "Whom we call as AWS.",
        ),
        Fact(
            "AWS calls per second",
            f"{settings.aws_calls_per_second:g}",
            "AWS_CALLS_PER_SECOND",
            "At most, by all machines together where there is Redis, else by each. AWS counts for the whole account.",
        ),
    ]


def _address_map(settings: Settings) -> str:
    mapped = (f"{network} at {host}:{port}" for network, (host, port) in settings.dns_address_map)
    return ", ".join(mapped) or "asked where they are, on port 53"


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme.startswith("sqlite"):
        return "SQLite"
    return f"{parts.scheme} at {parts.hostname or 'a local socket'}, {parts.path.lstrip('/')}"
