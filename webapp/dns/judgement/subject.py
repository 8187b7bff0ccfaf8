"""The names and numbers in the sentences of a report, in the forms that people read.

Names stand in their own letters. Beside what has to be typed stands the form that DNS has, if it is another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.dns import name_arithmetic
from webapp.dns.judgement.phrases import count_of, letters, number
from webapp.dns.name_arithmetic import as_typed

CHECK_AGAIN = "Then press Verify; we also check by ourselves."
WAIT = "Nothing is needed from you; we check again by ourselves."
UNCHANGED = "Your status is unchanged."


@dataclass(frozen=True)
class Words:
    """What to tell the customer.

    The first sentence of `message` says what to change and where, in 15 words at most and without a value, because
    the values stand in a table beside it. `next_step` is all that is to be done, with the values. `details` is the
    evidence, if there is any that the table of name servers does not show.
    """

    message: str
    next_step: str
    details: str = ""


@dataclass(frozen=True)
class Subject:
    """`asked_in` is the zone whose servers were asked, None when it was not found. `parent_zone` is the zone that the
    records belong in. The two differ where the domain is not in DNS yet.
    """

    host: str
    asked_in: str | None
    parent_zone: str | None
    expected: tuple[str, ...]
    missing: tuple[str, ...]
    old_answers_until: datetime | None

    @property
    def shown(self) -> str:
        return letters(self.host)

    @property
    def zone(self) -> str:
        return letters(self.asked_in) if self.asked_in else "the parent zone"

    @property
    def name(self) -> str:
        """What most providers want in their field for the name, in quotes."""
        return self.quoted(self.host)

    def quoted(self, name: str, zone: str | None = None) -> str:
        """A name as it is typed in its zone, relative to it."""
        zone = zone or self.asked_in
        inside = zone is not None and name_arithmetic.at_or_below(name, zone)
        typed = name_arithmetic.relative(name, zone) if zone and inside else name
        own = letters(typed)
        return f"“{as_typed(own)}”" if own == typed else f"“{own}” ({typed})"

    @property
    def records(self) -> str:
        """What is asked for at the name."""
        return f"the NS records named {self.name}"

    @property
    def records_there(self) -> str:
        """The NS records that a sentence is about, with their place."""
        return f"the NS records named {self.name} in the zone {self.zone}"

    @property
    def all_ours(self) -> str:
        """The whole set. Its values stand in a table beside the sentence: on pages, in e-mails, in a terminal."""
        return f"our {number(len(self.expected))}"

    @property
    def all_servers(self) -> str:
        return f"our {count_of(len(self.expected), 'name server')}"

    @property
    def add_all(self) -> str:
        return f"add {self.all_servers} as NS records named {self.name} in the zone {self.zone}"
