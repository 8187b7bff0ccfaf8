"""What every `Route53Api` does. `TestMemoryRoute53` holds the twin to it, a service test the real class."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from webapp.aws.route53.port import Action, Applied, Change, Route53Api, TaggedZone, Zone
from webapp.aws.shared.errors import Gone, InputRefused, NotOurs
from webapp.dns.records import RecordSet

TXT = RecordSet("_t.chat.acme.com", "TXT", 300, ('"one"', '"two"'))
CNAME = RecordSet("_c.chat.acme.com", "CNAME", 300, ("target.example.net",))


def create(route53: Route53Api, reference: str = "ref-1", claim: str = "7.1") -> Zone:
    return route53.create_zone("chat.acme.com", reference, claim)


def record_set(route53: Route53Api, zone_id: str, name: str, record_type: str) -> RecordSet | None:
    found = route53.record_sets(zone_id)
    return next((one for one in found if (one.name, one.type) == (name, record_type)), None)


def zones_of(route53: Route53Api) -> Iterator[TaggedZone]:
    """All pages of the list."""
    page = route53.zone_page()
    yield from page.zones
    while page.marker is not None:
        page = route53.zone_page(page.marker)
        yield from page.zones


class Contract:
    def test_a_new_zone_has_four_name_servers_and_a_change(self, route53: Route53Api) -> None:
        zone = create(route53)

        assert zone.name == "chat.acme.com"
        assert "/" not in zone.id
        assert len(set(zone.name_servers)) == 4
        assert list(zone.name_servers) == sorted(zone.name_servers)
        assert all(name == name.lower().rstrip(".") for name in zone.name_servers)
        assert zone.change_id is not None
        assert "/" not in zone.change_id

    def test_the_same_reference_is_the_same_zone(self, route53: Route53Api) -> None:
        first = create(route53)

        again = create(route53)

        assert (again.id, again.name_servers) == (first.id, first.name_servers)
        assert len(list(zones_of(route53))) == 1

    def test_the_same_reference_for_another_claim_gives_it_the_zone(self, route53: Route53Api) -> None:
        """As when a claim adopts a zone that no row knows."""
        first = create(route53, "ref-1", "7.1")
        again = create(route53, "ref-1", "9.2")

        assert again.id == first.id
        assert route53.zone_is_ours(first.id, "chat.acme.com", "9.2")
        assert not route53.zone_is_ours(first.id, "chat.acme.com", "7.1")

    def test_another_reference_is_another_zone_with_other_name_servers(self, route53: Route53Api) -> None:
        one, other = create(route53), create(route53, "ref-2", "8.1")

        assert one.id != other.id
        assert not {*one.name_servers} & {*other.name_servers}

    def test_a_zone_is_found_by_name_and_reference(self, route53: Route53Api) -> None:
        zone, _ = create(route53, "ref-2"), create(route53, "ref-1")

        found = route53.find_zone("chat.acme.com", "ref-2")

        assert found == route53.get_zone(zone.id)
        assert found is not None
        assert (found.id, found.change_id, found.in_sync) == (zone.id, None, None)
        assert route53.find_zone("chat.acme.com", "ref-3") is None
        assert route53.find_zone("hat.acme.com", "ref-1") is None

    def test_a_change_becomes_known_everywhere(self, route53: Route53Api) -> None:
        assert route53.change_in_sync(create(route53).change_id or "")

    def test_a_single_label_is_refused(self, route53: Route53Api) -> None:
        with pytest.raises(InputRefused, match="InvalidDomainName"):
            route53.create_zone("com", "ref-1", "7.1")

    def test_what_does_not_exist_is_gone(self, route53: Route53Api) -> None:
        for ask in (
            lambda: route53.get_zone("Z0NOSUCHZONE"),
            lambda: route53.change_in_sync("C0NOSUCHCHANGE"),
            lambda: list(route53.record_sets("Z0NOSUCHZONE")),
            lambda: route53.change_records("Z0NOSUCHZONE", [Change(Action.UPSERT, TXT)]),
        ):
            with pytest.raises(Gone):
                ask()

    def test_a_zone_is_ours_by_id_name_and_claim(self, route53: Route53Api) -> None:
        zone = create(route53)

        assert route53.zone_is_ours(zone.id, "chat.acme.com", "7.1")
        assert not route53.zone_is_ours(zone.id, "other.acme.com", "7.1")
        assert not route53.zone_is_ours(zone.id, "chat.acme.com", "7.2")
        assert not route53.zone_is_ours("Z0NOSUCHZONE", "chat.acme.com", "7.1")

    def test_the_apex_of_a_new_zone_names_its_set(self, route53: Route53Api) -> None:
        zone = create(route53)

        apex = record_set(route53, zone.id, "chat.acme.com", "NS")

        assert apex is not None
        assert (apex.ttl, sorted(apex.values)) == (172800, list(zone.name_servers))

    def test_zones_are_listed_with_their_claim(self, route53: Route53Api) -> None:
        one, other = create(route53), create(route53, "ref-2", "8.1")

        assert set(zones_of(route53)) == {
            TaggedZone(one.id, "chat.acme.com", "ref-1", "7.1"),
            TaggedZone(other.id, "chat.acme.com", "ref-2", "8.1"),
        }

    def test_record_sets_are_written_and_read(self, route53: Route53Api) -> None:
        zone = create(route53)

        applied = route53.change_records(zone.id, [Change(Action.UPSERT, TXT), Change(Action.CREATE, CNAME)])

        assert applied.refused == ()
        assert len(applied.change_ids) == 1
        assert route53.change_in_sync(applied.change_ids[0])
        assert record_set(route53, zone.id, TXT.name, "TXT") == TXT
        assert record_set(route53, zone.id, CNAME.name, "CNAME") == CNAME
        assert {TXT, CNAME} < set(route53.record_sets(zone.id))
        assert record_set(route53, zone.id, TXT.name, "A") is None

    def test_an_alias_is_written_read_and_replaced(self, route53: Route53Api) -> None:
        zone = create(route53)
        alias = RecordSet("chat.acme.com", "A", 0, ("alias:Z2FDTNDATAQYW2/d1.edge.example",))
        address = RecordSet("chat.acme.com", "A", 300, ("192.0.2.1",))

        route53.change_records(zone.id, [Change(Action.CREATE, alias)])
        assert record_set(route53, zone.id, "chat.acme.com", "A") == alias

        assert route53.change_records(zone.id, [Change(Action.CREATE, alias)]) == Applied()
        assert route53.change_records(zone.id, [Change(Action.UPSERT, address)]).refused == ()
        assert record_set(route53, zone.id, "chat.acme.com", "A") == address

    def test_creating_what_is_there_is_done_if_equal_and_refused_if_not(self, route53: Route53Api) -> None:
        zone = create(route53)
        route53.change_records(zone.id, [Change(Action.CREATE, TXT)])
        other = RecordSet(TXT.name, "TXT", 300, ('"three"',))

        assert route53.change_records(zone.id, [Change(Action.CREATE, TXT)]) == Applied()
        (refused,) = route53.change_records(zone.id, [Change(Action.CREATE, other)]).refused
        assert refused.name == TXT.name
        assert "already exists" in refused.reason
        assert record_set(route53, zone.id, TXT.name, "TXT") == TXT

    def test_an_upsert_replaces(self, route53: Route53Api) -> None:
        zone = create(route53)
        other = RecordSet(TXT.name, "TXT", 60, ('"three"',))

        route53.change_records(zone.id, [Change(Action.CREATE, TXT)])
        route53.change_records(zone.id, [Change(Action.UPSERT, other)])

        assert record_set(route53, zone.id, TXT.name, "TXT") == other

    def test_deleting_leaves_other_values_alone(self, route53: Route53Api) -> None:
        zone = create(route53)
        route53.change_records(zone.id, [Change(Action.CREATE, TXT)])
        other = RecordSet(TXT.name, "TXT", 300, ('"three"',))

        (refused,) = route53.change_records(zone.id, [Change(Action.DELETE, other)]).refused
        assert "left alone" in refused.reason
        assert len(route53.change_records(zone.id, [Change(Action.DELETE, TXT)]).change_ids) == 1
        assert route53.change_records(zone.id, [Change(Action.DELETE, TXT)]) == Applied()
        assert record_set(route53, zone.id, TXT.name, "TXT") is None

    def test_ns_and_soa_are_never_written(self, route53: Route53Api) -> None:
        zone = create(route53)

        with pytest.raises(ValueError, match="never writes NS or SOA"):
            route53.change_records(
                zone.id, [Change(Action.UPSERT, RecordSet("chat.acme.com", "NS", 60, ("ns.x",)))]
            )

    def test_a_zone_is_deleted_with_its_records_and_once_more(self, route53: Route53Api) -> None:
        zone = create(route53)
        route53.change_records(zone.id, [Change(Action.CREATE, TXT)])

        route53.delete_zone(zone.id, "chat.acme.com", "7.1")
        route53.delete_zone(zone.id, "chat.acme.com", "7.1")

        assert list(zones_of(route53)) == []

    def test_a_zone_is_emptied_of_all_but_its_apex_and_once_more(self, route53: Route53Api) -> None:
        zone = create(route53)
        before = set(route53.record_sets(zone.id))
        route53.change_records(zone.id, [Change(Action.CREATE, TXT), Change(Action.CREATE, CNAME)])

        route53.empty_zone(zone.id, "chat.acme.com", "7.1")
        route53.empty_zone(zone.id, "chat.acme.com", "7.1")

        assert set(route53.record_sets(zone.id)) == before

    def test_only_our_own_zone_that_is_there_is_emptied(self, route53: Route53Api) -> None:
        zone = create(route53)
        route53.change_records(zone.id, [Change(Action.CREATE, TXT)])

        with pytest.raises(NotOurs):
            route53.empty_zone(zone.id, "chat.acme.com", "7.2")
        with pytest.raises(Gone):
            route53.empty_zone("Z0NOSUCHZONE", "chat.acme.com", "7.1")

        assert record_set(route53, zone.id, TXT.name, "TXT") == TXT

    def test_a_short_list_is_one_page(self, route53: Route53Api) -> None:
        made = [create(route53, f"ref-{number}", f"{number}.1").id for number in range(3)]

        page = route53.zone_page()

        assert ({zone.id for zone in page.zones}, page.marker) == (set(made), None)

    def test_a_zone_of_another_claim_is_not_deleted(self, route53: Route53Api) -> None:
        zone = create(route53)

        with pytest.raises(NotOurs):
            route53.delete_zone(zone.id, "chat.acme.com", "7.2")

        assert route53.get_zone(zone.id).id == zone.id

    def test_the_quota_counts_zones(self, route53: Route53Api) -> None:
        quota = route53.zone_quota()

        assert (quota.limit, quota.used, quota.full) == (500, 0, False)
