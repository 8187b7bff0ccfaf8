"""The Route 53 client over HTTP, with five attempts and real pauses, against the sandbox’s API."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from tests.aws.route53_contract import TXT, Contract, create, record_set, zones_of
from webapp.aws.route53.port import Action, Change, Route53Api
from webapp.aws.route53.zones import Route53
from webapp.aws.shared.budget import FileLevels, Rates, TokenBucket
from webapp.aws.shared.calls import route53_client
from webapp.aws.shared.errors import AccessTrouble, CapacityReached, RetryLater
from webapp.dns.records import RecordSet
from webapp.sandbox.app import create_sandbox_app
from webapp.sandbox.aws.faults import Controls, Fault
from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.shared.store import Store

QUICK = Rates(calls=1000, creations=1000)


@pytest.fixture
def controls() -> Controls:
    return Controls(in_sync_seconds=0)


@pytest.fixture
def endpoint(tmp_path: Path, controls: Controls) -> Iterator[str]:
    """The URL of a sandbox of this test alone."""
    store = Store(tmp_path / "sandbox.sqlite")
    server = make_server("127.0.0.1", 0, create_sandbox_app(Account(store, controls)), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    store.close()


@pytest.fixture
def route53(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Route53]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = route53_client("us-east-1", endpoint)
    yield Route53(client, installation_id="here", budget=TokenBucket(QUICK))
    client.close()


def trouble(controls: Controls, operation: str, **values: str | float) -> None:
    controls.add(Fault.from_json({"operation": operation, **values}))


class TestContract(Contract):
    """`route53` is the fixture above."""


def in_a_loop(route53: Route53Api, count: int) -> None:
    for number in range(count):
        route53.create_zone(f"n{number}.acme.com", f"ref-{number}", f"{number}.1")


def test_an_answer_that_is_lost_leads_to_the_same_zone(route53: Route53, controls: Controls) -> None:
    trouble(controls, "CreateHostedZone", when="after", drop=True)

    zone = create(route53)

    assert zone.change_id is None
    assert [listed.id for listed in zones_of(route53)] == [zone.id]


def test_a_creation_whose_answers_are_all_lost_leads_to_the_same_zone(
    route53: Route53, controls: Controls
) -> None:
    trouble(controls, "CreateHostedZone", code="InternalFailure", when="after")
    trouble(controls, "CreateHostedZone", code="InternalFailure", times=4)

    zone = create(route53)

    assert [(listed.id, listed.claim_id) for listed in zones_of(route53)] == [(zone.id, "7.1")]


@pytest.mark.parametrize(
    "operation", ["CreateHostedZone", "ChangeResourceRecordSets", "ListHostedZones", "ChangeTagsForResource"]
)
def test_a_throttling_storm_makes_no_duplicates(route53: Route53, controls: Controls, operation: str) -> None:
    trouble(controls, operation, code="Throttling", times=2)

    zone = create(route53)
    route53.change_records(zone.id, [Change(Action.CREATE, TXT)])

    assert [listed.id for listed in zones_of(route53)] == [zone.id]
    assert record_set(route53, zone.id, TXT.name, "TXT") == TXT
    assert controls.listed() == []


def test_a_storm_that_does_not_pass_is_reported(route53: Route53, controls: Controls) -> None:
    trouble(controls, "GetAccountLimit", code="Throttling", times=1000)

    with pytest.raises(RetryLater, match="GetAccountLimit: Throttling: Rate exceeded"):
        create(route53)

    assert controls.listed()[0]["times"] == 995


def test_a_change_whose_answer_is_lost_is_made_once(route53: Route53, controls: Controls) -> None:
    zone = create(route53)
    trouble(controls, "ChangeResourceRecordSets", when="after", drop=True)
    assert route53.change_records(zone.id, [Change(Action.CREATE, TXT)]).refused == ()

    trouble(controls, "ChangeResourceRecordSets", when="after", drop=True)
    assert route53.change_records(zone.id, [Change(Action.DELETE, TXT)]).refused == ()

    assert len(list(route53.record_sets(zone.id))) == 2


def test_a_change_is_pending_until_the_servers_know_it(route53: Route53, controls: Controls) -> None:
    controls.in_sync_seconds = 3600

    zone = create(route53)

    assert zone.in_sync is False
    assert not route53.change_in_sync(zone.change_id or "")


def test_more_zones_than_a_page_are_all_listed(route53: Route53) -> None:
    in_a_loop(route53, 101)

    assert len(list(zones_of(route53))) == 101
    first = route53.zone_page()
    last = route53.zone_page(first.marker)
    assert (len(first.zones), len(last.zones), last.marker) == (100, 1, None)
    found = route53.find_zone("n100.acme.com", "ref-100")
    assert found is not None
    assert found.name == "n100.acme.com"


def test_of_two_installations_each_sees_its_own(route53: Route53, endpoint: str) -> None:
    zone = create(route53)
    client = route53_client("us-east-1", endpoint)
    there = Route53(client, installation_id="there", budget=TokenBucket(QUICK))
    other = create(there, "ref-2")

    assert [listed.id for listed in zones_of(route53)] == [zone.id]
    assert [listed.id for listed in zones_of(there)] == [other.id]
    assert not there.zone_is_ours(zone.id, "chat.acme.com", "7.1")
    client.close()


def test_a_full_account_is_refused_in_words(route53: Route53, controls: Controls) -> None:
    controls.zone_limit = 0

    with pytest.raises(CapacityReached, match="holds 0 of the 0 hosted zones"):
        create(route53)


def test_an_account_filled_by_somebody_else_is_refused_by_aws(route53: Route53, controls: Controls) -> None:
    route53.zone_quota()
    controls.zone_limit = 0

    with pytest.raises(CapacityReached, match="CreateHostedZone: TooManyHostedZones"):
        create(route53)


def test_access_denied_stops_further_calls(route53: Route53, controls: Controls) -> None:
    trouble(controls, "GetAccountLimit", code="AccessDenied", message="not authorized", times=2)

    for _ in range(3):
        with pytest.raises(AccessTrouble, match="not authorized"):
            create(route53)

    assert controls.listed()[0]["times"] == 1


def test_a_refused_name_does_not_hold_back_the_others(route53: Route53) -> None:
    zone = create(route53)
    records = [RecordSet(f"n{i}.chat.acme.com", "A", 60, ("192.0.2.1",)) for i in range(30)]
    outside = RecordSet("evilchat.acme.com", "A", 60, ("192.0.2.1",))
    wrong = RecordSet("w.chat.acme.com", "A", 60, ("not an address",))
    at_apex = RecordSet("chat.acme.com", "CNAME", 60, ("x.example",))

    applied = route53.change_records(
        zone.id, [Change(Action.UPSERT, record) for record in [*records, outside, wrong, at_apex]]
    )

    assert {refused.name for refused in applied.refused} == {outside.name, wrong.name, "chat.acme.com"}
    assert set(records) < set(route53.record_sets(zone.id))


@pytest.mark.parametrize("values", [('"' + "a" * 255 + '" "b"',), (r'"\"quoted\" \\ \195\169"', '"second"')])
def test_txt_is_read_as_it_was_written(route53: Route53, values: tuple[str, ...]) -> None:
    zone = create(route53)
    record = RecordSet("_t.chat.acme.com", "TXT", 300, tuple(sorted(values)))

    assert route53.change_records(zone.id, [Change(Action.CREATE, record)]).refused == ()
    assert record_set(route53, zone.id, record.name, "TXT") == record


def test_writers_of_one_zone_and_creators_of_one_intent_do_not_disturb_each_other(route53: Route53) -> None:
    zones: list[str] = []

    def work(number: int) -> None:
        zone = create(route53)
        zones.append(zone.id)
        record = RecordSet(f"n{number}.chat.acme.com", "A", 60, ("192.0.2.1",))
        route53.change_records(zone.id, [Change(Action.CREATE, record)])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(zones) == 6
    assert len(set(zones)) == 1
    assert len(list(route53.record_sets(zones[0]))) == 8


TAKE_SIXTY = """
import sys
from pathlib import Path
from webapp.aws.shared.budget import FileLevels, Rates, TokenBucket
bucket = TokenBucket(Rates(calls=50), FileLevels(Path(sys.argv[1])), longest_wait=60)
for _ in range(60):
    bucket.take()
"""


def test_processes_of_one_machine_share_a_budget(tmp_path: Path) -> None:
    """180 calls by three processes at 50 a second with 100 saved up cannot take less than 1.6 seconds."""
    path = tmp_path / "budget.json"
    bucket = TokenBucket(Rates(calls=50), FileLevels(path))
    bucket.take()
    started = time.time()

    processes = [subprocess.Popen([sys.executable, "-c", TAKE_SIXTY, str(path)]) for _ in range(3)]

    assert [process.wait(180) for process in processes] == [0, 0, 0]
    assert time.time() - started >= 1.6
