"""The report of one check of the records method: what page, command, e-mail and the stored check all show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from webapp.dns.judgement import report_data
from webapp.dns.judgement.finding import Finding
from webapp.dns.judgement.report import Report
from webapp.dns.judgement.subject import Words
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.records_method.words import messages
from webapp.dns.records_method.words.reasons import APEX
from webapp.dns.records_method.words.subject import RecordsSubject


class Stage(StrEnum):
    """How far a name has come. The token alone proves it, and it is reserved until its owner switches."""

    #: It could not be asked, or its servers differ: nothing is known.
    UNKNOWN = "unknown"
    #: Nothing proves the name.
    NOTHING = "nothing"
    #: The name leads to us, and nothing proves it.
    TARGET_ALONE = "target-alone"
    #: The token proves the name, and it does not lead to us yet.
    RESERVED = "reserved"
    #: The token proves the name, and it leads to us.
    VERIFIED = "verified"


@dataclass(frozen=True)
class RecordsReport(Report):
    """What is expected and found are records, each “name type value”; the first is the TXT record with the token."""

    method = "records"

    stage: Stage = Stage.UNKNOWN

    @property
    def proved(self) -> bool:
        """Whether the token proves the name, wherever that leads."""
        return self.stage in {Stage.RESERVED, Stage.VERIFIED}

    @property
    def switch_tried(self) -> bool:
        """Whether somebody seems to have begun to switch a reserved name. Who has not begun made no mistake."""
        begun = self.verdict is not Verdict.CNAME_MISSING and self.reason not in {"", APEX}
        return self.verdict.facts.reserved and begun

    @property
    def leads_unproved(self) -> bool:
        return self.stage is Stage.TARGET_ALONE

    @property
    def parent_seen(self) -> bool:
        """False when it is not known what is there, so that `missing` says nothing of it."""
        return self.parent_asked

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(**report_data.fields_from(data), stage=Stage(data["stage"]))

    def _of_the_method(self) -> dict[str, Any]:
        return {"method": self.method, "stage": self.stage.value}

    def _say(self, finding: Finding) -> Words:
        about = RecordsSubject(
            self.host, self.asked_in, self.parent_zone, self.expected, self.missing, self.old_answers_until
        )
        return messages.words(about, finding)


def message_of(statement: Mapping[str, Any]) -> str:
    """The message of the report whose `to_statement` was kept."""
    host, parent_zone, params = statement["host"], statement["parent_zone"], statement["params"]
    expected, missing = tuple(statement["expected"]), tuple(statement["missing"])
    about = RecordsSubject(host, params.get("asked_in", parent_zone), parent_zone, expected, missing, None)
    finding = Finding(Verdict(statement["verdict"]), statement["reason"], params)
    return messages.words(about, finding).message
