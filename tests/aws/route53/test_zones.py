"""Zones: made once, found by reference, recognised by mark, deleted only if ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.aws.conftest import Clock
from tests.aws.fake import FakeAws, FakeZone, RefusalError, raw
from tests.aws.route53_contract import zones_of
from webapp.aws.route53.port import Quota, TaggedZone, Zone
from webapp.aws.route53.zones import Route53
from webapp.aws.route53.zones import route53 as of_process
from webapp.aws.shared.errors import (
    AccessTrouble,
    CapacityReached,
    Gone,
    InputRefused,
    NotOurs,
    RetryLater,
    UnexpectedDelegationSet,
)

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

MARK = {"nameplate:installation": "here", "nameplate:claim": "7.1"}


def create(route53: Route53) -> Zone:
    return route53.create_zone("chat.acme.com", "ref-1", "7.1")


def test_a_new_zone_is_bare_sorted_and_marked(route53: Route53, aws: FakeAws) -> None:
    zone = create(route53)

    assert zone == Zone(
        id="Z0001",
        name="chat.acme.com",
        name_servers=tuple(f"ns-1.awsdns-{i}.com" for i in range(4)),
        change_id="C0002",
        in_sync=False,
        caller_reference="ref-1",
    )
    assert aws.zones["Z0001"].tags == MARK
    (asked,) = aws.called("CreateHostedZone")
    assert asked["Name"] == "chat.acme.com."
    assert asked["HostedZoneConfig"]["Comment"].startswith("Nameplate here, claim 7.1.")
    assert "DelegationSetId" not in asked


def test_a_time_out_after_the_zone_was_made_adopts_that_zone(route53: Route53, aws: FakeAws) -> None:
    aws.add("chat.acme.com", "somebody else’s")
    aws.lost["CreateHostedZone"].append(ReadTimeoutError(endpoint_url="https://route53"))

    zone = create(route53)

    assert aws.zones[zone.id].reference == "ref-1"
    assert aws.zones[zone.id].tags == MARK
    assert (zone.change_id, zone.in_sync) == (None, None)
    assert len(aws.zones) == 2


def test_a_time_out_before_the_zone_was_made_is_tried_later(route53: Route53, aws: FakeAws) -> None:
    aws.add("chat.acme.com", "somebody else’s")
    aws.faults["CreateHostedZone"].append(ReadTimeoutError(endpoint_url="https://route53"))

    with pytest.raises(RetryLater):
        create(route53)

    assert create(route53).caller_reference == "ref-1"


def test_the_same_intent_twice_is_one_zone(route53: Route53, aws: FakeAws) -> None:
    first = create(route53)

    assert create(route53).id == first.id
    assert list(aws.zones) == [first.id]


def test_a_throttled_creation_does_not_add_calls_to_the_storm(route53: Route53, aws: FakeAws) -> None:
    aws.faults["CreateHostedZone"].append(RefusalError("Throttling"))

    with pytest.raises(RetryLater):
        create(route53)

    assert [name for name, _ in aws.calls] == ["GetAccountLimit", "CreateHostedZone"]


def test_tagging_that_was_cut_off_is_done_by_the_next_attempt(route53: Route53, aws: FakeAws) -> None:
    aws.faults["ChangeTagsForResource"].append(RefusalError("ThrottlingException"))
    with pytest.raises(RetryLater):
        create(route53)

    zone = create(route53)

    assert aws.zones[zone.id].tags == MARK
    assert len(aws.zones) == 1


def test_a_reference_that_aws_knows_but_does_not_list_is_never_matched_by_name(
    route53: Route53, aws: FakeAws
) -> None:
    aws.add("chat.acme.com", "somebody else’s")
    aws.faults["CreateHostedZone"].append(RefusalError("HostedZoneAlreadyExists", status=409))

    with pytest.raises(RetryLater, match="HostedZoneAlreadyExists"):
        create(route53)


def test_a_private_zone_is_never_adopted(route53: Route53, aws: FakeAws) -> None:
    aws.add("chat.acme.com", "ref-1", private=True)

    with pytest.raises(RetryLater):
        create(route53)


def test_a_zone_of_another_installation_is_never_adopted(route53: Route53, aws: FakeAws) -> None:
    aws.add("chat.acme.com", "ref-1", tags={"nameplate:installation": "there"})

    with pytest.raises(NotOurs, match="there"):
        create(route53)

    assert aws.zones["Z0001"].tags == {"nameplate:installation": "there"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("InvalidDomainName", InputRefused),
        ("TooManyHostedZones", CapacityReached),
        ("DelegationSetNotAvailable", CapacityReached),
        ("ConflictingDomainExists", CapacityReached),
        ("AccessDenied", AccessTrouble),
    ],
)
def test_a_refused_creation_says_why(
    route53: Route53, aws: FakeAws, code: str, expected: type[Exception]
) -> None:
    aws.faults["CreateHostedZone"].append(RefusalError(code, "because"))

    with pytest.raises(expected, match=f"CreateHostedZone: {code}: because"):
        create(route53)


@pytest.mark.parametrize(
    "servers", [["a.x.", "b.x.", "c.x."], ["a.x.", "A.x.", "b.x.", "c.x."], [], ["a.x."] * 4]
)
def test_a_set_of_other_than_four_name_servers_is_refused(
    route53: Route53, aws: FakeAws, servers: list[str]
) -> None:
    zone_id = aws.add("chat.acme.com", "ref-1", servers=servers or [""])
    aws.zones[zone_id].servers = servers

    with pytest.raises(UnexpectedDelegationSet, match="does not have four name servers of its own"):
        route53.get_zone(zone_id)


def test_a_reusable_delegation_set_is_refused_and_its_zone_can_be_found(
    route53: Route53, aws: FakeAws
) -> None:
    aws.set_id = "/delegationset/N1"

    with pytest.raises(UnexpectedDelegationSet):
        create(route53)

    assert [zone.claim_id for zone in zones_of(route53)] == ["7.1"]


def test_a_full_account_refuses_before_anything_is_asked_for(route53: Route53, aws: FakeAws) -> None:
    aws.add("other.test", "r")
    aws.limit = 1

    with pytest.raises(CapacityReached, match="holds 1 of the 1 hosted zones") as raised:
        create(route53)

    assert raised.value.code == "TooManyHostedZones"
    assert aws.called("CreateHostedZone") == []


def test_a_zone_made_before_the_account_was_full_is_still_found(route53: Route53, aws: FakeAws) -> None:
    aws.add("chat.acme.com", "ref-1")
    aws.limit = 1

    assert create(route53).id == "Z0001"


def test_the_quota_is_asked_for_once_a_minute(route53: Route53, aws: FakeAws, clock: Clock) -> None:
    assert route53.zone_quota() == Quota(500, 0)
    aws.add("a.test", "r")
    clock.now += 59
    assert route53.zone_quota() == Quota(500, 0)
    clock.now += 1
    assert route53.zone_quota() == Quota(500, 1)


@pytest.mark.parametrize(
    ("used", "percent", "nearly", "full"),
    [
        (399, 80, False, False),
        (400, 80, True, False),
        (400, 90.5, False, False),
        (453, 90.5, True, False),
        (500, 100, True, True),
        (501, 100, True, True),
    ],
)
def test_a_quota_is_nearly_full_at_the_percentage_of_the_setting(
    used: int, percent: float, nearly: bool, full: bool
) -> None:
    quota = Quota(500, used)

    assert (quota.nearly_full(percent), quota.full) == (nearly, full)


def test_of_many_zones_of_one_name_the_one_with_our_reference_is_found(
    route53: Route53, aws: FakeAws
) -> None:
    for number in range(130):
        aws.add("chat.acme.com", f"ref-{number}")
    aws.add("chat.acme.com.au", "ref-x")

    found = route53.find_zone("chat.acme.com", "ref-129")

    assert found is not None
    assert found.caller_reference == "ref-129"
    assert len(aws.called("ListHostedZonesByName")) == 2


def test_the_zone_after_a_missing_one_is_not_mistaken_for_it(route53: Route53, aws: FakeAws) -> None:
    aws.add("chat.acme.community", "ref-1")

    assert route53.find_zone("chat.acme.com", "ref-1") is None


def test_a_found_zone_that_vanishes_is_none(route53: Route53, aws: FakeAws) -> None:
    aws.add("chat.acme.com", "ref-1")
    aws.faults["GetHostedZone"].append(RefusalError("NoSuchHostedZone"))

    assert route53.find_zone("chat.acme.com", "ref-1") is None


def test_a_change_is_asked_for_by_its_id(route53: Route53, aws: FakeAws) -> None:
    change_id = create(route53).change_id or ""
    assert not route53.change_in_sync(change_id)
    aws.changes[change_id] = "INSYNC"
    assert route53.change_in_sync(change_id)
    with pytest.raises(Gone, match="NoSuchChange"):
        route53.change_in_sync("C9")


@pytest.mark.parametrize(
    ("zone", "ours"),
    [
        (FakeZone("chat.acme.com", "r", tags=MARK), True),
        (FakeZone("chat.acme.com", "r", tags={**MARK, "cost-centre": "12"}), True),
        (FakeZone("other.acme.com", "r", tags=MARK), False),
        (FakeZone("chat.acme.com", "r", tags=MARK, private=True), False),
        (FakeZone("chat.acme.com", "r"), False),
        (FakeZone("chat.acme.com", "r", tags={**MARK, "nameplate:installation": "there"}), False),
        (FakeZone("chat.acme.com", "r", tags={**MARK, "nameplate:claim": "7.2"}), False),
    ],
)
def test_a_zone_is_ours_by_id_name_and_mark(
    route53: Route53, aws: FakeAws, zone: FakeZone, ours: bool
) -> None:
    aws.zones["Z1"] = zone

    assert route53.zone_is_ours("Z1", "chat.acme.com", "7.1") is ours


def test_a_zone_that_is_gone_is_not_ours(route53: Route53) -> None:
    assert not route53.zone_is_ours("Z9", "chat.acme.com", "7.1")


def test_all_pages_of_zones_are_read_and_only_our_own_are_shown(route53: Route53, aws: FakeAws) -> None:
    ours = [aws.add(f"n{i}.test", f"r{i}", tags={**MARK, "nameplate:claim": str(i)}) for i in range(230)]
    for i in range(40):
        aws.add(f"theirs{i}.test", f"x{i}", tags={"nameplate:installation": "there"} if i % 2 else {})
    aws.add("private.test", "p", private=True, tags=MARK)

    found = list(zones_of(route53))

    assert [zone.id for zone in found] == ours
    assert found[229] == TaggedZone("Z0230", "n229.test", "r229", "229")
    assert len(aws.called("ListHostedZones")) == 3


def test_a_zone_deleted_while_the_list_is_read_hides_no_other(route53: Route53, aws: FakeAws) -> None:
    ids = [aws.add(f"n{i}.test", f"r{i}", tags=MARK) for i in range(3)]
    listing = zones_of(route53)
    aws.faults["ListTagsForResources"].append(RefusalError("NoSuchHostedZone", status=404))
    aws.faults["ListTagsForResource"].append(RefusalError("NoSuchHostedZone", status=404))

    assert [zone.id for zone in listing] == ids[1:]


def test_a_zone_is_deleted_with_all_it_holds(route53: Route53, aws: FakeAws) -> None:
    zone = create(route53)
    aws.zones[zone.id].sets += [
        raw("chat.acme.com", "TXT", '"left over"'),
        raw("deeper.chat.acme.com", "NS", "ns1.example."),
        raw("www.chat.acme.com", "A", "192.0.2.1", SetIdentifier="one", Weight=1),
        raw("www.chat.acme.com", "A", "192.0.2.2", SetIdentifier="two", Weight=2),
        {
            "Name": "alias.chat.acme.com.",
            "Type": "A",
            "AliasTarget": {"HostedZoneId": "Z9", "DNSName": "x.", "EvaluateTargetHealth": False},
        },
    ]

    route53.delete_zone(zone.id, "chat.acme.com", "7.1")

    assert aws.zones == {}


@pytest.mark.parametrize("operation", ["GetHostedZone", "ListResourceRecordSets", "DeleteHostedZone"])
def test_deleting_a_zone_that_is_gone_is_done(route53: Route53, aws: FakeAws, operation: str) -> None:
    zone = create(route53)
    aws.faults[operation].append(RefusalError("NoSuchHostedZone", status=404))

    route53.delete_zone(zone.id, "chat.acme.com", "7.1")


def test_a_zone_that_is_not_ours_is_left_alone(route53: Route53, aws: FakeAws) -> None:
    zone_id = aws.add("chat.acme.com", "ref-1", tags={**MARK, "nameplate:installation": "there"})

    with pytest.raises(NotOurs, match="left alone"):
        route53.delete_zone(zone_id, "chat.acme.com", "7.1")

    assert {name for name, _ in aws.calls} == {"GetHostedZone", "ListTagsForResource"}


def test_a_deletion_that_was_cut_off_is_finished_by_the_next(route53: Route53, aws: FakeAws) -> None:
    zone = create(route53)
    aws.zones[zone.id].sets.append(raw("www.chat.acme.com", "A", "192.0.2.1"))
    aws.faults["DeleteHostedZone"].append(RefusalError("HostedZoneNotEmpty"))
    with pytest.raises(RetryLater, match="HostedZoneNotEmpty"):
        route53.delete_zone(zone.id, "chat.acme.com", "7.1")

    route53.delete_zone(zone.id, "chat.acme.com", "7.1")

    assert aws.zones == {}


def test_a_record_set_that_cannot_be_deleted_keeps_the_zone(route53: Route53, aws: FakeAws) -> None:
    zone = create(route53)
    kept = raw("bad.chat.acme.com", "A", "192.0.2.1")
    aws.zones[zone.id].sets += [kept, raw("www.chat.acme.com", "A", "192.0.2.1")]

    with pytest.raises(InputRefused, match="1 names of the zone cannot be deleted"):
        route53.delete_zone(zone.id, "chat.acme.com", "7.1")

    assert aws.zones[zone.id].sets[2:] == [kept]


def test_a_deletion_makes_the_quota_be_asked_for_again(route53: Route53, aws: FakeAws) -> None:
    aws.limit = 1
    zone = create(route53)
    route53.delete_zone(zone.id, "chat.acme.com", "7.1")

    assert route53.create_zone("other.test", "ref-2", "8.1").name == "other.test"


def test_a_process_has_one_client(client: Route53Client) -> None:
    def of(installation: str) -> Route53:
        return of_process(region="us-east-1", endpoint_url=None, installation_id=installation)

    assert of("here") is of("here")
    assert of("here") is not of("there")
