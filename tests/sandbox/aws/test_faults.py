"""Trouble that a test asks the pretended AWS for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from flask.testing import FlaskClient

from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.shared.environment import LISTENERS

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client


def test_an_operation_is_refused_as_often_as_asked(route53: Route53Client, web: FlaskClient) -> None:
    web.post("/sandbox/faults", json={"operation": "CreateHostedZone", "code": "Throttling", "times": 2})

    for _ in range(2):
        with pytest.raises(ClientError) as refused:
            route53.create_hosted_zone(Name="acme.test", CallerReference="1")
        assert refused.value.response["Error"] == {
            "Type": "Sender",
            "Code": "Throttling",
            "Message": "Rate exceeded",
        }
    assert route53.get_hosted_zone_count()["HostedZoneCount"] == 0

    route53.create_hosted_zone(Name="acme.test", CallerReference="1")
    assert route53.get_hosted_zone_count()["HostedZoneCount"] == 1


def test_an_answer_is_lost_after_the_operation_took_effect(route53: Route53Client, web: FlaskClient) -> None:
    web.post("/sandbox/faults", json={"code": "InternalFailure", "when": "after"})

    with pytest.raises(ClientError) as lost:
        route53.create_hosted_zone(Name="acme.test", CallerReference="1")

    assert lost.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert [zone["CallerReference"] for zone in route53.list_hosted_zones()["HostedZones"]] == ["1"]


def test_faults_are_listed_and_forgotten(web: FlaskClient) -> None:
    web.post("/sandbox/faults", json={"operation": "GetChange", "code": "Throttling", "times": 3})

    (waiting,) = web.get("/sandbox/faults").get_json()["faults"]

    assert (waiting["operation"], waiting["times"]) == ("GetChange", 3)
    assert web.delete("/sandbox/faults").get_json()["faults"] == []


@pytest.mark.parametrize("fault", [{"cod": "Throttling"}, {"times": "3"}, {"when": "during"}, ["Throttling"]])
def test_a_fault_that_cannot_be_understood_is_refused_with_a_sentence(web: FlaskClient, fault: Any) -> None:
    answer = web.post("/sandbox/faults", json=fault)

    assert answer.status_code == 400
    assert answer.get_json()["message"].endswith(".")
    assert web.get("/sandbox/faults").get_json()["faults"] == []


@pytest.mark.parametrize(
    ("server", "at"),
    [("ns1.sandbox-registrar.test", 2), ("a.sandbox-registry.test", 1), ("ns-64.awsdns-08.com", 5)],
)
def test_a_name_server_is_silenced_and_answers_again(
    web: FlaskClient, account: Account, server: str, at: int
) -> None:
    for outcome in ("silent", ""):
        answer = web.post("/sandbox/dns-faults", json={"server": server, "outcome": outcome})
        assert answer.status_code == 200
        assert account.controls.dns_outcome(LISTENERS[at]) == outcome


@pytest.mark.parametrize(
    "fault",
    [
        {"server": "ns3.sandbox-registrar.test", "outcome": "silent"},
        {"server": "ns-64.awsdns-09.com", "outcome": "silent"},
        {"server": "ns1.sandbox-registrar.test", "outcome": "lame"},
        ["silent"],
    ],
)
def test_a_dns_fault_that_cannot_be_understood_is_refused(web: FlaskClient, fault: Any) -> None:
    answer = web.post("/sandbox/dns-faults", json=fault)

    assert answer.status_code == 400
    assert answer.get_json()["message"].endswith(".")


def test_settings_are_changed_while_it_runs(web: FlaskClient, route53: Route53Client) -> None:
    assert web.post("/sandbox/settings", json={"in_sync_seconds": 0}).get_json()["in_sync_seconds"] == 0

    made = route53.create_hosted_zone(Name="acme.test", CallerReference="1")

    assert made["ChangeInfo"]["Status"] == "INSYNC"
    assert web.post("/sandbox/settings", json={"zone_limit": "many"}).status_code == 400


def test_other_sites_in_the_browser_cannot_reach_it(web: FlaskClient) -> None:
    assert web.get("/sandbox/ready").status_code == 200
    assert web.get("/sandbox/ready", headers={"Host": "rebound.example:8053"}).status_code == 421
    foreign = web.post(
        "/sandbox/faults", json={"code": "Throttling"}, headers={"Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
