"""Hosted zones of the sandbox, through boto3's own client."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Clock
from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.shared.environment import GROUPS_PER_SUFFIX

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client


def code(err: pytest.ExceptionInfo[ClientError]) -> str:
    return str(err.value.response["Error"]["Code"])


def create(client: Route53Client, name: str, reference: str | None = None) -> str:
    made = client.create_hosted_zone(Name=name, CallerReference=reference or f"ref {name}")
    return made["HostedZone"]["Id"].removeprefix("/hostedzone/")


def test_a_new_zone_has_what_a_new_zone_of_aws_has(route53: Route53Client, clock: Clock) -> None:
    made = route53.create_hosted_zone(
        Name="Chat.Acme.Test", CallerReference="claim-1", HostedZoneConfig={"Comment": "of Nameplate"}
    )

    zone = made["HostedZone"]
    assert re.fullmatch(r"/hostedzone/Z[0-9A-Z]{20}", zone["Id"])
    assert zone["Name"] == "chat.acme.test."
    assert zone["CallerReference"] == "claim-1"
    assert zone["Config"] == {"Comment": "of Nameplate", "PrivateZone": False}
    assert zone["ResourceRecordSetCount"] == 2
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["Location"].endswith(zone["Id"])
    assert re.fullmatch(r"/change/C[0-9A-Z]{20}", made["ChangeInfo"]["Id"])
    assert made["ChangeInfo"]["Status"] == "PENDING"
    assert made["ChangeInfo"]["SubmittedAt"].timestamp() == clock.now


def test_the_four_name_servers_lie_under_four_suffixes(route53: Route53Client) -> None:
    servers = route53.create_hosted_zone(Name="chat.acme.test", CallerReference="1")["DelegationSet"][
        "NameServers"
    ]

    found = [re.fullmatch(r"ns-(\d+)\.awsdns-(\d\d)\.(com|net|org|co\.uk)", server) for server in servers]
    assert all(found)
    assert {match[3] for match in found if match} == {"com", "net", "org", "co.uk"}
    assert all(int(match[1]) < 2048 and int(match[1]) % 512 // 8 == int(match[2]) for match in found if match)


def test_the_apex_holds_ns_and_soa_as_aws_writes_them(route53: Route53Client) -> None:
    made = route53.create_hosted_zone(Name="chat.acme.test", CallerReference="1")
    servers = [f"{server}." for server in made["DelegationSet"]["NameServers"]]

    ns, soa = route53.list_resource_record_sets(HostedZoneId=made["HostedZone"]["Id"])["ResourceRecordSets"]

    assert (ns["Name"], ns["Type"], ns["TTL"]) == ("chat.acme.test.", "NS", 172800)
    assert [record["Value"] for record in ns["ResourceRecords"]] == servers
    assert (soa["Name"], soa["Type"], soa["TTL"]) == ("chat.acme.test.", "SOA", 900)
    assert soa["ResourceRecords"] == [
        {"Value": f"{servers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"}
    ]


def test_the_same_caller_reference_is_refused_and_makes_nothing(route53: Route53Client) -> None:
    create(route53, "chat.acme.test", "same")

    with pytest.raises(ClientError) as refused:
        create(route53, "chat.acme.test", "same")

    assert code(refused) == "HostedZoneAlreadyExists"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert refused.value.response["ResponseMetadata"]["RequestId"]
    assert route53.get_hosted_zone_count()["HostedZoneCount"] == 1


def test_the_reference_of_a_deleted_zone_stays_used(route53: Route53Client) -> None:
    route53.delete_hosted_zone(Id=create(route53, "chat.acme.test", "same"))

    with pytest.raises(ClientError) as refused:
        create(route53, "chat.acme.test", "same")

    assert code(refused) == "HostedZoneAlreadyExists"


def test_another_reference_makes_a_second_zone_with_other_servers(route53: Route53Client) -> None:
    sets = [
        set(
            route53.create_hosted_zone(Name="chat.acme.test", CallerReference=f"{n}")["DelegationSet"][
                "NameServers"
            ]
        )
        for n in range(GROUPS_PER_SUFFIX)
    ]

    assert len(set.union(*sets)) == 4 * GROUPS_PER_SUFFIX
    with pytest.raises(ClientError) as refused:
        create(route53, "chat.acme.test", "one more")
    assert code(refused) == "DelegationSetNotAvailable"


def test_a_name_never_gets_a_server_back_that_it_had(route53: Route53Client, clock: Clock) -> None:
    seen: set[str] = set()
    for n in range(60):
        made = route53.create_hosted_zone(Name="chat.acme.test", CallerReference=f"{n}")
        servers = set(made["DelegationSet"]["NameServers"])
        assert not servers & seen
        seen |= servers
        route53.delete_hosted_zone(Id=made["HostedZone"]["Id"])
        clock.tick(10)


@pytest.mark.parametrize(
    "name",
    [
        "com",
        "com.",
        "test",
        "a..test",
        ".acme.test",
        f"{'a' * 64}.acme.test",
        "chat acme.test",
        ".".join(["a" * 60] * 5),
    ],
)
def test_bad_names_are_refused(route53: Route53Client, name: str) -> None:
    with pytest.raises(ClientError) as refused:
        create(route53, name)

    assert code(refused) == "InvalidDomainName"
    assert route53.list_hosted_zones()["HostedZones"] == []


def test_private_zones_and_delegation_sets_are_refused(route53: Route53Client) -> None:
    with pytest.raises(ClientError) as no_set:
        route53.create_hosted_zone(Name="acme.test", CallerReference="1", DelegationSetId="N1")
    with pytest.raises(ClientError) as no_private:
        route53.create_hosted_zone(
            Name="acme.test", CallerReference="1", HostedZoneConfig={"PrivateZone": True}
        )

    assert (code(no_set), code(no_private)) == ("NoSuchDelegationSet", "InvalidInput")


def test_a_change_is_in_sync_after_a_while(route53: Route53Client, account: Account, clock: Clock) -> None:
    account.controls.in_sync_seconds = 60
    change = route53.create_hosted_zone(Name="acme.test", CallerReference="1")["ChangeInfo"]["Id"]

    clock.tick(59)
    assert route53.get_change(Id=change)["ChangeInfo"]["Status"] == "PENDING"
    clock.tick(1)
    assert route53.get_change(Id=change)["ChangeInfo"]["Status"] == "INSYNC"


def test_what_does_not_exist_is_said_with_404(route53: Route53Client) -> None:
    with pytest.raises(ClientError) as no_change:
        route53.get_change(Id="CNONE")
    with pytest.raises(ClientError) as no_zone:
        route53.get_hosted_zone(Id="ZNONE")

    assert (code(no_change), code(no_zone)) == ("NoSuchChange", "NoSuchHostedZone")
    assert no_zone.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_zone_with_more_than_its_apex_stays(route53: Route53Client) -> None:
    zone_id = create(route53, "acme.test")
    sub_delegation = {
        "Name": "x.acme.test",
        "Type": "NS",
        "TTL": 60,
        "ResourceRecords": [{"Value": "ns.other.test"}],
    }
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": sub_delegation}]}
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)  # type: ignore[arg-type]

    with pytest.raises(ClientError) as refused:
        route53.delete_hosted_zone(Id=zone_id)
    assert code(refused) == "HostedZoneNotEmpty"

    batch["Changes"][0]["Action"] = "DELETE"
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)  # type: ignore[arg-type]
    assert route53.delete_hosted_zone(Id=zone_id)["ChangeInfo"]["Status"] == "PENDING"
    with pytest.raises(ClientError) as gone:
        route53.delete_hosted_zone(Id=zone_id)
    assert code(gone) == "NoSuchHostedZone"


def test_zones_come_in_pages_of_a_hundred(route53: Route53Client) -> None:
    made = {create(route53, f"n{n}.acme.test") for n in range(105)}

    first = route53.list_hosted_zones()
    pages = list(route53.get_paginator("list_hosted_zones").paginate())

    assert (len(first["HostedZones"]), first["IsTruncated"], first["MaxItems"]) == (100, True, "100")
    assert [len(page["HostedZones"]) for page in pages] == [100, 5]
    assert {zone["Id"].removeprefix("/hostedzone/") for page in pages for zone in page["HostedZones"]} == made


def test_by_name_is_a_place_to_start_and_no_filter(route53: Route53Client) -> None:
    for name in ("b.test", "a.b.test", "z.example.com", "a.test"):
        create(route53, name)

    everything = [zone["Name"] for zone in route53.list_hosted_zones_by_name()["HostedZones"]]
    missing = route53.list_hosted_zones_by_name(DNSName="aa.test", MaxItems="1")

    assert everything == ["z.example.com.", "a.test.", "b.test.", "a.b.test."]
    assert [zone["Name"] for zone in missing["HostedZones"]] == ["b.test."]
    assert (missing["IsTruncated"], missing["NextDNSName"]) == (True, "a.b.test.")
    after = route53.list_hosted_zones_by_name(
        DNSName=missing["NextDNSName"], HostedZoneId=missing["NextHostedZoneId"]
    )
    assert [zone["Name"] for zone in after["HostedZones"]] == ["a.b.test."]
    assert after["IsTruncated"] is False


def test_the_account_is_full_at_its_limit(route53: Route53Client, account: Account) -> None:
    account.controls.zone_limit = 1
    create(route53, "a.test")

    with pytest.raises(ClientError) as refused:
        create(route53, "b.test")

    assert code(refused) == "TooManyHostedZones"
    limit = route53.get_account_limit(Type="MAX_HOSTED_ZONES_BY_OWNER")
    assert (limit["Limit"]["Value"], limit["Count"]) == (1, 1)


def test_tags_are_set_replaced_and_removed(route53: Route53Client) -> None:
    zone_id, other = create(route53, "a.test"), create(route53, "b.test")
    tags = [{"Key": "claim", "Value": "7"}, {"Key": "installation", "Value": "x"}]
    route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id, AddTags=tags)  # type: ignore[arg-type]
    route53.change_tags_for_resource(
        ResourceType="hostedzone",
        ResourceId=zone_id,
        AddTags=[{"Key": "claim", "Value": "8"}],
        RemoveTagKeys=["installation"],
    )

    alone = route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id)["ResourceTagSet"]
    both = route53.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[zone_id, other])

    expected = [{"Key": "claim", "Value": "8"}]
    assert alone == {"ResourceType": "hostedzone", "ResourceId": zone_id, "Tags": expected}
    assert [(one["ResourceId"], one["Tags"]) for one in both["ResourceTagSets"]] == [
        (zone_id, expected),
        (other, []),
    ]


def test_what_the_sandbox_lacks_it_says(route53: Route53Client) -> None:
    with pytest.raises(ClientError) as refused:
        route53.list_health_checks()

    assert code(refused) == "NotImplemented"
