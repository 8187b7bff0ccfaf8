"""One case before the judge of the records method: the expectation and the observation, and what follows of the two.

Who is believed, who has to agree, and what could not be asked are decided by the rules of a delegation. For these, a
server that lists the token is one that lists the expected name servers. `TokenCase` and `HostCase` say so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from webapp.dns.answers import Outcome
from webapp.dns.lookup.expectation import Expectation
from webapp.dns.lookup.observation import ParentAnswer, Says
from webapp.dns.records_method.lookup.expectation import RecordsExpectation
from webapp.dns.records_method.lookup.marks import TARGET, TOKEN, is_apex, leads
from webapp.dns.records_method.lookup.observation import (
    BeyondAnswer,
    HostAnswer,
    RecordsObservation,
    TextAnswer,
    ValidationAnswer,
)
from webapp.dns.records_method.lookup.texts import has_token
from webapp.dns.rules.case import Case


class MarkCase(Case):
    """A delegation's case with a mark in the place of the name servers. No servers of ours belong to it."""

    @property
    def not_served(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class RecordsCase:
    """The facts of one check by the records method."""

    expectation: RecordsExpectation
    observation: RecordsObservation
    now: datetime

    @property
    def host(self) -> str:
        return self.expectation.host

    @property
    def zone(self) -> str | None:
        return self.observation.zone.parent_zone

    @property
    def apex(self) -> bool:
        return is_apex(self.expectation, self.observation)

    @cached_property
    def token(self) -> MarkCase:
        """What the zone's servers, and the resolvers, say of the token."""
        return self._with_marks(TOKEN, self._about_token)

    @cached_property
    def pointing(self) -> MarkCase:
        """What they say of the host."""
        case = self._with_marks(TARGET, self._about_host)
        seen = replace(case.observation, resolvers=self.observation.visitors, wildcard=self.host_wildcard)
        return replace(case, observation=replace(seen, misplaced_at=()))

    @property
    def host_wildcard(self) -> str | None:
        return self.observation.host_wildcard

    @cached_property
    def said_of_token(self) -> tuple[TextAnswer, ...]:
        """The answers of servers that speak as the zone's."""
        return tuple(one for one in self.observation.texts if one.told)

    @cached_property
    def said_of_host(self) -> tuple[HostAnswer, ...]:
        """The same about the host; those of believed servers first."""
        believed = {one.address for one in self.token.heard}
        told = (one for one in self.observation.hosts if one.told)
        return tuple(sorted(told, key=lambda one: one.address not in believed))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The TXT records of the label itself. Those that a wildcard makes up are not among them."""
        found = (text for one in self.said_of_token for text in one.texts)
        return tuple(dict.fromkeys(text for text in found if text not in self.observation.made_up))

    @property
    def leads_to_us(self) -> bool:
        return self.pointing.all_right

    @property
    def undecided(self) -> tuple[HostAnswer, ...]:
        """Answers that lead to where nobody could be asked, or where resolvers differ."""
        return tuple(one for one in self.said_of_host if self._leads(one) is None and not one.lost)

    @property
    def elsewhere(self) -> tuple[HostAnswer, ...]:
        """Answers that lead elsewhere, or nowhere, for sure."""
        return tuple(one for one in self.said_of_host if self._leads(one) is False)

    @property
    def beyond(self) -> tuple[BeyondAnswer, ...]:
        return self.observation.beyond

    @property
    def validation_missing(self) -> ValidationAnswer | None:
        """What was seen of the certificate's record where it is not right; None where it is, or was not seen."""
        wanted, seen = self.expectation.validation, self.observation.validation
        if wanted is None or seen is None or not seen.told or seen.value == wanted.value:
            return None
        return seen

    def _leads(self, said: HostAnswer) -> bool | None:
        return leads(self.expectation, self.observation, said)

    def _with_marks(self, mark: str, read: Callable[[ParentAnswer], ParentAnswer]) -> MarkCase:
        expected, zone = self.expectation, self.observation.zone
        expectation = Expectation(
            expected.label_name,
            (mark,),
            inconsistent_since=expected.inconsistent_since,
            proved=expected.proved,
            listed_before=expected.listed_before,
            history=expected.history,
        )
        answers = tuple(replace(read(one), ds=(), wildcard="") for one in zone.parent_answers)
        return MarkCase(expectation, replace(zone, parent_answers=answers), self.now)

    def _about_token(self, said: ParentAnswer) -> ParentAnswer:
        """A server has the token if it has it in its own zone. A zone named like the label, or NS records there, are
        others' to fill, even if the same server holds them."""
        told = next((one for one in self.observation.texts if _same(one, said)), None)
        if said.says is None:
            return said
        if said.says in {Says.DELEGATED, Says.WILDCARD, Says.OWN_ZONE}:
            says = Says.OWN_ZONE if said.says is Says.OWN_ZONE else Says.ABSENT
            return replace(said, says=says, name_servers=frozenset())
        if told is None or not told.told:
            return _silent(said, told.outcome if told else Outcome.NOT_ASKED)
        if said.says is Says.ABSENT and has_token(told.texts, self.expectation.token):
            return replace(said, says=Says.DELEGATED, name_servers=frozenset({TOKEN}), ttl=told.ttl)
        return replace(said, name_servers=frozenset(), ttl=told.ttl)

    def _about_host(self, said: ParentAnswer) -> ParentAnswer:
        told = next((one for one in self.observation.hosts if _same(one, said)), None)
        if said.says is None:
            return said
        if told is None or not told.told or told.lost:
            return _silent(said, told.outcome if told and not told.told else Outcome.NOT_ASKED)
        if self._leads(told):
            return replace(
                said, says=Says.DELEGATED, name_servers=frozenset({TARGET}), alias=None, ttl=told.ttl
            )
        return replace(said, says=Says.ABSENT, name_servers=frozenset(), alias=None, ttl=told.ttl)


def _same(one: TextAnswer | HostAnswer, said: ParentAnswer) -> bool:
    return (one.server, one.address) == (said.server, said.address)


def _silent(said: ParentAnswer, outcome: Outcome) -> ParentAnswer:
    return replace(said, says=None, outcome=outcome, name_servers=frozenset(), alias=None, deeper="")
