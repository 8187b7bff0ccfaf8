"""Certificates against the sandbox’s ACM over HTTP and its DNS over UDP, on both databases.

The worker’s tasks are called as functions; other tests show that the queue wakes them.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.app_fixtures import make_app
from tests.aws.acm_contract import HOST, AcmContract
from tests.factories import make_account, make_domain, make_llm_client, make_zone
from tests.service.dns_tree.tree import PATIENT
from tests.service.running_sandbox import Running, sandbox
from webapp.audit.log import SYSTEM
from webapp.aws.acm.certificates import Acm
from webapp.aws.route53.port import Route53Api
from webapp.aws.route53.zones import Route53
from webapp.aws.shared.budget import Rates, TokenBucket
from webapp.aws.shared.calls import acm_client, route53_client
from webapp.aws.shared.errors import AccessTrouble, RetryLater, StillInUse
from webapp.certificates import lifecycle, steps
from webapp.certificates import queries as certificate_queries
from webapp.certificates import tasks as certificate_tasks
from webapp.checks import request, tasks
from webapp.config.settings import load_settings
from webapp.dns.caa import look_up
from webapp.dns.wire.network import network_dns
from webapp.domains import assignment, queries
from webapp.domains import lifecycle as domain_lifecycle
from webapp.extensions import acm as acm_of_app
from webapp.extensions import db, dns
from webapp.messages.catalogue import sentence
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    CheckOrigin,
    DomainState,
    LLMClientCustomDomain,
    TlsStatus,
    ZoneState,
    utcnow,
)
from webapp.sandbox.app import create_sandbox_app
from webapp.sandbox.aws.faults import Controls, Fault
from webapp.sandbox.aws.route53_zones import Account as AwsAccount
from webapp.sandbox.provider import records
from webapp.sandbox.provider.typed import Typed, read
from webapp.sandbox.shared.environment import environment
from webapp.sandbox.shared.store import Store
from webapp.zones import intent
from webapp.zones import queries as zone_queries
from webapp.zones import tasks as zone_tasks

pytestmark = pytest.mark.service

QUICK = Rates(calls=1000, creations=1000)
SECONDS = 180


@pytest.fixture
def controls() -> Controls:
    return Controls(certificate_record_seconds=0)


@pytest.fixture
def acm(tmp_path: Path, controls: Controls, monkeypatch: pytest.MonkeyPatch) -> Iterator[Acm]:
    """The client as the product makes it, with its retries, against a sandbox of this test alone."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    store = Store(tmp_path / "sandbox.sqlite")
    server = make_server("127.0.0.1", 0, create_sandbox_app(AwsAccount(store, controls)), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    client = acm_client("us-east-1", f"http://127.0.0.1:{server.server_port}")
    yield Acm(client, installation_id="here", budget=TokenBucket(QUICK))
    client.close()
    server.shutdown()
    thread.join()
    server.server_close()
    store.close()


def trouble(controls: Controls, operation: str, **values: Any) -> None:
    controls.add(Fault.from_json({"operation": operation, **values}))


class TestContract(AcmContract):
    """`acm` is the fixture above."""


def test_a_throttling_storm_makes_no_duplicates(acm: Acm, controls: Controls) -> None:
    trouble(controls, "RequestCertificate", code="ThrottlingException", times=2)

    assert acm.request(HOST, "token_1") == acm.find(HOST, "token_1")
    assert controls.listed() == []


@pytest.mark.parametrize("fault", [{"drop": True}, {"code": "InternalFailure"}])
def test_a_lost_answer_leads_to_the_same_certificate(
    acm: Acm, controls: Controls, fault: dict[str, Any]
) -> None:
    trouble(controls, "RequestCertificate", when="after", **fault)

    arn = acm.request(HOST, "token_1")

    assert acm.find(HOST, "token_1") == arn
    acm.delete(arn, "token_1")
    assert acm.find(HOST, "token_1") is None


def test_a_storm_that_does_not_pass_is_reported(acm: Acm, controls: Controls) -> None:
    trouble(controls, "RequestCertificate", code="ThrottlingException", times=1000)

    with pytest.raises(RetryLater, match="RequestCertificate: ThrottlingException"):
        acm.request(HOST, "token_1")

    assert controls.listed()[0]["times"] == 995


def test_access_denied_stops_further_calls(acm: Acm, controls: Controls) -> None:
    trouble(controls, "RequestCertificate", code="AccessDeniedException", times=2)

    for _ in range(3):
        with pytest.raises(AccessTrouble):
            acm.request(HOST, "token_1")

    assert controls.listed()[0]["times"] == 1


def test_one_that_is_in_use_is_not_deleted(acm: Acm, controls: Controls) -> None:
    arn = acm.request(HOST, "token_1")
    trouble(controls, "DeleteCertificate", code="ResourceInUseException", message="in use")

    with pytest.raises(StillInUse, match="in use"):
        acm.delete(arn, "token_1")

    acm.delete(arn, "token_1")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    path = tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite"
    with sandbox(path, "--in-sync-seconds", "0.2") as running:
        yield {**running, "store": Store(path)}
    running["process"].wait()


def post(running: Running, path: str, body: Any, method: str = "POST") -> None:
    connection = http.client.HTTPConnection(running["url"].removeprefix("http://"), timeout=60)
    try:
        connection.request(method, f"/sandbox/{path}", json.dumps(body), {"Content-Type": "application/json"})
        assert connection.getresponse().status == 200
    finally:
        connection.close()


@pytest.fixture
def whole(
    running: Running, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """An application with the real clients, all of them pointed at the sandbox."""
    http_port = int(running["url"].rpartition(":")[2])
    for name, value in environment(http_port, running["dns_port"]).items():
        monkeypatch.setenv(name, value)
    pointed = load_settings(secret_key="only-for-tests-0123456789")
    app = make_app(tmp_path, database_url=database_url, edge_target=pointed.edge_target)
    budget = TokenBucket(QUICK)
    aws = route53_client("us-east-1", running["url"]), acm_client("us-east-1", running["url"])
    network = network_dns(pointed)
    # On a busy machine the sandbox answers late, and a check that heard nobody is not made again here.
    network.limits = PATIENT
    app.extensions["dns"] = network
    app.extensions["route53"] = Route53(aws[0], installation_id=tmp_path.name, budget=budget)
    app.extensions["acm"] = Acm(aws[1], installation_id=tmp_path.name, budget=budget)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    for client in aws:
        client.close()
    post(running, "faults", {}, "DELETE")
    post(running, "settings", {"certificate_record_seconds": 1, "certificate_timeout_seconds": 72 * 3600})


@pytest.fixture
def account(whole: Flask) -> Account:
    return make_account()


_names = iter(range(1000))


def work() -> None:
    """What the sweeps of a worker do, as far as certificates and records go."""
    now = utcnow()
    certificate_ids = certificate_queries.certificates_due(now, 10)
    domain_ids = zone_queries.records_due(now, 10)
    db.session.commit()
    for domain_id in domain_ids:
        zone_tasks.write_records(domain_id)
    for certificate_id in certificate_ids:
        certificate_tasks.see_to_certificate(certificate_id)
    db.session.expire_all()


def until(condition: Callable[[], bool], act: Callable[[], None] = work) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        act()
        time.sleep(0.1)


def registered(account: Account, running: Running) -> LLMClientCustomDomain:
    """Registered, its zone ready, and its records typed in at the provider; nothing verified."""
    parent = f"acme{next(_names)}.test"
    domain = make_domain(account, f"chat.{parent}")
    zone = intent.want_zone(domain, utcnow())
    db.session.commit()

    def set_up() -> None:
        zone.next_attempt_at = utcnow()
        db.session.commit()
        zone_tasks.set_up_zone(zone.id)
        db.session.expire_all()

    until(lambda: zone.state is ZoneState.READY, set_up)
    values = "\n".join(f"{name}." for name in zone.name_servers)
    records.add(running["store"], read(Typed(domain.domain_name, "NS", "300", values)))
    return domain


def verified(account: Account, running: Running) -> LLMClientCustomDomain:
    domain = registered(account, running)
    check = request.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow()).check
    db.session.commit()
    tasks.run_check(check.id)
    db.session.expire_all()
    assert domain.state is DomainState.VERIFIED
    return domain


def newest(domain: LLMClientCustomDomain) -> Certificate:
    found = queries.newest_certificate(domain)
    assert found is not None
    return found


def error_of(certificate: Certificate) -> str:
    assert certificate.problem is not None
    return sentence(certificate.problem)


def is_in(domain: LLMClientCustomDomain, state: CertificateState) -> Callable[[], bool]:
    return lambda: newest(domain).state is state


def hurry(domain: LLMClientCustomDomain) -> None:
    """The pause before the next try is over."""
    newest(domain).next_attempt_at = utcnow()
    db.session.commit()


def held(domain: LLMClientCustomDomain, whole: Flask) -> set[tuple[str, tuple[str, ...]]]:
    zone = queries.current_zone(domain)
    route53: Route53Api = whole.extensions["route53"]
    assert zone is not None
    found = route53.record_sets(zone.aws_hosted_zone_id or "")
    return {(one.type, one.values) for one in found if one.type not in {"NS", "SOA"}}


def requests(domain: LLMClientCustomDomain, running: Running) -> int:
    """How many certificates ACM has for the name."""
    with running["store"].reading() as connection:
        query = "SELECT count(*) FROM certificate WHERE domain_name = ?"
        return int(connection.execute(query, (domain.domain_name,)).fetchone()[0])


def test_from_verified_to_issued_and_away_again(whole: Flask, account: Account, running: Running) -> None:
    post(running, "settings", {"certificate_record_seconds": 1})
    domain = verified(account, running)
    llm_client = make_llm_client(account)
    assignment.attach(llm_client, domain, actor=SYSTEM)
    db.session.commit()
    assert llm_client.tls_certificate_issuance_status is TlsStatus.REQUESTED

    until(is_in(domain, CertificateState.ISSUED))

    certificate = newest(domain)
    assert held(domain, whole) == {
        ("A", ("203.0.113.80",)),
        ("CNAME", (certificate.validation_value,)),
    }
    assert {row.state.value for row in domain.dns_records} == {"written"}
    assert llm_client.tls_certificate_issuance_status.value == "issued"
    assert requests(domain, running) == 1

    domain_lifecycle.remove(domain, actor=SYSTEM)
    db.session.commit()
    until(is_in(domain, CertificateState.DELETED))
    until(lambda: not domain.dns_records)
    assert held(domain, whole) == set()
    assert requests(domain, running) == 0


def test_nothing_is_issued_while_the_delegation_leads_elsewhere(
    whole: Flask, account: Account, running: Running
) -> None:
    """Verified by us a moment ago, and taken away before ACM has looked."""
    domain = verified(account, running)
    typed = [one for one in records.records(running["store"]) if one.name == domain.domain_name]
    records.remove(running["store"], typed)

    until(is_in(domain, CertificateState.VALIDATING))
    for _ in range(3):
        hurry(domain)
        work()
    assert newest(domain).state is CertificateState.VALIDATING

    records.add(running["store"], typed)
    until(is_in(domain, CertificateState.ISSUED))


def test_a_caa_record_is_explained_and_then_mended(whole: Flask, account: Account, running: Running) -> None:
    domain = registered(account, running)
    parent = domain.registrable_domain
    forbidding = read(Typed(parent, "CAA", "1", '0 issue "letsencrypt.org"'))
    records.add(running["store"], forbidding)
    check = request.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow()).check
    db.session.commit()
    tasks.run_check(check.id)
    db.session.expire_all()

    until(is_in(domain, CertificateState.FAILED))
    certificate = newest(domain)
    assert error_of(certificate) == f"The CAA record at {parent} allows only letsencrypt.org; add amazon.com."
    assert requests(domain, running) == 0

    records.add(running["store"], read(Typed(parent, "CAA", "1", '0 issue "amazon.com"')))
    hurry(domain)
    until(is_in(domain, CertificateState.ISSUED))
    assert newest(domain).generation == 2


