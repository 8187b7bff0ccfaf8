"""Record sets of the sandbox's hosted zones, through boto3's own client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from webapp.sandbox.aws.route53_records import served_sets
from webapp.sandbox.aws.route53_zones import Account

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

    from tests.sandbox.conftest import Clock


@pytest.fixture
def zone_id(route53: Route53Client) -> str:
    made = route53.create_hosted_zone(Name="chat.acme.test", CallerReference="1")
    return made["HostedZone"]["Id"].removeprefix("/hostedzone/")


def change(action: str, name: str, kind: str, *values: str, ttl: int = 300) -> Any:
    records = [{"Value": value} for value in values]
    return {
        "Action": action,
        "ResourceRecordSet": {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": records},
    }


def send(client: Route53Client, zone_id: str, *changes: Any) -> str:
    answer = client.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": changes})
    return answer["ChangeInfo"]["Id"]


def refusal(client: Route53Client, zone_id: str, *changes: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        send(client, zone_id, *changes)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def listed(client: Route53Client, zone_id: str, **start: Any) -> list[tuple[str, str]]:
    answer = client.list_resource_record_sets(HostedZoneId=zone_id, **start)
    return [(one["Name"], one["Type"]) for one in answer["ResourceRecordSets"]]


def test_a_record_set_is_created_replaced_and_deleted(route53: Route53Client, zone_id: str) -> None:
    send(route53, zone_id, change("CREATE", "WWW.chat.acme.test", "A", "192.0.2.1"))
    send(route53, zone_id, change("UPSERT", "www.chat.acme.test.", "A", "192.0.2.2", "192.0.2.3", ttl=60))

    answer = route53.list_resource_record_sets(
        HostedZoneId=zone_id, StartRecordName="www.chat.acme.test", StartRecordType="A", MaxItems="1"
    )
    assert answer["ResourceRecordSets"] == [
        {
            "Name": "www.chat.acme.test.",
            "Type": "A",
            "TTL": 60,
            "ResourceRecords": [{"Value": "192.0.2.2"}, {"Value": "192.0.2.3"}],
        }
    ]

    send(route53, zone_id, change("DELETE", "www.chat.acme.test", "A", "192.0.2.3", "192.0.2.2", ttl=60))
    assert listed(route53, zone_id) == [("chat.acme.test.", "NS"), ("chat.acme.test.", "SOA")]


def test_creating_what_exists_is_refused(route53: Route53Client, zone_id: str) -> None:
    send(route53, zone_id, change("CREATE", "chat.acme.test", "A", "192.0.2.1"))

    assert refusal(route53, zone_id, change("CREATE", "chat.acme.test", "A", "192.0.2.9")) == (
        "InvalidChangeBatch",
        "[Tried to create resource record set [name='chat.acme.test.', type='A'] but it already exists]",
    )


def test_deleting_what_is_not_there_is_refused(route53: Route53Client, zone_id: str) -> None:
    assert refusal(route53, zone_id, change("DELETE", "chat.acme.test", "A", "192.0.2.1")) == (
        "InvalidChangeBatch",
        "[Tried to delete resource record set [name='chat.acme.test.', type='A'] but it was not found]",
    )


@pytest.mark.parametrize(("value", "ttl"), [("192.0.2.2", 300), ("192.0.2.1", 60)])
def test_deleting_needs_the_same_values_and_ttl(
    route53: Route53Client, zone_id: str, value: str, ttl: int
) -> None:
    send(route53, zone_id, change("CREATE", "chat.acme.test", "A", "192.0.2.1", ttl=300))

    code, message = refusal(route53, zone_id, change("DELETE", "chat.acme.test", "A", value, ttl=ttl))

    assert code == "InvalidChangeBatch"
    assert "the values provided do not match the current values" in message


def test_a_batch_happens_whole_or_not_at_all(route53: Route53Client, zone_id: str) -> None:
    code, message = refusal(
        route53,
        zone_id,
        change("CREATE", "a.chat.acme.test", "A", "192.0.2.1"),
        change("DELETE", "b.chat.acme.test", "A", "192.0.2.1"),
        change("DELETE", "c.chat.acme.test", "A", "192.0.2.1"),
    )

    assert code == "InvalidChangeBatch"
    assert message.count("but it was not found") == 2
    assert len(listed(route53, zone_id)) == 2


def test_a_record_set_may_be_deleted_and_created_in_one_batch(route53: Route53Client, zone_id: str) -> None:
    send(route53, zone_id, change("CREATE", "www.chat.acme.test", "A", "192.0.2.1"))

    send(
        route53,
        zone_id,
        change("DELETE", "www.chat.acme.test", "A", "192.0.2.1"),
        change("CREATE", "www.chat.acme.test", "CNAME", "elsewhere.test"),
    )

    assert ("www.chat.acme.test.", "CNAME") in listed(route53, zone_id)


@pytest.mark.parametrize("name", ["evilchat.acme.test", "acme.test", "chat.acme.test.other.test"])
def test_names_outside_the_zone_are_refused(route53: Route53Client, zone_id: str, name: str) -> None:
    code, message = refusal(route53, zone_id, change("CREATE", name, "A", "192.0.2.1"))

    assert code == "InvalidChangeBatch"
    assert message == f"[RRSet with DNS name {name}. is not permitted in zone chat.acme.test.]"


def test_a_cname_stands_alone_and_never_at_the_apex(route53: Route53Client, zone_id: str) -> None:
    at_apex = refusal(route53, zone_id, change("CREATE", "chat.acme.test", "CNAME", "x.test"))[1]
    send(route53, zone_id, change("CREATE", "www.chat.acme.test", "A", "192.0.2.1"))
    beside = refusal(route53, zone_id, change("CREATE", "www.chat.acme.test", "CNAME", "x.test"))[1]
    twice = refusal(route53, zone_id, change("CREATE", "w.chat.acme.test", "CNAME", "x.test", "y.test"))[1]

    assert "is not permitted at apex in zone chat.acme.test." in at_apex
    assert "conflicts with other records with the same DNS name" in beside
    assert "one value only" in twice


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("A", "192.0.2.256", "Value is not a valid IPv4 address"),
        ("AAAA", "192.0.2.1", "Value is not a valid IPv6 address"),
        ("TXT", "no quotes", "Value should be enclosed in quotation marks"),
        ("TXT", '"one" two', "Value should be enclosed in quotation marks"),
        ("TXT", '"' + "a" * 256 + '"', "Value is too long"),
        ("CNAME", '"quoted.test"', "must not be enclosed in quotation marks"),
        ("NS", "a..b", "Value is not valid for a NS record"),
        ("MX", "mail.test", "Value is not valid for a MX record"),
    ],
)
def test_values_that_do_not_fit_their_type_are_refused(
    route53: Route53Client, zone_id: str, kind: str, value: str, problem: str
) -> None:
    code, message = refusal(route53, zone_id, change("CREATE", "x.chat.acme.test", kind, value))

    assert code == "InvalidChangeBatch"
    assert problem in message


def test_the_apex_keeps_its_ns_and_soa(route53: Route53Client, zone_id: str) -> None:
    both = route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]

    for one in both:
        code, message = refusal(route53, zone_id, {"Action": "DELETE", "ResourceRecordSet": one})
        assert code == "InvalidChangeBatch"
        assert f"{one['Type']} record" in message


def test_an_upsert_counts_twice_towards_the_thousand(route53: Route53Client, zone_id: str) -> None:
    def batch(action: str, count: int) -> list[Any]:
        return [change(action, f"n{n}.chat.acme.test", "A", "192.0.2.1") for n in range(count)]

    assert (
        refusal(route53, zone_id, *batch("CREATE", 1001))[1] == "[Number of records limit of 1000 exceeded.]"
    )
    assert (
        refusal(route53, zone_id, *batch("UPSERT", 501))[1] == "[Number of records limit of 1000 exceeded.]"
    )
    send(route53, zone_id, *batch("UPSERT", 500))
    assert len(listed(route53, zone_id)) == 300


def test_the_characters_of_a_batch_are_limited(route53: Route53Client, zone_id: str) -> None:
    text = " ".join(['"' + "x" * 250 + '"'] * 16)
    batch = [change("UPSERT", f"n{n}.chat.acme.test", "TXT", text) for n in range(4)]

    assert refusal(route53, zone_id, *batch)[1] == "[Number of characters limit of 32000 exceeded.]"
    send(route53, zone_id, *batch[:3])


def test_pages_of_three_hundred_continue_by_name_and_type(route53: Route53Client, zone_id: str) -> None:
    names = [f"n{n:03}.chat.acme.test" for n in range(310)]
    send(route53, zone_id, *(change("CREATE", name, "A", "192.0.2.1") for name in names))

    first = route53.list_resource_record_sets(HostedZoneId=zone_id)
    pages = list(route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id))

    assert (first["IsTruncated"], first["NextRecordName"], first["NextRecordType"]) == (
        True,
        "n298.chat.acme.test.",
        "A",
    )
    assert [len(page["ResourceRecordSets"]) for page in pages] == [300, 12]


def test_the_order_is_by_reversed_labels(route53: Route53Client, zone_id: str) -> None:
    for name in ("b.chat.acme.test", "a.b.chat.acme.test", "a.chat.acme.test", "*.chat.acme.test"):
        send(route53, zone_id, change("CREATE", name, "A", "192.0.2.1"))

    assert [name for name, kind in listed(route53, zone_id) if kind == "A"] == [
        "\\052.chat.acme.test.",
        "a.chat.acme.test.",
        "b.chat.acme.test.",
        "a.b.chat.acme.test.",
    ]
    assert listed(route53, zone_id, StartRecordName="\\052.chat.acme.test", MaxItems="1") == [
        ("\\052.chat.acme.test.", "A")
    ]


def test_an_alias_has_no_ttl(route53: Route53Client, zone_id: str) -> None:
    target = {
        "HostedZoneId": "Z2FDTNDATAQYW2",
        "DNSName": "edge.platform.example.",
        "EvaluateTargetHealth": False,
    }
    alias = {"Name": "chat.acme.test.", "Type": "A", "AliasTarget": target}
    send(route53, zone_id, {"Action": "UPSERT", "ResourceRecordSet": alias})

    found = route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    assert found[0] == alias
    code, _ = refusal(route53, zone_id, {"Action": "UPSERT", "ResourceRecordSet": {**alias, "TTL": 60}})
    assert code == "InvalidInput"


def test_routing_policies_are_not_offered(route53: Route53Client, zone_id: str) -> None:
    weighted = change("CREATE", "x.chat.acme.test", "A", "192.0.2.1")
    weighted["ResourceRecordSet"] |= {"SetIdentifier": "one", "Weight": 1}

    assert refusal(route53, zone_id, weighted)[0] == "InvalidInput"


def test_the_list_shows_at_once_what_the_servers_answer_later(
    route53: Route53Client, zone_id: str, account: Account, clock: Clock
) -> None:
    def served() -> list[Any]:
        with account.store.reading() as connection:
            return [
                one.content["values"]
                for one in served_sets(connection, zone_id, clock.now)
                if one.type == "A"
            ]

    clock.tick(10)
    send(route53, zone_id, change("CREATE", "chat.acme.test", "A", "192.0.2.1"))
    assert ("chat.acme.test.", "A") in listed(route53, zone_id)
    assert served() == []
    clock.tick(2)
    assert served() == [["192.0.2.1"]]
    send(route53, zone_id, change("UPSERT", "chat.acme.test", "A", "192.0.2.2"))
    assert served() == [["192.0.2.1"]]
    clock.tick(2)
    assert served() == [["192.0.2.2"]]
