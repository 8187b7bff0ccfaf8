from __future__ import annotations

import pytest

from tests.aws.route53_contract import TXT, Contract, create, record_set, zones_of
from tests.twins.route53 import MemoryRoute53
from webapp.aws.route53.port import Action, Change, Route53Api
from webapp.aws.shared.errors import CapacityReached, RetryLater


class TestMemoryRoute53(Contract):
    @pytest.fixture
    def route53(self) -> Route53Api:
        return MemoryRoute53()


@pytest.fixture
def memory() -> MemoryRoute53:
    return MemoryRoute53()


def test_a_fault_comes_once_instead_of_the_work(memory: MemoryRoute53) -> None:
    memory.fail("create_zone", RetryLater("slow down"))

    with pytest.raises(RetryLater, match="slow down"):
        create(memory)
    assert memory.kept == {}

    assert create(memory).name == "chat.acme.com"


def test_an_answer_may_be_lost_after_the_work(memory: MemoryRoute53) -> None:
    memory.fail("create_zone", RetryLater("time-out"), after=True)
    with pytest.raises(RetryLater):
        create(memory)

    (kept,) = memory.kept.values()
    assert create(memory) == kept.zone
    memory.fail("change_records", RetryLater("time-out"), after=True)
    with pytest.raises(RetryLater):
        memory.change_records(kept.zone.id, [Change(Action.UPSERT, TXT)])
    assert record_set(memory, kept.zone.id, TXT.name, "TXT") == TXT

    memory.fail("delete_zone", RetryLater("time-out"), after=True)
    with pytest.raises(RetryLater):
        memory.delete_zone(kept.zone.id, "chat.acme.com", "7.1")
    assert memory.kept == {}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("get_zone", ("Z1",)),
        ("find_zone", ("chat.acme.com", "ref-1")),
        ("change_in_sync", ("C1",)),
        ("zone_is_ours", ("Z1", "chat.acme.com", "7.1")),
        ("record_sets", ("Z1",)),
        ("zone_quota", ()),
        ("zone_page", ()),
    ],
)
def test_reading_may_meet_a_fault_too(
    memory: MemoryRoute53, method: str, arguments: tuple[str, ...], after: bool
) -> None:
    memory.fail(method, RetryLater("slow down"), after=after)

    with pytest.raises(RetryLater, match="slow down"):
        getattr(memory, method)(*arguments)


def test_changes_may_stay_pending(memory: MemoryRoute53) -> None:
    memory.in_sync = False

    assert not memory.change_in_sync(create(memory).change_id or "")


def test_an_account_may_be_full(memory: MemoryRoute53) -> None:
    memory.limit = 1
    zone = create(memory)

    with pytest.raises(CapacityReached):
        create(memory, "ref-2")
    assert create(memory).id == zone.id


def test_zones_of_another_installation_are_not_listed(memory: MemoryRoute53) -> None:
    zone = create(memory)
    memory.kept[zone.id].installation_id = "there"

    assert list(zones_of(memory)) == []


def test_500_zones_share_no_name_server(memory: MemoryRoute53) -> None:
    names = [name for i in range(200) for name in create(memory, f"ref-{i}").name_servers]

    assert len(set(names)) == 800
