"""The evidence of one check: each question, whom it was put to, and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol

from webapp.dns.notes import LEGACY, Note

Role = Literal["above", "parent", "ours", "resolver"]


@dataclass(frozen=True)
class Dispute:
    """A name whose addresses, or name servers, are not sure, because those who know them say different things.

    `said`: who, and what; without a resolver's address it is the zone itself.
    """

    role: Role
    name: str
    said: tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True)
class Delegation:
    """A zone above the host, and the name servers that the zone above it (`by`) hands out for it.

    `held_by`: those of our name servers that answer for the zone with AA and its SOA, so that it is there on purpose.
    `unsettled`: none of ours that are named has told that it does not hold the zone.
    `sure`: as many servers of the zone above said so as a verdict needs, and none said otherwise.
    `former`: the name servers that several resolvers of ours still know, and agree on, where only ours are named now.
    """

    zone: str
    by: str
    name_servers: frozenset[str]
    ttl: int | None = None
    held_by: frozenset[str] = frozenset()
    sure: bool = False
    unsettled: bool = False
    former: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Asked:
    """One question that was put to one server, or why it was not.

    `question` reads "chat.acme.com NS"; `outcome` is a `webapp.dns.answers.Outcome`; `ttl` is that of the
    name servers seen, or the negative TTL; `dig` is the line that asks the same again, empty when nothing
    was asked. `values` are the first records of the answer section that are no NS records, in zone-file presentation;
    one of another type than was asked for, such as an alias, has its type in front: “CNAME acme.com”.
    """

    server: str
    address: str
    question: str
    transport: str
    outcome: str
    authoritative: bool
    name_servers: tuple[str, ...]
    ttl: int | None
    ms: int
    role: Role
    dig: str
    notes: tuple[Note, ...] = ()
    values: tuple[str, ...] = ()

    @property
    def records(self) -> tuple[str, ...]:
        """What was seen, for people: the name servers, with their type where others were asked for, and `values`."""
        front = "" if self.question.endswith(" NS") else "NS "
        return (*(f"{front}{name}" for name in self.name_servers), *self.values)

    @property
    def note(self) -> str:
        """The notes as sentences; empty when there are none."""
        return " ".join(note.sentence for note in self.notes)

    def to_data(self) -> dict[str, Any]:
        """As JSON takes it, without a sentence. A check stores two dozen of these, so nothing is copied twice."""
        data = dict(vars(self))
        data["name_servers"] = list(self.name_servers)
        if self.notes:
            data["notes"] = [note.to_dict() for note in self.notes]
        else:
            del data["notes"]
        if self.values:
            data["values"] = list(self.values)
        else:
            del data["values"]
        return data

    def to_dict(self) -> dict[str, Any]:
        """For people and other programs: the note as a sentence, too."""
        return {"notes": [], "values": [], **self.to_data(), "note": self.note}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Asked:
        """Reads both forms, and that of earlier releases, which had a sentence in `note` and no `notes`."""
        given = {name: data[name] for name in _FIELDS if name in data}
        notes = tuple(map(Note.from_dict, data.get("notes", ())))
        if data.get("note") and "notes" not in data:
            notes = (Note(LEGACY, {"text": data["note"]}),)
        values = tuple(data.get("values", ()))
        return cls(**given | {"name_servers": tuple(data["name_servers"]), "notes": notes, "values": values})


class Observer(Protocol):
    """Who watches a check while it runs. The check does not wait for them, and goes on without one that fails."""

    def asked(self, role: Role, server: str, address: str) -> None:
        """A question is about to be put to a server; `answered` follows, unless time runs out first."""

    def answered(self, asked: Asked) -> None:
        """It is answered, or was not put, and this is written down."""


_FIELDS = tuple(field.name for field in fields(Asked))
