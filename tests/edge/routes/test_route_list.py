"""The list of routes: made once, kept until a route changes, and never wrong for long."""

from __future__ import annotations

import fcntl
import gzip
import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, text
from sqlalchemy.exc import OperationalError

from tests.factories import make_domain, make_llm_client
from tests.statements import statements
from webapp.edge.routes import route_list, traefik
from webapp.edge.routes.route_list import BeingMadeError, RouteList
from webapp.edge.routes.traefik import Route
from webapp.edge.served_names import announcements
from webapp.extensions import cache, db
from webapp.models import Account, DomainState, LLMClient, LLMClientCustomDomain, utcnow


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, state=DomainState.VERIFIED)
    make_llm_client(account, deployed=True, custom_domain=domain)
    db.session.commit()
    return domain


@time_machine.travel(1_800_000_000, tick=False)
def test_unchanged_list_is_read_from_the_file_and_is_304_to_whoever_has_it(
    client: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    first = client.get("/edge/traefik")
    with statements() as seen:
        again = client.get("/edge/traefik")
        unchanged = client.get("/edge/traefik", headers={"If-None-Match": first.headers["ETag"]})
    assert again.data == first.data
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert seen == []
    other = client.get("/edge/traefik", headers={"If-None-Match": '"another"'})
    assert (other.status_code, other.data) == (200, first.data)


def test_compressed_list_says_so_and_is_the_same(client: FlaskClient, domain: LLMClientCustomDomain) -> None:
    plain = client.get("/edge/traefik")
    packed = client.get("/edge/traefik", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Length"] == str(len(packed.data))
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert plain.headers["ETag"] == packed.headers["ETag"]
    refused = client.get("/edge/traefik", headers={"Accept-Encoding": "gzip;q=0"})
    assert refused.data == plain.data


def renamed(_domain: LLMClientCustomDomain, account: Account) -> None:
    account.number = "9999-0000-1111"


def switched_off(domain: LLMClientCustomDomain, _account: Account) -> None:
    assert domain.llm_client is not None
    domain.llm_client.deployed = False


def led_elsewhere(domain: LLMClientCustomDomain, account: Account) -> None:
    domain.llm_client = LLMClient(account=account, name="Other", deployed=True)


def taken_away(domain: LLMClientCustomDomain, _account: Account) -> None:
    domain.llm_client = None


def client_deleted(domain: LLMClientCustomDomain, _account: Account) -> None:
    db.session.delete(domain.llm_client)


def suspended(domain: LLMClientCustomDomain, _account: Account) -> None:
    domain.held_at = utcnow()


def removed(domain: LLMClientCustomDomain, _account: Account) -> None:
    domain.state = DomainState.REMOVING


def account_deleted(_domain: LLMClientCustomDomain, account: Account) -> None:
    account.deleted_at = utcnow()


CHANGES = (
    renamed,
    switched_off,
    led_elsewhere,
    taken_away,
    client_deleted,
    suspended,
    removed,
    account_deleted,
)


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_a_route_is_in_the_next_answer(
    client: FlaskClient,
    domain: LLMClientCustomDomain,
    account: Account,
    change: Callable[[LLMClientCustomDomain, Account], None],
) -> None:
    before = client.get("/edge/traefik")
    change(domain, account)
    db.session.commit()
    after = client.get("/edge/traefik", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.data != before.data


def test_change_that_nobody_announced_is_noticed_by_age(
    client: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        before = client.get("/edge/traefik").data
        db.session.execute(text("UPDATE llm_client SET deployed = 0"))
        db.session.commit()
        assert client.get("/edge/traefik").data == before
        clock.shift(10)
        assert client.get("/edge/traefik").get_json() == {}


def test_clock_that_jumped_back_does_not_freeze_the_list(
    client: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        client.get("/edge/traefik")
        db.session.execute(text("UPDATE llm_client SET deployed = 0"))
        db.session.commit()
        clock.shift(-3600)
        assert client.get("/edge/traefik").get_json() == {}


def test_without_a_cache_every_answer_is_made_anew(
    app: Flask, client: FlaskClient, domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise ConnectionError("the cache is down")

    monkeypatch.setattr(app.extensions["announcements"], "_begin", lambda _job: None)
    monkeypatch.setattr(cache, "get", broken)
    monkeypatch.setattr(cache, "set", broken)
    assert client.get("/edge/traefik").status_code == 200
    db.session.execute(text("UPDATE llm_client SET deployed = 0"))
    db.session.commit()
    assert client.get("/edge/traefik").get_json() == {}


def test_database_that_fails_leaves_the_former_file_and_answers_503(
    client: FlaskClient, domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = client.get("/edge/traefik").data
    announcements.announce_change()

    def fails() -> Iterator[Route]:
        yield Route(1, "half.acme.test", "x")
        raise OperationalError("SELECT", None, Exception("gone"))

    with monkeypatch.context() as patched:
        patched.setattr("webapp.edge.served_names.queries.routes", fails)
        assert client.get("/edge/traefik").status_code == 503
    assert client.get("/edge/traefik").data == before


def test_directory_that_cannot_be_written_is_503_and_a_sentence(app: Flask, client: FlaskClient) -> None:
    (app.extensions["settings"].broker_path.parent / "routes").write_text("in the way")
    answer = client.get("/edge/traefik")
    assert (answer.status_code, answer.text.count("\n")) == (503, 1)


@pytest.fixture
def list_of_routes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RouteList:
    monkeypatch.setattr(route_list, "PATIENCE_SECONDS", 0.0)
    return RouteList(
        tmp_path / "routes", lambda: "g1", lambda write: traefik.write_configuration([], write), in_vain
    )


def in_vain(_job: Callable[[], None]) -> None:
    raise AssertionError("a list that is made quickly is made at once")


def test_while_another_makes_it_readers_get_the_former_list_if_it_is_young(
    tmp_path: Path, list_of_routes: RouteList
) -> None:
    with (tmp_path / "routes.turn").open("ab") as another:
        fcntl.flock(another, fcntl.LOCK_EX)
        with pytest.raises(BeingMadeError):
            list_of_routes.current()
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        kept = list_of_routes.current()
        kept.close()
        with (tmp_path / "routes.turn").open("ab") as another:
            fcntl.flock(another, fcntl.LOCK_EX)
            clock.shift(30)
            former = list_of_routes.current()
            assert b"".join(former.plain()) == b"{}\n"
            former.close()
            clock.shift(route_list.FORMER_SECONDS)
            with pytest.raises(BeingMadeError):
                list_of_routes.current()


@time_machine.travel(1_800_000_000, tick=False)
def test_whoever_waited_for_its_turn_does_not_make_it_again(tmp_path: Path) -> None:
    """The list is made by another reader between this one's look at the file and its turn."""
    made: list[str] = []

    def write(out: Callable[[bytes], object]) -> None:
        made.append("made")
        out(b"{}\n")

    another = RouteList(tmp_path / "routes", lambda: "g1", write, in_vain)
    asked: list[None] = []

    def generation() -> str:
        if not asked:
            asked.append(None)
            another.current().close()
        return "g1"

    (tmp_path / "routes").write_bytes(b'{"generation": "g0", "etag": "", "began": 0.0, "took": 0.0}\n')
    RouteList(tmp_path / "routes", generation, write, in_vain).current().close()
    assert made == ["made"]


def test_list_that_takes_long_is_made_in_the_background_and_not_all_the_time(tmp_path: Path) -> None:
    """Ten seconds a list: the former one is given out, and a new one begun twenty seconds after it at the soonest."""
    now, took = 1_800_000_000, 10.0
    later: list[Callable[[], None]] = []

    def new(write: Callable[[bytes], object]) -> None:
        write(b"new")

    found = RouteList(tmp_path / "routes", lambda: "g1", new, later.append)

    def former() -> None:
        header = json.dumps({"generation": "g0", "etag": "", "began": float(now), "took": took})
        (tmp_path / "routes").write_bytes(header.encode() + b"\n" + gzip.compress(b"former"))

    def text() -> bytes:
        kept = found.current()
        try:
            return b"".join(kept.plain())
        finally:
            kept.close()

    former()
    with time_machine.travel(now + 19, tick=False) as clock:
        assert (text(), later) == (b"former", [])
        clock.shift(1)
        assert (text(), text(), len(later)) == (b"former", b"former", 2)
        for job in later:
            job()
        assert text() == b"new"
        former()
        clock.move_to(now + route_list.FORMER_SECONDS)
        assert text() == b"new", "a former list that is old is given to nobody"


def test_change_that_nobody_announced_is_noticed_within_a_minute_however_long_the_list_takes() -> None:
    about = route_list.About("g1", "", 1_800_000_000.0, took=10.0)
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        clock.shift(59)
        assert about.is_of("g1")
        clock.shift(1)
        assert not about.is_of("g1")


def test_making_it_in_the_background_needs_no_request_and_leaves_the_former_when_it_fails(
    app: Flask, client: FlaskClient, domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route_list, "QUICK_SECONDS", -1.0)
    # A first list that took long on a busy machine is otherwise not made anew by the requests right behind it.
    monkeypatch.setattr(route_list, "PAUSE", 0)
    monkeypatch.setattr(Thread, "start", Thread.run)
    first = client.get("/edge/traefik").data
    with monkeypatch.context() as patched:
        patched.setattr("webapp.edge.served_names.queries.routes", lambda: 1 / 0)
        announcements.announce_change()
        assert client.get("/edge/traefik").data == first
    domain.held_at = utcnow()
    db.session.commit()
    assert client.get("/edge/traefik").data == first
    assert client.get("/edge/traefik").get_json() == {}


def test_file_of_another_release_is_made_anew(tmp_path: Path, list_of_routes: RouteList) -> None:
    (tmp_path / "routes").write_bytes(b'{"other": 1}\n')
    kept = list_of_routes.current()
    assert kept.about.generation == "g1"
    kept.close()


def test_memory_does_not_grow_with_the_routes(tmp_path: Path) -> None:
    """40,000 routes are 11 MB of JSON, and as objects several times that."""
    count = 40_000

    def routes() -> Iterator[Route]:
        return (Route(n, f"chat.shop{n}.test", f"chat.{n}.api.platform.example") for n in range(count))

    kept = RouteList(
        tmp_path / "routes", lambda: "g", lambda out: traefik.write_configuration(routes(), out), in_vain
    )
    tracemalloc.start()
    try:
        read = kept.current()
        size = sum(map(len, read.plain()))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    read.close()
    assert size > 10_000_000
    assert most < size / 4


def test_routes_are_read_in_batches_of_columns(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.edge.served_names.queries._BATCH", 100)
    now = utcnow()
    times = {"created_at": now, "updated_at": now}
    domains = [
        {
            "id": n,
            "account_id": account.id,
            "domain_name": f"chat.shop{n:03}.test",
            "registrable_domain": f"shop{n:03}.test",
            "state": DomainState.VERIFIED,
            "is_verified": True,
            "state_changed_at": now,
            "check_attempt": 0,
            "version": 1,
            **times,
        }
        for n in range(1, 251)
    ]
    clients = [
        {
            "account_id": account.id,
            "name": f"Bot {n}",
            "label": f"bot-{n}",
            "deployed": True,
            "custom_domain_id": n,
            "tls_certificate_issuance_status": "none",
            **times,
        }
        for n in range(1, 251)
    ]
    db.session.execute(insert(LLMClientCustomDomain), domains)
    db.session.execute(insert(LLMClient), clients)
    db.session.commit()
    with statements() as seen:
        document = json.loads(app.test_client().get("/edge/traefik").data)
    assert len(document["http"]["routers"]) == 250
    assert list(document["http"]["routers"]) == list(document["http"]["services"])
    assert len(seen) == 3
