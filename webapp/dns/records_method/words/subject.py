"""The names and values in the sentences of a report of the records method."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.dns.judgement.phrases import listed
from webapp.dns.judgement.subject import CHECK_AGAIN, Subject
from webapp.dns.names import reserved


@dataclass(frozen=True)
class RecordsSubject(Subject):
    """`expected` and `missing` are records, each “name type value”; the first is the TXT record with the token."""

    @property
    def records(self) -> str:
        return f"the records of {self.shown}"

    @property
    def token(self) -> str:
        return self.expected[0].split(" ", 2)[2] if self.expected else ""

    @property
    def label_name(self) -> str:
        return self.expected[0].split(" ", 1)[0] if self.expected else self.host

    @property
    def label(self) -> str:
        """What most providers want in their field for the name of the TXT record, in quotes."""
        return self.quoted(self.label_name)

    @property
    def add_token(self) -> str:
        return f"add a TXT record named {self.label} with the value {self.token} in the zone {self.zone}"

    @property
    def pointing(self) -> list[list[str]]:
        """The records that lead the name to us, each as name, type and value."""
        records = [record.split(" ", 2) for record in self.expected[1:]]
        return [record for record in records if record[0] == self.host]

    @property
    def target(self) -> str:
        """Where the name has to lead: the target, or the addresses of the edge."""
        return listed(value for _, _, value in self.pointing)

    @property
    def our_record(self) -> str:
        """The record, or the records, that lead the name to us."""
        types = list(dict.fromkeys(rdtype for _, rdtype, _ in self.pointing))
        return f"our {' and '.join(types) or 'CNAME'} record{'s' if len(self.pointing) > 1 else ''}"

    @property
    def point(self) -> str:
        verb = "give" if len(self.pointing) > 1 else "point"
        if verb == "give":
            return f"give {self.name} the address records {self.target} in the zone {self.zone}"
        kind = self.pointing[0][1] if self.pointing else "CNAME"
        return f"point {self.name} to {self.target} by a record of type {kind} in the zone {self.zone}"

    @property
    def own_zone(self) -> bool:
        """Whether the host has a zone of its own, and is no whole domain."""
        return self.asked_in == self.host and reserved.registrable(self.host) != self.host


def first(text: str) -> str:
    """A step as a sentence of its own."""
    return f"{text[:1].upper()}{text[1:]}. {CHECK_AGAIN}"