@pytest.mark.parametrize("code", ["CAA_ERROR", "VALIDATION_TIMED_OUT", "OTHER"])
def test_what_failed_at_acm_is_deleted_and_requested_anew(
    whole: Flask, account: Account, running: Running, code: str
) -> None:
    domain = verified(account, running)
    post(running, "faults", {"operation": "IssueCertificate", "code": code})

    until(is_in(domain, CertificateState.FAILED))
    first = newest(domain)
    assert first.failure_reason == code
    assert first.next_attempt_at is not None
    assert first.next_attempt_at > utcnow()
    hurry(domain)
    until(is_in(domain, CertificateState.ISSUED))

    assert newest(domain).generation == 2
    assert requests(domain, running) == 1


def test_a_real_time_out_is_retried(whole: Flask, account: Account, running: Running) -> None:
    domain = verified(account, running)
    typed = [one for one in records.records(running["store"]) if one.name == domain.domain_name]
    records.remove(running["store"], typed)
    until(is_in(domain, CertificateState.VALIDATING))
    post(running, "settings", {"certificate_timeout_seconds": 0})
    hurry(domain)
    until(is_in(domain, CertificateState.FAILED))
    assert "72 hours" in error_of(newest(domain))

    records.add(running["store"], typed)
    post(running, "settings", {"certificate_timeout_seconds": 72 * 3600})
    hurry(domain)
    until(is_in(domain, CertificateState.ISSUED))


