"""The report of one check: what page, command, e-mail and the stored Check all show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Literal, Self, cast

from webapp.dns.judgement import messages, report_data
from webapp.dns.judgement.finding import Finding, Params
from webapp.dns.judgement.subject import Subject, Words
from webapp.dns.judgement.verdict import Verdict, WhoActs
from webapp.dns.servers.evidence import Asked

Mark = Literal["found", "missing", "unexpected", "unknown"]


@dataclass(frozen=True)
class Hint:
    """A further finding, beside the verdict, with its sentence."""

    finding: Finding
    message: str

    @property
    def verdict(self) -> Verdict:
        return self.finding.verdict


@dataclass(frozen=True)
class Report:
    """The judgement on one name and its evidence, by either method. It stores no sentence; its properties make them.

    `parent_zone` is the zone that the records belong in; with the reason "domain-missing" it does not exist yet.
    `found` is the union of what the answering servers of the parent, or of the name's zone, list. `who_acts` is "we"
    whenever the cause is on our side: a page can then say so, whatever the verdict. `reason` is a stable id that
    tells apart the ways in which one verdict comes about ("resolver-silent", "parent-suffix"), empty for the usual
    one. `params` fill the sentences in, as far as the other fields do not; `further` are the findings beside the
    verdict. `delegations` are the name servers besides ours that the zones above hand out for the zones on the way
    to the name. `old_answers_until` is when the last cache forgets what the parent said until now, if the records are
    corrected at `checked_at`.
    """

    #: The id of the method of proof, as `webapp.dns.methods` has it.
    method: ClassVar[str]

    verdict: Verdict
    host: str
    parent_zone: str | None
    relative_name: str | None
    expected: tuple[str, ...]
    found: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    asked: tuple[Asked, ...]
    who_acts: WhoActs
    transient: bool
    further: tuple[Finding, ...]
    old_answers_until: datetime | None
    checked_at: datetime
    duration_ms: int
    reason: str = ""
    params: Params = field(default_factory=dict)
    delegations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: What the next check of the name has to know; None leaves what is known. It is no part of what the report says.
    history: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def verified(self) -> bool:
        return self.verdict is Verdict.VERIFIED

    @property
    def leads_unproved(self) -> bool:
        """Whether the name leads to us although nothing proves it."""
        return False

    @property
    def message(self) -> str:
        """What was found, and what to type where."""
        return self._words.message

    @property
    def next_step(self) -> str:
        return self._words.next_step

    @property
    def details(self) -> str:
        """The evidence that the names of the report do not show; empty when there is none."""
        return self._words.details

    @property
    def finding(self) -> Finding:
        return Finding(self.verdict, self.reason, self.params)

    @property
    def alarm(self) -> Finding | None:
        """The finding that the whole domain is led to us, be it the verdict or beside it."""
        return next((one for one in (self.finding, *self.further) if one.alarms), None)

    @property
    def asked_in(self) -> str | None:
        """The zone whose servers were asked. It differs from `parent_zone` where that does not exist yet."""
        return cast("str | None", self.params.get("asked_in", self.parent_zone))

    @property
    def parent_asked(self) -> bool:
        """False when the report says nothing about the records at the parent."""
        return self.finding.asked

    @property
    def hints(self) -> tuple[Hint, ...]:
        return tuple(Hint(one, self._say(one).message) for one in self.further)

    @cached_property
    def _words(self) -> Words:
        return self._say(self.finding)

    def _say(self, finding: Finding) -> Words:
        """The sentences of the method."""
        raise NotImplementedError

    @property
    def parent_seen(self) -> bool:
        """False when the parent could not be asked, so that `missing` says nothing about what is there."""
        return bool(self.found) or self.parent_asked

    @property
    def marks(self) -> tuple[tuple[str, Mark], ...]:
        """Every expected value as found, missing or unknown, in their order, then every unexpected one."""
        absent: Mark = "missing" if self.parent_seen else "unknown"
        expected = ((name, absent if name in self.missing else "found") for name in self.expected)
        unexpected = ((name, "unexpected") for name in self.unexpected)
        return cast("tuple[tuple[str, Mark], ...]", (*expected, *unexpected))

    @property
    def mistyped(self) -> tuple[tuple[str, str], ...]:
        """Each value that was meant to be one of ours, and which; but not where that one is there already."""
        if self.verdict is not Verdict.NS_MISTYPED:
            return ()
        pairs: dict[str, str] = {}
        for slip in self.params.get("slips", ()):
            seen, right = slip.get("seen"), slip.get("expected")
            if seen in self.unexpected and right in self.missing and right not in pairs.values():
                pairs[seen] = right
        return tuple(pairs.items())

    def to_data(self) -> dict[str, Any]:
        """As it is stored: JSON values without a sentence. `from_dict` gives the report back unchanged."""
        return report_data.data_of(self, self._of_the_method())

    def _of_the_method(self) -> dict[str, Any]:
        """What reports of one method have beside those of the other, as JSON values."""
        return {}

    def to_statement(self) -> dict[str, Any]:
        """What `message` is made of, for the history. It has no times, so that equal events can be folded."""
        return report_data.statement_of(self)

    def to_dict(self) -> dict[str, Any]:
        """For people and other programs: the same with the sentences. `from_dict` reads this, too."""
        return report_data.document_of(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(**report_data.fields_from(data))


class DelegationReport(Report):
    """The judgement on a delegation: what is expected and found are the names of name servers."""

    method = "delegation"

    def _say(self, finding: Finding) -> Words:
        about = Subject(
            self.host, self.asked_in, self.parent_zone, self.expected, self.missing, self.old_answers_until
        )
        return messages.words(about, finding)
