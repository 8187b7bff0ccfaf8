"""Two accounts that must not see each other's anything.

What is tried comes from the routes themselves: one that is added later is tried, too, or fails the first test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.app_fixtures import sign_in
from tests.attacks.people import FILLED_IN, NO_IDS, NOBODYS, Side, program, rows, with_ids
from tests.page_lint import elements, parse, text_of


def test_each_route_with_an_id_is_known_here(app: Flask, sides: dict[str, Side]) -> None:
    for rule in with_ids(app):
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
    return str(rule.endpoint).startswith(("people.", "notifications.", "transfers.", "keys.", "webhooks."))


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
    """Without the number of the request, which an error page names."""
    return re.sub(r"\b[0-9a-f]{16}\b", "", text_of(next(elements(parse(html), "main"))))


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


def spellings(row_id: int) -> list[str]:
    """Of one id: those that mean it, those that nearly do, and numbers that no database holds."""
    eastern = "".join(chr(0x660 + int(digit)) for digit in str(row_id))
    near = [f"0{row_id}", f"+{row_id}", f"{row_id}.0", f"{row_id}e0", f"{row_id};1", f"{row_id},1", eastern]
    encoded = [f"{row_id}%00", f"{row_id}%0a", f"%20{row_id}", f"{row_id}%2f", f"%3{str(row_id)[0]}"]
    return [*near, *encoded, "0", "-1", str(2**63), "9" * 20, "9" * 400, f"{row_id}/../{row_id}"]


def spelled(rule: Rule, theirs: Side) -> Iterator[str]:
    """The route's address, with one of its ids after another in each spelling."""
    for argument in sorted(rule.arguments):
        for spelling in spellings(theirs.ids[argument]):
            url = rule.rule.replace(f"<int:{argument}>", spelling)
            yield re.sub(r"<int:(\w+)>", lambda found: str(theirs.ids[found[1]]), url)


def test_no_spelling_of_an_id_leads_to_the_other_account(
    app: Flask, client: FlaskClient, sides: dict[str, Side]
) -> None:
    somebody, theirs = sign_in(program(app), sides["acme"].owner), sides["rival"]
    before = rows()
    for rule in with_ids(app):
        for url in spelled(rule, theirs):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                answer = somebody.open(url, method=method, data=FILLED_IN)
                assert answer.status_code in {400, 404, 405} or is_the_same_tidied(answer), (method, url)
                assert not [word for word in theirs.words if word in answer.text], (method, url)
    assert rows() == before


def test_no_other_method_does_anything(app: Flask, client: FlaskClient, sides: dict[str, Side]) -> None:
    somebody, theirs = sign_in(program(app), sides["acme"].owner), sides["rival"]
    before = rows()
    for rule in with_ids(app):
        for method in ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
            answer = somebody.open(theirs.address(rule), method=method, data=FILLED_IN)
            allowed = {200, 404} if method == "OPTIONS" else {404, 405}
            assert answer.status_code in allowed, (method, rule)
            assert not [word for word in theirs.words if word in answer.text], (method, rule)
    assert rows() == before


STAFF_ONLY = ("", "/", "?x=1", "//", ";x", ".json", "%2f", "%00", "/.", "/..%2fdomains")


@pytest.mark.parametrize("role", ["owner", "member"])
def test_staff_pages_are_for_staff(
    app: Flask, client: FlaskClient, sides: dict[str, Side], role: str
) -> None:
    somebody = sign_in(program(app), getattr(sides["acme"], role))
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/staff")]
    assert len(rules) > 10
    before = rows()
    for rule in rules:
        url = sides["acme"].address(rule)
        odd = [
            url.upper(),
            url.title(),
            url.replace("/staff", "/%73taff"),
            url.replace("/staff", "/domains/../staff"),
        ]
        tries = [("GET", url + more) for more in STAFF_ONLY] + [("GET", one) for one in odd] + [("POST", url)]
        for method, spelling in tries:
            answer = somebody.open(f"http://localhost{spelling}", method=method, data=FILLED_IN)
            assert answer.status_code in {400, 404, 405} or is_the_same_tidied(answer), (method, spelling)
    assert rows() == before


def is_the_same_tidied(answer: TestResponse) -> bool:
    """Werkzeug takes double slashes out of an address before anybody is asked for it."""
    return answer.status_code == 308 and "//" not in answer.location.partition("://")[2]
