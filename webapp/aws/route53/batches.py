"""Change batches within Route 53’s limits, and the halves of a batch in which one name is refused.

ChangeResourceRecordSets takes at most 1,000 ResourceRecord elements and 32,000 characters of values, an UPSERT
counting twice in both (Developer Guide, “Quotas”). A batch is carried out as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from webapp.aws.route53.text import plain_name

if TYPE_CHECKING:
    from mypy_boto3_route53.type_defs import ChangeTypeDef

    RawChange = ChangeTypeDef

MOST_ELEMENTS = 1000
MOST_CHARACTERS = 32_000


class Cost(NamedTuple):
    elements: int
    characters: int

    def plus(self, other: Cost) -> Cost:
        return Cost(self.elements + other.elements, self.characters + other.characters)

    @property
    def fits(self) -> bool:
        return self.elements <= MOST_ELEMENTS and self.characters <= MOST_CHARACTERS


def cost(changes: Iterable[RawChange]) -> Cost:
    total = Cost(0, 0)
    for change in changes:
        values = [record["Value"] for record in change["ResourceRecordSet"].get("ResourceRecords", [])]
        times = 2 if change["Action"] == "UPSERT" else 1
        # An alias has no ResourceRecord; counting it as one errs on the safe side.
        total = total.plus(Cost(times * max(1, len(values)), times * sum(map(len, values))))
    return total


def batches(changes: Iterable[RawChange]) -> Iterator[list[RawChange]]:
    """The changes in as few batches as their order allows; those of one name stay together if they fit at all."""
    batch: list[RawChange] = []
    for group in _pieces(changes):
        if batch and not cost([*batch, *group]).fits:
            yield batch
            batch = []
        batch = [*batch, *group]
    if batch:
        yield batch


def halves(batch: Sequence[RawChange]) -> tuple[list[RawChange], list[RawChange]] | None:
    """The batch cut between two names, or None if it is all of one name.

    Cutting in halves finds one refused name among a thousand in some twenty calls instead of a thousand.
    """
    groups = _by_name(batch)
    if len(groups) < 2:
        return None
    middle = len(groups) // 2
    return _joined(groups[:middle]), _joined(groups[middle:])


def _pieces(changes: Iterable[RawChange]) -> Iterator[list[RawChange]]:
    for group in _by_name(changes):
        if cost(group).fits:
            yield group
        else:
            yield from ([change] for change in group)


def _by_name(changes: Iterable[RawChange]) -> list[list[RawChange]]:
    """Deletions first within a name: a CNAME must go before an address may come."""
    groups: dict[str, list[RawChange]] = {}
    for change in changes:
        groups.setdefault(plain_name(change["ResourceRecordSet"]["Name"]), []).append(change)
    return [sorted(group, key=lambda change: change["Action"] != "DELETE") for group in groups.values()]


def _joined(groups: Iterable[list[RawChange]]) -> list[RawChange]:
    return [change for group in groups for change in group]
