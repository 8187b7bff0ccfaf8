"""Two accounts that must not see each other's anything.

What is tried comes from the routes themselves: one that is added later is tried, too, or fails the first test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_llm_client, make_user, make_zone
from tests.page_lint import elements, parse, text_of
from webapp.audit.log import SYSTEM, note, note_account
from webapp.extensions import db
from webapp.models import (
    DeniedName,
    DomainState,
    EventKind,
    Invitation,
    MembershipRole,
    Message,
    NotificationAddress,
    User,
    utcnow,
)

#: Arguments of routes that are no ids of rows.
NO_IDS = {
    "filename": "a file that everybody gets",
    "token": "signed, and opens one thing for whoever has it",
}
#: Routes whose answers belong to no account: what proxies, monitoring and browsers ask for, and the pages of signing
#: in and up, some of which end a sign-in that is there.
NOBODYS = ("edge.", "system.", "static", "bootstrap.", "favicon", "security.")
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
    db.session.add_all([invitation, address, denied])
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
            "domain_id": domain.id,
            "llm_client_id": llm_client.id,
            "membership_id": member.memberships[0].id,
            "invitation_id": invitation.id,
            "address_id": address.id,
            "denied_id": denied.id,
        },
        (name, account.number, *zone.name_servers, zone.aws_hosted_zone_id or ""),
    )


@pytest.fixture
def sides(app: Flask) -> dict[str, Side]:
    # Rows that are nobody's business here keep the ids of one account from being those of the other.
    make_llm_client(make_account("Third"))
    return {name: furnished(name) for name in ("acme", "rival")}


def with_ids(app: Flask) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if rule.arguments - NO_IDS.keys())


def rows() -> dict[str, list[tuple[object, ...]]]:
    """Everything that is stored, but for where people are signed in and when they came."""
    db.session.expire_all()
    tables = (table for table in db.metadata.sorted_tables if table.name not in {"signed_in", "users"})
    return {table.name: [tuple(row) for row in db.session.execute(select(table))] for table in tables}


def test_each_route_with_an_id_is_known_here(app: Flask, sides: dict[str, Side]) -> None:
    for rule in app.url_map.iter_rules():
        assert rule.arguments <= NO_IDS.keys() | sides["acme"].ids.keys(), rule
    assert {rule.endpoint.partition(".")[0] for rule in with_ids(app)} >= {
        "domains",
        "llm_clients",
        "people",
        "notifications",
        "staff",
    }


@pytest.mark.parametrize(("mine", "theirs"), [("acme", "rival"), ("rival", "acme")])
@pytest.mark.parametrize("role", ["owner", "member"])
def test_ids_of_the_other_account_lead_nowhere(
    app: Flask, client: FlaskClient, sides: dict[str, Side], mine: str, theirs: str, role: str
) -> None:
    sign_in(client, getattr(sides[mine], role))
    before = rows()
    for rule in with_ids(app):
        url = sides[theirs].address(rule)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = client.open(url, method=method, data=FILLED_IN)
            refused = {404} if role == "owner" or not only_for_owners(rule) else {403, 404}
            assert answer.status_code in refused, (method, url)
            assert not [word for word in sides[theirs].words if word in answer.text], (method, url)
    assert rows() == before


def only_for_owners(rule: Rule) -> bool:
    """A member hears that this is for owners before anybody looks whose the row is."""
    return str(rule.endpoint).startswith(("people.", "notifications."))


def test_answer_is_the_one_for_what_never_was(
    app: Flask, client: FlaskClient, sides: dict[str, Side]
) -> None:
    """Nobody can find out from it how many domains, or people, others have."""
    sign_in(client, sides["acme"].owner)
    nothing = Side(sides["rival"].owner, sides["rival"].member, dict.fromkeys(sides["rival"].ids, 4711), ())
    for rule in with_ids(app):
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            theirs, none = (
                said(client.open(side.address(rule), method=method, data=FILLED_IN).text)
                for side in (sides["rival"], nothing)
            )
            assert theirs == none, (method, rule)


def said(html: str) -> str:
    return text_of(next(elements(parse(html), "main")))


@pytest.mark.parametrize(("mine", "theirs"), [("acme", "rival"), ("rival", "acme")])
def test_nothing_that_somebody_can_open_tells_of_the_other_account(
    app: Flask, client: FlaskClient, sides: dict[str, Side], mine: str, theirs: str
) -> None:
    sign_in(client, sides[mine].owner)
    told = ""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.startswith(NOBODYS):
            continue
        if rule.arguments & NO_IDS.keys():
            continue
        for form in ("", "?as=csv", "?as=json"):
            answer = client.get(sides[mine].address(rule) + form)
            assert not [word for word in sides[theirs].words if word in answer.text], rule
            told += answer.text
    for word in sides[mine].words:
        assert word in told, f"{word} is looked for, and stands nowhere"
