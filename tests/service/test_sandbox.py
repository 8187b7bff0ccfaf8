"""The sandbox as a process of its own: boto3 over HTTP, dnspython over UDP and TCP, signals, a second start."""

from __future__ import annotations

import asyncio
import http.client
import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import dns.asyncquery
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.tsig
import dns.update
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.service.running_sandbox import READY_SECONDS, Running, command, environment, sandbox
from webapp.dns.updates import DynamicZone, UpdateKey
from webapp.sandbox.provider import records as provider_records
from webapp.sandbox.provider.typed import Typed, read
from webapp.sandbox.shared.environment import (
    EDGE_ADDRESS,
    EDGE_DOMAIN,
    EDGE_KEY_NAME,
    EDGE_KEY_SECRET,
    EDGE_SERVERS,
    listener_named,
)
from webapp.sandbox.shared.store import Store

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

LOOPBACK = "127.0.0.1"
#: For an answer that comes, on a busy machine.
ANSWER_SECONDS = 60


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    store = tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite"
    with sandbox(store, "--in-sync-seconds", "0.3") as running:
        yield {**running, "store": store}


@contextmanager
def client(running: Running, attempts: int = 1) -> Iterator[Route53Client]:
    client = boto3.client(
        "route53",
        endpoint_url=running["url"],
        region_name="us-east-1",
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",
        config=Config(retries={"total_max_attempts": attempts}),
    )
    try:
        yield client
    finally:
        client.close()


@pytest.fixture
def route53(running: Running) -> Iterator[Route53Client]:
    with client(running) as route53:
        yield route53


def post(running: Running, path: str, body: Any) -> int:
    return fetch(running, f"/sandbox/{path}", json.dumps(body), {"Content-Type": "application/json"})


