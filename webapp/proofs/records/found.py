"""Which of a claim's records a look at the customer's zone has shown, while the claim is removed. Pure.

A target that was withdrawn answers nothing and is given to nobody else, so that a CNAME record that was left behind
harms nobody: no look has to prove as much as for a zone, whose name servers somebody else could obtain.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from webapp.dns.lookup.observation import NameServerSet, Trouble
from webapp.dns.records_method import RecordsExpectation, RecordsObservation
from webapp.dns.records_method.lookup.marks import MOST_NAMES
from webapp.dns.records_method.lookup.observation import HostAnswer
from webapp.dns.records_method.lookup.texts import has_token
from webapp.jobs.clock import is_of_the_future
from webapp.jobs.double_check import APART
from webapp.proofs.base.leftovers import Left, LeftServer
from webapp.removal.deletion_policy import UNCLEAR_PAUSE, Outlook

#: By record, as the expectation writes each: “name type value”. None: it could not be asked.
Marks = Mapping[str, Left | None]


@dataclass(frozen=True)
class RecordsLook:
    """One look. `zone`: the one that holds the name, if it was found. `overdue_since`: since when looks find that the
    target was withdrawn long enough ago, whatever records there are.
    """

    at: datetime
    zone: str | None = None
    marks: Marks = field(default_factory=dict)
    servers: tuple[LeftServer, ...] = ()
    overdue_since: datetime | None = None

    @property
    def outlook(self) -> Outlook:
        found = set(self.marks.values())
        if "there" in found:
            return Outlook.LISTED
        return Outlook.CLEAN if found == {"gone"} else Outlook.UNCLEAR

    def after(
        self, before: RecordsLook | None, withdrawn_at: datetime | None, undo: timedelta
    ) -> RecordsLook:
        """This look, with what the one before it says of the time that has passed."""
        late = withdrawn_at is not None and withdrawn_at + undo <= self.at
        since = before.overdue_since if before is not None else None
        if since is not None and is_of_the_future(since, self.at):
            since = None
        return replace(self, overdue_since=(since or self.at) if late else None)

    def over(self, *, withdrawn: bool) -> bool:
        """Whether the removal has nothing more to wait for here.

        Time alone takes two looks, because one clock may have leapt.
        """
        long_ago = self.overdue_since is not None and self.at - self.overdue_since >= APART
        return withdrawn and (self.outlook is Outlook.CLEAN or long_ago)

    def next_look(self, pace: timedelta, withdrawn_at: datetime | None, undo: timedelta) -> timedelta:
        """How long until the next one: at the pace, or as soon as the time could be over."""
        pause = min(pace, UNCLEAR_PAUSE) if self.outlook is Outlook.UNCLEAR else pace
        if withdrawn_at is None:
            return pause
        left = APART if self.overdue_since is not None else withdrawn_at + undo - self.at
        return min(pause, max(left, timedelta(0)))

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it; `from_dict` gives it back."""
        return {
            "at": self.at.isoformat(),
            "zone": self.zone,
            "marks": dict(self.marks),
            "servers": [[one.server, one.outcome, list(one.has)] for one in self.servers],
            "overdue_since": self.overdue_since.isoformat() if self.overdue_since else None,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        since = data["overdue_since"]
        return cls(
            at=datetime.fromisoformat(data["at"]),
            zone=data["zone"],
            marks=data["marks"],
            servers=tuple(
                LeftServer(server, outcome, tuple(has)) for server, outcome, has in data["servers"]
            ),
            overdue_since=datetime.fromisoformat(since) if since else None,
        )


def look_of(
    expectation: RecordsExpectation,
    seen: RecordsObservation,
    now: datetime,
    edge_addresses: Collection[str] | None,
) -> RecordsLook:
    """Read what was measured. One server that has a record is enough for it to be there.

    `edge_addresses` are those that the edge has now; None where they could not be learnt.
    """
    found = _Found(expectation, seen, edge_addresses)
    apex = expectation.apex or seen.zone.parent_zone == expectation.host
    marks: dict[str, Left | None] = {}
    for record in expectation.records(apex=apex):
        marks[record] = found.token() if " TXT " in record else found.validation()
    for record in expectation.pointing(apex=apex):
        marks[record] = found.pointing(record, apex=apex)
    return RecordsLook(now, seen.zone.parent_zone, marks, found.servers(apex=apex))


class _Found:
    def __init__(
        self,
        expectation: RecordsExpectation,
        seen: RecordsObservation,
        edge_addresses: Collection[str] | None,
    ) -> None:
        self._expected, self._seen, self._edge = expectation, seen, edge_addresses

    def token(self) -> Left | None:
        told = [one for one in self._seen.texts if one.told]
        if any(has_token(one.texts, self._expected.token) for one in told):
            return "there"
        return "gone" if self._enough({one.server for one in told}) else None

    def pointing(self, record: str, *, apex: bool) -> Left | None:
        told = [one for one in self._seen.hosts if one.told]
        found = [self._leads(one, record, apex=apex) for one in told]
        if True in found:
            return "there"
        sure = {one.server for one, leads in zip(told, found, strict=True) if leads is False}
        return "gone" if None not in found and self._enough(sure) else None

    def validation(self) -> Left | None:
        record, said = self._expected.validation, self._seen.validation
        if record is None or said is None or not said.told:
            return None
        if said.value == record.value or said.appended:
            return "there"
        return "gone" if self._believed else None

    def servers(self, *, apex: bool) -> tuple[LeftServer, ...]:
        (record, *_) = self._expected.pointing(apex=apex)
        kind = record.split(" ")[1]
        hosts = {one.address: one for one in self._seen.hosts}
        said = []
        for text in self._seen.texts:
            host = hosts.get(text.address)
            has = ["TXT"] if has_token(text.texts, self._expected.token) else []
            has += [kind] if host is not None and self._leads(host, record, apex=apex) else []
            said.append(LeftServer(text.server, text.outcome.value, tuple(has)))
        heard = {one.address for one in self._seen.texts}
        silent = [one for one in self._seen.zone.parent_answers if one.address not in heard]
        return (*said, *(LeftServer(one.server, one.outcome.value) for one in silent))

    def _leads(self, said: HostAnswer, record: str, *, apex: bool) -> bool | None:
        """Whether this server has the record; None where that depends on what could not be asked."""
        if self._expected.target in said.names[:MOST_NAMES]:
            return True
        if said.lost:
            return None
        if said.open:
            return self._leads_beyond(said)
        if said.names or not apex or not said.addresses:
            return False
        _, kind, value = record.split(" ")
        if kind != "ALIAS":
            return value in said.addresses
        return None if self._edge is None else not said.addresses.isdisjoint(self._edge)

    def _leads_beyond(self, said: HostAnswer) -> bool | None:
        end = said.names[-1] if said.names else self._expected.host
        led = {
            self._expected.target in one.names[:MOST_NAMES]
            for one in self._seen.beyond
            if one.told and one.name == end
        }
        return True if True in led else False if led else None

    def _enough(self, servers: Collection[str]) -> bool:
        return self._believed and len(servers) >= max(1, self._seen.zone.parent_needed)

    @property
    def _believed(self) -> bool:
        """As for the parent of a delegation: else silence, or a stranger, would stand for the zone."""
        zone = self._seen.zone
        return (
            zone.trouble is not Trouble.PARENT_BOGUS
            and zone.parent_set in {NameServerSet.AGREED, NameServerSet.DIFFERENT}
            and not zone.parent_beyond_cap
        )
