"""Record sets: read exactly, written in batches, a refused name reported without stopping the others."""

from __future__ import annotations

import threading

import pytest

from tests.aws.fake import FakeAws, RefusalError, raw
from tests.aws.route53_contract import record_set
from webapp.aws.route53.port import Action, Applied, Change, RefusedChange
from webapp.aws.route53.zones import Route53
from webapp.aws.shared.errors import Gone, RetryLater
from webapp.dns.records import RecordSet


@pytest.fixture
def zone_id(aws: FakeAws) -> str:
    return aws.add("acme.com", "ref-1")


def txt(name: str, *values: str, ttl: int = 300) -> RecordSet:
    return RecordSet(name, "TXT", ttl, values or ('"x"',))


def create(record: RecordSet) -> Change:
    return Change(Action.CREATE, record)


def upsert(record: RecordSet) -> Change:
    return Change(Action.UPSERT, record)


def delete(record: RecordSet) -> Change:
    return Change(Action.DELETE, record)


def held(aws: FakeAws, zone_id: str) -> list[tuple[str, str, int, list[str]]]:
    """What the zone holds besides its apex."""
    return [
        (one["Name"], one["Type"], one["TTL"], [record["Value"] for record in one["ResourceRecords"]])
        for one in aws.zones[zone_id].sets[2:]
    ]