def fetch(running: Running, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> int:
    """The status of an answer."""
    connection = http.client.HTTPConnection(running["url"].removeprefix("http://"), timeout=ANSWER_SECONDS)
    try:
        connection.request("POST" if body else "GET", path, body, headers or {})
        return connection.getresponse().status
    finally:
        connection.close()


def ask(running: Running, name: str, kind: str, server: str | None = None, *, tcp: bool = False) -> Any:
    """One question to a server by its name, or to the resolver."""
    listener = listener_named(server) if server else None
    assert not server or listener
    port = running["dns_port"] + (listener.offset if listener else 0)
    query = dns.message.make_query(name, kind, use_edns=0, payload=1232)
    if server:
        query.flags &= ~dns.flags.RD
    return (dns.query.tcp if tcp else dns.query.udp)(query, LOOPBACK, port=port, timeout=ANSWER_SECONDS)


def records(running: Running, *arguments: str) -> None:
    subprocess.run(
        command("records", *arguments, store=running["store"]),
        check=True,
        env=environment(),
        capture_output=True,
    )


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def test_a_name_goes_from_zone_to_delegation_to_resolution(running: Running, route53: Route53Client) -> None:
    made = route53.create_hosted_zone(Name="chat.story.test", CallerReference="story")
    servers = made["DelegationSet"]["NameServers"]
    change = made["ChangeInfo"]["Id"]
    eventually(lambda: route53.get_change(Id=change)["ChangeInfo"]["Status"] == "INSYNC")
    for server in servers:
        assert ask(running, "chat.story.test", "SOA", server).flags & dns.flags.AA

    before = ask(running, "chat.story.test", "NS", "ns1.sandbox-registrar.test", tcp=True)
    assert before.rcode() == dns.rcode.NXDOMAIN
    for server in servers:
        records(running, "add", "chat.story.test", "NS", server)

    for parent in ("ns1.sandbox-registrar.test", "ns2.sandbox-registrar.test"):
        for tcp in (False, True):
            referral = ask(running, "chat.story.test", "NS", parent, tcp=tcp)
            assert not referral.flags & dns.flags.AA
            assert {rdata.to_text() for rdata in referral.authority[0]} == {f"{one}." for one in servers}
    resolved = ask(running, "chat.story.test", "NS")
    assert {rdata.to_text() for rdata in resolved.answer[0]} == {f"{one}." for one in servers}
    assert resolved.flags & dns.flags.RA


def test_a_name_is_proved_by_records_and_its_target_comes_and_goes(running: Running) -> None:
    target, challenge = f"k7qx2m.{EDGE_DOMAIN}", "_nameplate-challenge.chat.proof.test"
    token = {"name": "_nameplate-challenge.chat", "type": "TXT", "value": "token"}
    assert post(running, "zones/proof.test/records", token) == 201
    records(running, "add", "chat.proof.test", "CNAME", target)
    for server in ("ns1.sandbox-registrar.test", "ns2.sandbox-registrar.test"):
        for tcp in (False, True):
            text = ask(running, challenge, "TXT", server, tcp=tcp)
            assert (text.flags & dns.flags.AA, text.answer[0][0].strings) == (dns.flags.AA, (b"token",))
            cname = ask(running, "chat.proof.test", "A", server, tcp=tcp)
            assert [rrset[0].to_text() for rrset in cname.answer] == [f"{target}."]
            assert not cname.authority
    assert ask(running, "chat.proof.test", "A").rcode() == dns.rcode.NXDOMAIN

    given = dns.update.UpdateMessage(EDGE_DOMAIN)
    given.absent(target + ".")
    given.add(target + ".", 60, "A", EDGE_ADDRESS)
    assert update(running, given) == dns.rcode.NOERROR
    assert update(running, given, tcp=False) == dns.rcode.YXDOMAIN
    assert ask(running, "chat.proof.test", "A").answer[-1][0].to_text() == EDGE_ADDRESS
    assert post(running, "zones/proof.test/settings", {"flatten": "everywhere"}) == 200
    flattened = ask(running, "chat.proof.test", "A", "ns1.sandbox-registrar.test")
    assert [rrset[0].to_text() for rrset in flattened.answer] == [EDGE_ADDRESS]

    edge = [listener_named(server) for server in EDGE_SERVERS]
    at = tuple((LOOPBACK, running["dns_port"] + listener.offset) for listener in edge if listener)
    DynamicZone(EDGE_DOMAIN, at, UpdateKey(EDGE_KEY_NAME, EDGE_KEY_SECRET)).withdraw(target)
    for server in EDGE_SERVERS:
        assert ask(running, target, "A", server).rcode() == dns.rcode.NXDOMAIN
    assert not ask(running, "chat.proof.test", "A").answer


def update(running: Running, message: dns.update.UpdateMessage, *, tcp: bool = True) -> dns.rcode.Rcode:
    """The code that the edge's first server answers a signed update with. dnspython holds the answer to the key."""
    message.use_tsig(dns.tsig.Key(EDGE_KEY_NAME, EDGE_KEY_SECRET))
    listener = listener_named(f"ns1.{EDGE_DOMAIN}")
    assert listener
    over = dns.query.tcp if tcp else dns.query.udp
    port = running["dns_port"] + listener.offset
    return over(message, LOOPBACK, port=port, timeout=ANSWER_SECONDS).rcode()


def test_a_referral_walk_from_the_registry_leads_to_the_provider(running: Running) -> None:
    referral = ask(running, "www.walk.test", "A", "a.sandbox-registry.test")

    assert {rdata.to_text() for rdata in referral.authority[0]} == {
        "ns1.sandbox-registrar.test.",
        "ns2.sandbox-registrar.test.",
    }
    assert {rrset[0].to_text() for rrset in referral.additional} == {"198.51.100.1", "198.51.100.129"}


def test_a_large_answer_is_truncated_over_udp_and_whole_over_tcp(running: Running) -> None:
    with closing(Store(running["store"])) as store:
        provider_records.add(
            store, read(Typed("big.large.test", "TXT", "60", "\n".join(f"{n}" + "x" * 250 for n in range(8))))
        )

    assert ask(running, "big.large.test", "TXT").flags & dns.flags.TC
    whole = ask(running, "big.large.test", "TXT", tcp=True)
    assert not whole.flags & dns.flags.TC
    assert len(whole.answer[0]) == 8


def test_one_tcp_connection_serves_many_questions(running: Running) -> None:
    with socket.create_connection((LOOPBACK, running["dns_port"]), timeout=ANSWER_SECONDS) as connection:
        for n in range(3):
            query = dns.message.make_query(f"n{n}.many.test", "A")
            dns.query.send_tcp(connection, query)
            answer, _ = dns.query.receive_tcp(connection)
            assert query.is_response(answer)


def test_many_questions_at_once_are_all_answered(running: Running) -> None:
    async def one(n: int) -> bool:
        query = dns.message.make_query(f"n{n}.busy.test", "NS")
        over = dns.asyncquery.tcp if n % 4 == 0 else dns.asyncquery.udp
        answer = await over(query, LOOPBACK, port=running["dns_port"], timeout=ANSWER_SECONDS)
        return query.is_response(answer) and answer.rcode() == dns.rcode.NXDOMAIN

    async def everything() -> list[bool]:
        return await asyncio.gather(*(one(n) for n in range(100)))

    assert all(asyncio.run(everything()))


def test_a_lost_answer_can_be_found_by_its_reference(running: Running, route53: Route53Client) -> None:
    post(running, "faults", {"operation": "CreateHostedZone", "when": "after", "drop": True})

    with pytest.raises(ConnectionClosedError):
        route53.create_hosted_zone(Name="chat.lost.test", CallerReference="lost")
    with pytest.raises(ClientError) as again:
        route53.create_hosted_zone(Name="chat.lost.test", CallerReference="lost")

    assert again.value.response["Error"]["Code"] == "HostedZoneAlreadyExists"
    zones = route53.list_hosted_zones_by_name(DNSName="chat.lost.test", MaxItems="1")["HostedZones"]
    assert [zone["CallerReference"] for zone in zones] == ["lost"]


def test_boto3_retries_a_throttled_call_by_itself(running: Running) -> None:
    post(running, "faults", {"operation": "CreateHostedZone", "code": "Throttling", "times": 2})

    with client(running, attempts=3) as patient:
        made = patient.create_hosted_zone(Name="chat.slow.test", CallerReference="slow")

    assert made["ResponseMetadata"]["RetryAttempts"] == 2


def test_parallel_creations_with_one_reference_make_one_zone(running: Running) -> None:
    async def everything() -> list[str]:
        return await asyncio.gather(*(asyncio.to_thread(create) for _ in range(8)))

    def create() -> str:
        with client(running) as route53:
            try:
                route53.create_hosted_zone(Name="chat.race.test", CallerReference="race")
            except ClientError as err:
                return str(err.response["Error"]["Code"])
            return "made"

    assert sorted(asyncio.run(everything())) == ["HostedZoneAlreadyExists"] * 7 + ["made"]


def test_a_silent_parent_server_leaves_the_other_to_answer(running: Running) -> None:
    post(running, "dns-faults", {"server": "ns1.sandbox-registrar.test", "outcome": "SERVFAIL"})
    try:
        first = ask(running, "half.test", "SOA", "ns1.sandbox-registrar.test")
        assert first.rcode() == dns.rcode.SERVFAIL
        assert ask(running, "half.test", "SOA").answer
    finally:
        post(running, "dns-faults", {"server": "ns1.sandbox-registrar.test", "outcome": ""})


def test_the_page_and_the_readiness_answer(running: Running) -> None:
    for path in ("/", "/sandbox/ready", "/static/provider.css"):
        assert fetch(running, path) == 200


def test_another_host_name_is_refused(running: Running) -> None:
    assert fetch(running, "/", headers={"Host": "rebound.example"}) == 421


def test_a_second_start_keeps_everything(tmp_path: Path) -> None:
    store = tmp_path / "sandbox.sqlite"
    with sandbox(store, "--in-sync-seconds", "0") as first, client(first) as route53:
        made = route53.create_hosted_zone(Name="chat.kept.test", CallerReference="kept")
        servers = made["DelegationSet"]["NameServers"]
        records({"store": store}, "add", "chat.kept.test", "NS", servers[0])
        first["process"].send_signal(signal.SIGTERM)
        assert first["process"].wait(timeout=READY_SECONDS) == 0

    with sandbox(store) as second, client(second) as route53:
        assert route53.get_hosted_zone(Id=made["HostedZone"]["Id"])["DelegationSet"]["NameServers"] == servers
        answer = ask(second, "chat.kept.test", "NS")
        assert {rdata.to_text() for rdata in answer.answer[0]} == {f"{one}." for one in servers}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly_with_clients_connected(tmp_path: Path, number: signal.Signals) -> None:
    with ExitStack() as open_, sandbox(tmp_path / "sandbox.sqlite") as running:
        for port in (running["dns_port"], int(running["url"].rpartition(":")[2])):
            open_.enter_context(socket.create_connection((LOOPBACK, port), timeout=ANSWER_SECONDS))

        running["process"].send_signal(number)

        assert running["process"].wait(timeout=READY_SECONDS) == 0


@pytest.mark.parametrize("taken", ["http", "dns udp", "dns tcp", "edge"])
def test_a_taken_port_is_a_sentence(running: Running, tmp_path: Path, taken: str) -> None:
    with ExitStack() as held:
        kind = socket.SOCK_DGRAM if taken == "dns udp" else socket.SOCK_STREAM
        holder = held.enter_context(socket.socket(socket.AF_INET, kind))
        holder.bind((LOOPBACK, 0))
        port = holder.getsockname()[1]
        option = {"http": "--port", "edge": "--edge-port"}.get(taken, "--dns-port")
        free = {"--port": "0", "--dns-port": "0", "--edge-port": "0"}
        options = [word for pair in {**free, option: str(port)}.items() for word in pair]
        started = command("run", *options, store=tmp_path / "sandbox.sqlite")

        ended = subprocess.run(
            started, check=False, capture_output=True, text=True, timeout=READY_SECONDS, env=environment()
        )

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        f"The sandbox cannot listen on port {port}: another program uses it. Choose another with {option}.\n"
    )