def test_killed_between_call_and_commit_makes_no_second_certificate(
    whole: Flask, account: Account, running: Running
) -> None:
    domain = verified(account, running)
    killed = steps.claim(newest(domain).id, utcnow())
    db.session.commit()
    assert killed is not None
    acm_of_app().request(killed.host, killed.token)
    work()
    assert newest(domain).state is CertificateState.WANTED

    hurry(domain)
    until(is_in(domain, CertificateState.ISSUED))

    assert requests(domain, running) == 1


def test_a_removal_while_it_is_attached_waits_until_it_is_detached(
    whole: Flask, account: Account, running: Running
) -> None:
    domain = verified(account, running)
    until(is_in(domain, CertificateState.ISSUED))
    post(
        running,
        "faults",
        {"operation": "DeleteCertificate", "code": "ResourceInUseException", "message": "in use"},
    )
    domain_lifecycle.remove(domain, actor=SYSTEM)
    db.session.commit()

    work()
    assert newest(domain).state is CertificateState.DELETING
    assert "Detach it there" in error_of(newest(domain))
    hurry(domain)
    until(is_in(domain, CertificateState.DELETED))


def test_the_caa_climb_works_over_the_network(whole: Flask, running: Running) -> None:
    parent = f"acme{next(_names)}.test"
    values = '0 issue "digicert.com; policy=ev"\n0 iodef "mailto:security@acme.test"'
    records.add(running["store"], read(Typed(parent, "CAA", "60", values)))

    found = asyncio.run(look_up(f"a.b.{parent}", dns()))

    assert found.where == parent
    assert set(found.values) == {
        '0 issue "digicert.com; policy=ev"',
        '0 iodef "mailto:security@acme.test"',
    }


def test_two_workers_racing_for_a_certificate_request_one(
    whole: Flask, account: Account, running: Running
) -> None:
    domain = verified(account, running)
    certificate_id = newest(domain).id
    db.session.commit()

    def race(_: int) -> bool:
        with whole.app_context():
            taken = steps.claim(certificate_id, utcnow())
            db.session.commit()
            return taken is not None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(race, range(4))) == [False, False, False, True]


def test_two_sweeps_that_miss_a_certificate_want_one(whole: Flask, account: Account) -> None:
    domain = make_domain(account, "chat.race.test", DomainState.VERIFIED)
    make_zone(domain)
    db.session.commit()

    def race(_: int) -> None:
        with whole.app_context():
            lifecycle.want_missing(utcnow())
            db.session.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(race, range(4)))

    db.session.expire_all()
    assert [one.generation for one in domain.certificates] == [1]
