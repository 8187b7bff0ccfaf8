"""The parts that we depend on, in words: what each does, and what to do while it is in trouble."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from webapp.health.status import Component


class Part(NamedTuple):
    """`does`: what waits without it. `when_red`: the next step of whoever is on duty."""

    name: str
    does: str
    when_red: str


_PARTS: Mapping[str, Part] = {
    Component.WORKER: Part(
        "Worker",
        "Runs the checks, the e-mails and the removals.",
        "Start it: celery --app webapp.worker worker, and one beat.",
    ),
    Component.RESOLVER: Part(
        "DNS resolver",
        "Finds the name servers that every check asks.",
        "See whether the servers of DNS_RESOLVERS run and answer this machine. Checks wait until then.",
    ),
    Component.ROUTE53: Part(
        "Amazon Route 53",
        "Holds the zone of each domain that is proved by NS records.",
        "Check the credentials and AWS’s health page. Domains that are live stay live; new ones wait.",
    ),
    Component.ACM: Part(
        "AWS Certificate Manager",
        "Issues the certificates.",
        "Check the credentials and AWS’s health page. Certificates that are there stay valid; new ones wait.",
    ),
    Component.MAIL: Part(
        "Mail server",
        "Takes our e-mails.",
        "Check MAIL_URL and the server’s own log. Nothing is lost: what waits is sent later.",
    ),
    Component.ZONE_QUOTA: Part(
        "Room for hosted zones",
        "How many zones AWS lets this account have.",
        "Ask AWS for more under Service Quotas, Route 53, Hosted zones. Without room, new domains wait.",
    ),
    Component.RETENTION: Part(
        "Clearing up",
        "Deletes what is older than it may be.",
        "Look for its errors in the worker’s log. The database grows until it runs again.",
    ),
}


def part_of(component: str) -> Part:
    """Also of a newer release's component, whose row is there before our words are."""
    return _PARTS.get(component) or Part(
        component, "A part that this release does not know.", "Run flask doctor."
    )
