"""Domains by the API."""

from __future__ import annotations

from tests.api.conftest import Ask
from tests.factories import make_account, make_domain, make_zone
from webapp.extensions import db
from webapp.models import Account, DomainState, ZoneState, utcnow


def test_the_list_comes_in_pieces_newest_first(ask: Ask, account: Account) -> None:
    made = [make_domain(account, f"chat{number}.acme.test").id for number in range(5)]
    db.session.commit()
    first = ask("GET", "/domains?limit=2")
    assert [one["id"] for one in first.get_json()["data"]] == made[:2:-1]
    link, _, rel = first.headers["Link"].partition(">; ")
    assert rel == 'rel="next"'
    second = ask("GET", link.removeprefix("</api/v1"))
    assert [one["id"] for one in second.get_json()["data"]] == [made[2], made[1]]
    last = ask("GET", f"/domains?limit=2&cursor={second.get_json()['next_cursor']}")
    assert [one["id"] for one in last.get_json()["data"]] == [made[0]]
    assert last.get_json()["next_cursor"] is None
    assert "Link" not in last.headers


def test_wrong_parameters_are_named(ask: Ask) -> None:
    for path, parameter in (
        ("/domains?limit=0", "limit"),
        ("/domains?limit=x", "limit"),
        ("/domains?nothing=1", "nothing"),
        ("/domains?cursor=x", "cursor"),
        ("/domains?cursor=YWZ0ZXI6OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "cursor"),
        ("/domains/1?more=1", "more"),
    ):
        answer = ask("GET", path)
        assert answer.status_code == 422, path
        assert [one["parameter"] for one in answer.get_json()["errors"]] == [parameter]


def test_a_domain_is_told_whole(ask: Ask, account: Account) -> None:
    domain = make_domain(account)
    db.session.commit()
    told = ask("GET", f"/domains/{domain.id}").get_json()
    assert told["domain_name"] == "chat.acme.test"
    assert told["ownership"]["status"] == "pending"
    assert told["routing"]["status"] == "no_llm_client"
    assert told["certificate"]["status"] == "none"


def test_what_is_not_the_keys_is_not_there(ask: Ask, account: Account) -> None:
    other = make_domain(make_account("Other"), "chat.other.test")
    removed = make_domain(account, "gone.acme.test", DomainState.REMOVED)
    db.session.commit()
    for row_id in (other.id, removed.id, 4711, 2**63, 10**30):
        answer = ask("GET", f"/domains/{row_id}")
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")


def test_an_unchanged_answer_is_not_sent_again(ask: Ask, account: Account) -> None:
    domain = make_domain(account)
    db.session.commit()
    path = f"/domains/{domain.id}"
    etag = ask("GET", path).headers["ETag"]
    again = ask("GET", path, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    domain.state = DomainState.EXPIRED
    db.session.commit()
    assert ask("GET", path, headers={"If-None-Match": etag}).status_code == 200


def test_it_says_after_how_many_seconds_a_removal_can_be_taken_back(ask: Ask, account: Account) -> None:
    domain = make_domain(account, "chat.acme.com", DomainState.REMOVING)
    make_zone(domain, ZoneState.LEAVING, next_attempt_at=utcnow())
    domain.check_requested_at = domain.state_changed_at = utcnow()
    db.session.commit()
    answer = ask("POST", f"/domains/{domain.id}/restore")
    told = answer.get_json()
    assert (answer.status_code, told["code"]) == (429, "too-soon"), told
    assert f"in {answer.headers['Retry-After']} s" in told["detail"]
    assert 0 < int(answer.headers["Retry-After"]) <= 60
