"""People of two accounts, staff, and the addresses that they may try: every route of the application.

A route that is added later is tried by every test here, or fails the one that knows each argument of a route.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.factories import make_account, make_domain, make_key, make_llm_client, make_user, make_zone
from tests.webhooks.telling import endpoint_of
from webapp.audit.log import SYSTEM, note, note_account
from webapp.dns.delegation import Verdict
from webapp.extensions import db
from webapp.models import (
    Check,
    CheckOrigin,
    CheckStatus,
    DeniedName,
    DomainImport,
    DomainState,
    DomainTransfer,
    EventKind,
    Finding,
    HandoverLink,
    ImportLine,
    ImportState,
    Invitation,
    LineState,
    MembershipRole,
    Message,
    NotificationAddress,
    User,
    utcnow,
)
from webapp.webhooks.outbox import write_test
from webapp.zones.findings import FindingKind

#: Arguments of routes that are no ids of rows.
NO_IDS = {
    "code": "of a kind of problem",
    "filename": "a file that everybody gets",
    "key": "of a DNS provider",
    "name": "a page of the documentation",
    "nonce": "of a probe, which makes one for each question",
    "token": "signed, and opens one thing for whoever has it",
}
#: Routes whose answers belong to no account: what proxies, monitoring and browsers ask for, and the pages of signing
#: in and up, some of which end a sign-in that is there.
NOBODYS = (
    "edge.",
    "visitors.",
    "monitoring.",
    "system.",
    "static",
    "bootstrap.",
    "favicon",
    "security.",
    "api_",
)
#: More than any form of ours asks for, so that none is refused for what it lacks.
FILLED_IN = {
    "confirm": "chat.rival.test",
    "reason": "x",
    "days": "3",
    "known": "y",
    "name": "x",
    "domain": "",
}


@dataclass(frozen=True)
class Side:
    """An account: its people, the ids of its rows by the names that routes have for them, and the words that only
    its own pages may show.
    """

    owner: User
    member: User
    ids: dict[str, int]
    words: tuple[str, ...]

    def address(self, rule: Rule) -> str:
        url = rule.rule
        for argument in rule.arguments:
            url = url.replace(f"<int:{argument}>", str(self.ids[argument]))
        return url


def furnished(name: str) -> Side:
    account = make_account(f"{name} & Sons")
    owner = make_user(account=account, email=f"owner@{name}.test")
    member = make_user(account=account, email=f"member@{name}.test")
    member.memberships[0].role = MembershipRole.MEMBER
    domain = make_domain(account, f"chat.{name}.test", DomainState.VERIFIED)
    llm_client = make_llm_client(account, f"{name} assistant", custom_domain=domain)
    zone = make_zone(domain)
    invitation = Invitation(
        account=account,
        email=f"guest@{name}.test",
        invited_by=owner.email,
        expires_at=utcnow() + timedelta(days=7),
    )
    address = NotificationAddress(account=account, email=f"team@{name}.test")
    denied = DeniedName(name=f"denied.{name}.test", reason=f"A reason of {name}.", actor_name="staff")
    told = Message(
        "finding.lookalike", {"name": f"chat.{name}.test", "twin": "x.test", "account": account.number}
    )
    finding = Finding(
        kind=FindingKind.LOOKALIKE, custom_domain_id=domain.id, message=told, last_seen_at=utcnow()
    )
    list_ = DomainImport(
        account_id=account.id,
        lines=1,
        state=ImportState.CHECKED,
        actor_kind="customer",
        actor_name=owner.email,
    )
    db.session.add(list_)
    db.session.flush()
    typed = f"listed.{name}.test"
    db.session.add(
        ImportLine(import_id=list_.id, number=1, typed=typed, domain_name=typed, state=LineState.READY)
    )
    link = HandoverLink(
        account_id=account.id,
        custom_domain=domain,
        made_for=f"Jane of {name}",
        made_by=owner.email,
        expires_at=utcnow() + timedelta(days=14),
    )
    key = make_key(account, name=f"Server of {name}", made_by=owner.email)[0]
    transfer = DomainTransfer(
        custom_domain=domain,
        from_account_id=account.id,
        to_email=f"friend@{name}.test",
        offered_by=owner.email,
        expires_at=utcnow() + timedelta(days=7),
    )
    done = Check(
        custom_domain_id=domain.id,
        origin=CheckOrigin.SCHEDULE,
        status=CheckStatus.DONE,
        verdict=Verdict.VERIFIED,
    )
    db.session.add_all([done, invitation, address, denied, finding, link, transfer])
    endpoint = endpoint_of(account, url=f"https://hooks.{name}.test/in")
    delivery_id = write_test(endpoint, utcnow())
    note(domain, EventKind.REGISTERED, Message("domain.registered", {"name": f"secret.{name}.test"}), SYSTEM)
    note_account(
        account, EventKind.PERSON_LEFT, Message("person.left", {"email": f"spy@{name}.test"}), SYSTEM
    )
    db.session.commit()
    return Side(
        owner,
        member,
        {
            "account_id": account.id,
            "user_id": owner.id,
            "check_id": done.id,
            "domain_id": domain.id,
            "llm_client_id": llm_client.id,
            "membership_id": member.memberships[0].id,
            "invitation_id": invitation.id,
            "address_id": address.id,
            "denied_id": denied.id,
            "finding_id": finding.id,
            "import_id": list_.id,
            "link_id": link.id,
            "key_id": key.id,
            "transfer_id": transfer.id,
            "endpoint_id": endpoint.id,
            "delivery_id": delivery_id,
        },
        # Not the name alone: pages have examples of acme.com.
        (
            *(f"{name}.test", f"{name} &", f"{name} assistant", f"of {name}", account.number),
            *(*zone.name_servers, zone.aws_hosted_zone_id or ""),
        ),
    )


class Program(FlaskClient):
    """No browser: it sends what it likes, and nobody lints what it gets. A test stands inside an application
    context, whose `g` a request must not inherit.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            return super().open(*args, **{"buffered": True, **kwargs})


def program(app: Flask) -> FlaskClient:
    return Program(app, app.response_class, use_cookies=True)


def filled(rule: Rule, value: str) -> str:
    """The address of a route with the same text for each argument."""
    url = rule.rule
    for argument in rule.arguments:
        for converter in ("int:", "path:", ""):
            url = url.replace(f"<{converter}{argument}>", value)
    return url


#: What ends the account, the membership or the sign-in that the other routes need.
LAST = ("auth.delete", "safety.sign_out_others", "people.remove", "security.logout")


def with_method(app: Flask, method: str) -> list[Rule]:
    """In an order in which somebody who is signed in can ask for all: some pages of signing in end a sign-in."""
    pages = (rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("api_"))
    found = [rule for rule in pages if method in (rule.methods or set())]
    assert len(found) > 30, "the routes were not found"
    return sorted(found, key=lambda rule: (rule.endpoint.startswith("security."), rule.endpoint in LAST))


def with_ids(app: Flask) -> Iterator[Rule]:
    """Those of the API are tried with keys, by `tests/api/test_two_accounts.py`."""
    pages = (rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("api_"))
    return (rule for rule in pages if rule.arguments - NO_IDS.keys())


def rows() -> dict[str, list[tuple[object, ...]]]:
    """Everything that is stored, but for where people are signed in and when they came."""
    db.session.expire_all()
    tables = (table for table in db.metadata.sorted_tables if table.name not in {"signed_in", "users"})
    return {table.name: [tuple(row) for row in db.session.execute(select(table))] for table in tables}