def test_all_pages_are_read(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    aws.zones[zone_id].sets += [raw(f"n{i:03d}.acme.com", "A", "192.0.2.1") for i in range(650)]

    found = list(route53.record_sets(zone_id))

    assert len(found) == 652
    assert len(aws.called("ListResourceRecordSets")) == 3


def test_pages_may_begin_inside_weighted_record_sets(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    for i in range(400):
        aws.zones[zone_id].sets.append(
            raw("www.acme.com", "A", "192.0.2.1", SetIdentifier=f"{i:03d}", Weight=1)
        )
    aws.zones[zone_id].sets += [raw(f"x{i:03d}.acme.com", "A", "192.0.2.1") for i in range(300)]

    assert len(list(route53.record_sets(zone_id))) == 702


def test_one_record_set_costs_one_call(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    aws.zones[zone_id].sets += [raw(f"n{i:03d}.acme.com", "A", "192.0.2.1") for i in range(650)]
    doomed = RecordSet("n640.acme.com", "A", 300, ("192.0.2.1",))

    assert route53.change_records(zone_id, [Change(Action.DELETE, doomed)]).refused == ()

    assert "n640.acme.com." not in {one["Name"] for one in aws.zones[zone_id].sets}
    (asked,) = aws.called("ListResourceRecordSets")
    assert (asked["StartRecordName"], asked["StartRecordType"]) == ("n640.acme.com.", "A")
    assert asked["MaxItems"] == "2"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("www.acme.com", "AAAA"), ("ww.acme.com", "A"), ("www.acme.co", "A"), ("acme.com", "A")],
)
def test_the_next_record_set_is_not_mistaken_for_a_missing_one(
    route53: Route53, aws: FakeAws, zone_id: str, name: str, kind: str
) -> None:
    aws.zones[zone_id].sets.append(raw("www.acme.com", "A", "192.0.2.1"))

    absent = RecordSet(name, kind, 300, ("192.0.2.1",))
    assert route53.change_records(zone_id, [Change(Action.DELETE, absent)]) == Applied()
    assert aws.called("ChangeResourceRecordSets") == []


def test_an_escaped_name_is_found(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    aws.zones[zone_id].sets.append(raw(r"\052.acme.com", "CNAME", "Target.Example."))
    aws.faults["ListResourceRecordSets"].clear()

    found = {one.name: one.values for one in route53.record_sets(zone_id)}

    assert found["*.acme.com"] == ("target.example",)


def test_an_alias_is_read_as_one_value_without_a_ttl(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    alias = {"HostedZoneId": "Z9", "DNSName": "X.", "EvaluateTargetHealth": False}
    aws.zones[zone_id].sets.append({"Name": "www.acme.com.", "Type": "A", "AliasTarget": alias})

    assert record_set(route53, zone_id, "www.acme.com", "A") == RecordSet(
        "www.acme.com", "A", 0, ("alias:Z9/x",)
    )


def test_an_alias_is_written_with_its_target_and_taken_away_again(
    route53: Route53, aws: FakeAws, zone_id: str
) -> None:
    alias = RecordSet("acme.com", "A", 0, ("alias:Z9/edge.elb.example",))

    assert route53.change_records(zone_id, [Change(Action.CREATE, alias)]).refused == ()

    (asked,) = aws.called("ChangeResourceRecordSets")
    assert asked["ChangeBatch"]["Changes"][0]["ResourceRecordSet"] == {
        "Name": "acme.com.",
        "Type": "A",
        "AliasTarget": {
            "HostedZoneId": "Z9",
            "DNSName": "edge.elb.example.",
            "EvaluateTargetHealth": False,
        },
    }
    assert record_set(route53, zone_id, "acme.com", "A") == alias
    route53.change_records(zone_id, [Change(Action.DELETE, alias)])
    assert record_set(route53, zone_id, "acme.com", "A") is None


def test_records_of_a_zone_that_is_gone(route53: Route53) -> None:
    with pytest.raises(Gone):
        record_set(route53, "Z9", "acme.com", "A")


def test_an_intent_is_one_batch_written_as_route_53_wants_it(
    route53: Route53, aws: FakeAws, zone_id: str
) -> None:
    applied = route53.change_records(
        zone_id,
        [
            upsert(txt("_token.acme.com", 'say "hi"')),
            create(RecordSet("_x.acme.com", "CNAME", 300, ("_y.acm-validations.aws",))),
        ],
    )

    assert applied == Applied(change_ids=("C0002",))
    assert held(aws, zone_id) == [
        ("_token.acme.com.", "TXT", 300, [r'"say \"hi\""']),
        ("_x.acme.com.", "CNAME", 300, ["_y.acm-validations.aws."]),
    ]


def test_more_than_a_batch_holds_is_several(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    applied = route53.change_records(zone_id, [upsert(txt(f"n{i}.acme.com")) for i in range(1001)])

    assert len(applied.change_ids) == 3
    assert len(held(aws, zone_id)) == 1001


def test_one_bad_name_among_many_is_found_and_the_rest_is_done(
    route53: Route53, aws: FakeAws, zone_id: str
) -> None:
    changes = [create(txt(f"n{i}.acme.com")) for i in range(300)]
    changes.insert(123, create(txt("bad.acme.com")))

    applied = route53.change_records(zone_id, changes)

    (refused,) = applied.refused
    assert refused.name == "bad.acme.com"
    assert "[name='bad.acme.com.', type='TXT'] is not permitted" in refused.reason
    assert len(held(aws, zone_id)) == 300
    assert len(aws.called("ChangeResourceRecordSets")) < 25


def test_several_bad_names_are_all_reported(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    names = ["bad1.acme.com", "good1.acme.com", "bad2.acme.com", "good2.acme.com"]

    applied = route53.change_records(zone_id, [create(txt(name)) for name in names])

    assert [refused.name for refused in applied.refused] == ["bad1.acme.com", "bad2.acme.com"]
    assert [name for name, *_ in held(aws, zone_id)] == ["good1.acme.com.", "good2.acme.com."]


def test_nothing_to_do_asks_nothing(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    assert route53.change_records(zone_id, []) == Applied()
    assert aws.calls == []


def test_already_exists_with_equal_content_is_done(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    aws.zones[zone_id].sets.append(raw("a.acme.com", "TXT", '"2"', '"1"'))

    applied = route53.change_records(
        zone_id, [create(txt("a.acme.com", "1", "2")), create(txt("b.acme.com"))]
    )

    assert applied.refused == ()
    assert len(held(aws, zone_id)) == 2


def test_already_exists_with_other_content_is_refused(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    aws.zones[zone_id].sets.append(raw("a.acme.com", "TXT", '"other"'))

    applied = route53.change_records(zone_id, [create(txt("a.acme.com", "mine"))])

    assert applied.change_ids == ()
    assert "but it already exists" in applied.refused[0].reason
    assert held(aws, zone_id) == [("a.acme.com.", "TXT", 300, ['"other"'])]


def test_deletion_takes_the_record_set_as_it_stands(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    aws.zones[zone_id].sets.append(raw("a.acme.com", "TXT", '"2"', '"1"', ttl=42))

    applied = route53.change_records(zone_id, [delete(txt("a.acme.com", "1", "2", ttl=300))])

    assert len(applied.change_ids) == 1
    assert held(aws, zone_id) == []


def test_deleting_what_is_not_there_is_done(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    assert route53.change_records(zone_id, [delete(txt("a.acme.com"))]) == Applied()
    assert aws.called("ChangeResourceRecordSets") == []


def test_what_vanishes_between_reading_and_deleting_is_done(
    route53: Route53, aws: FakeAws, zone_id: str
) -> None:
    aws.zones[zone_id].sets.append(raw("a.acme.com", "TXT", '"x"'))
    gone = RefusalError("InvalidChangeBatch", "[Tried to delete ... but it was not found]")

    class Vanishing(list[Exception]):
        """The record set disappears at the moment the deletion arrives."""

        def popleft(self) -> Exception:
            aws.zones[zone_id].sets.pop()
            return self.pop()

    aws.faults["ChangeResourceRecordSets"] = Vanishing([gone])  # type: ignore[assignment]

    assert route53.change_records(zone_id, [delete(txt("a.acme.com"))]) == Applied()


def test_somebody_elses_values_are_not_deleted(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    aws.zones[zone_id].sets.append(raw("a.acme.com", "TXT", '"theirs"'))

    applied = route53.change_records(zone_id, [delete(txt("a.acme.com", "ours"))])

    assert applied.refused == (
        RefusedChange(
            "a.acme.com", 'The TXT record set holds "theirs", not what was to be deleted; it was left alone.'
        ),
    )
    assert len(held(aws, zone_id)) == 1


def test_what_is_settled_does_not_hold_back_the_rest_of_its_name(
    route53: Route53, aws: FakeAws, zone_id: str
) -> None:
    aws.zones[zone_id].sets.append(raw("a.acme.com", "TXT", '"x"'))

    applied = route53.change_records(
        zone_id, [create(txt("a.acme.com")), create(RecordSet("a.acme.com", "A", 60, ("192.0.2.1",)))]
    )

    assert applied.refused == ()
    assert [kind for _, kind, *_ in held(aws, zone_id)] == ["TXT", "A"]


def test_a_cname_gives_way_to_an_address_in_one_batch(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    aws.zones[zone_id].sets.append(raw("a.acme.com", "CNAME", "x.example."))
    cname, address = (
        RecordSet("a.acme.com", "CNAME", 300, ("x.example",)),
        RecordSet("a.acme.com", "A", 60, ("192.0.2.1",)),
    )

    route53.change_records(zone_id, [create(address), delete(cname)])

    (asked,) = aws.called("ChangeResourceRecordSets")
    assert [change["Action"] for change in asked["ChangeBatch"]["Changes"]] == ["DELETE", "CREATE"]
    assert [kind for _, kind, *_ in held(aws, zone_id)] == ["A"]


@pytest.mark.parametrize("kind", ["NS", "SOA"])
@pytest.mark.parametrize("action", list(Action))
def test_ns_and_soa_are_never_written(
    route53: Route53, aws: FakeAws, zone_id: str, action: Action, kind: str
) -> None:
    with pytest.raises(ValueError, match="never writes NS or SOA"):
        route53.change_records(zone_id, [Change(action, RecordSet("acme.com", kind, 60, ("x.example",)))])

    assert aws.calls == []


def test_a_zone_that_is_busy_is_tried_later(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    aws.faults["ChangeResourceRecordSets"].append(RefusalError("PriorRequestNotComplete"))

    with pytest.raises(RetryLater, match="PriorRequestNotComplete"):
        route53.change_records(zone_id, [upsert(txt("a.acme.com"))])


def test_writes_to_one_zone_do_not_overlap(route53: Route53, aws: FakeAws, zone_id: str) -> None:
    inside, most = 0, 0
    everyone = threading.Barrier(4)
    work = aws._ChangeResourceRecordSets

    def slow(params: dict[str, object]) -> dict[str, object]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        threading.Event().wait(0.02)
        inside -= 1
        return work(params)

    def write(number: int) -> None:
        everyone.wait()
        route53.change_records(zone_id, [upsert(txt(f"n{number}.acme.com"))])

    aws._ChangeResourceRecordSets = slow  # type: ignore[method-assign]
    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1
    assert len(held(aws, zone_id)) == 4
