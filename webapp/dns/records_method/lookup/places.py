"""Where the records of the method stand when they are not where they belong, and wildcards that make answers up.

One server is asked, except where a wildcard would make a proof: there as many as the quorum needs.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from webapp.dns import name_arithmetic
from webapp.dns.answers import Answer
from webapp.dns.lookup.observation import ParentAnswer
from webapp.dns.lookup.obstacles import near
from webapp.dns.records_method.lookup.expectation import RecordsExpectation, ValidationRecord
from webapp.dns.records_method.lookup.observation import ValidationAnswer
from webapp.dns.records_method.lookup.texts import has_token, texts_of
from webapp.dns.servers.inquiry import Inquiry


async def token_elsewhere(
    inquiry: Inquiry, speaker: ParentAnswer, expectation: RecordsExpectation, zone: str
) -> tuple[str, ...]:
    """The names that hold the token, of those where a provider's form puts it by mistake."""
    names = _token_places(expectation, zone)
    answers = await asyncio.gather(*(_ask(inquiry, speaker, name, "TXT") for name in names))
    found = [
        one.name
        for one in answers
        if one.authoritative and has_token(texts_of(one.values("TXT")), expectation.token)
    ]
    wildcards = [name for name in found if name.startswith("*.")]
    return tuple(wildcards[:1] or found)


def _token_places(expectation: RecordsExpectation, zone: str) -> tuple[str, ...]:
    """The host itself; wildcards; the label with more of the name than belongs into the form, or with less, without
    its underscore, with another one, and behind the host's own label instead of before it."""
    host, label = expectation.host, expectation.label
    inner = name_arithmetic.relative(host, zone) if host != zone else ""
    plain = label.lstrip("_")
    spelled = [plain, label.replace("-", "_"), f"_{label}"]
    names = [
        host,
        name_arithmetic.join("*", host),
        name_arithmetic.join("*", zone),
        *near(expectation.label_name, zone, exists=False),
        *(name_arithmetic.join(one, host) for one in spelled),
        name_arithmetic.join(f"{inner}.{label}", zone) if inner else None,
        name_arithmetic.join(inner, expectation.label_name) if inner else None,
    ]
    return tuple(dict.fromkeys(name for name in names if name and name != expectation.label_name))


@dataclass(frozen=True)
class Given:
    """The values of these types that a server gives for a name. A CNAME record among them shows with any type."""

    name: str
    rdtypes: tuple[str, ...]
    values: frozenset[str]

    def is_in(self, answer: Answer) -> bool:
        """Whether an answer for another name has some of them as well."""
        found = (value for rdtype in (*self.rdtypes, "CNAME") for value in answer.values(rdtype))
        return not self.values.isdisjoint(found)


async def wildcard_over(
    inquiry: Inquiry, speakers: Iterable[ParentAnswer], given: Given, zone: str, needed: int
) -> str | None:
    """The wildcard that gives a name what it has; empty when as many servers as are `needed` have shown that they
    have none; None when too few could be asked, for silence is no evidence."""
    by_name = list({one.server: one for one in speakers}.values())[: max(1, needed)]
    told = await asyncio.gather(*(_made_up(inquiry, one, given) for one in by_name))
    if any(told):
        return await _owner(inquiry, by_name[list(told).index(True)], given, zone)
    return "" if told and None not in told else None


async def _made_up(inquiry: Inquiry, speaker: ParentAnswer, given: Given) -> bool | None:
    """Whether the server gives the same to names that nobody has, one below the name and one beside it.

    A name that has records of its own ends the wildcard above it, also for what is below (RFC 4592, 3.3.1). Where it
    has a wildcard below itself, that does not reach to the name beside.
    """
    for ancestor in (given.name, name_arithmetic.parent_of(given.name) or "."):
        nobodys = name_arithmetic.join(secrets.token_hex(8), ancestor)
        if nobodys is None:
            continue
        answers = [await _ask(inquiry, speaker, nobodys, rdtype) for rdtype in given.rdtypes]
        if any(given.is_in(one) for one in answers):
            continue
        if all(one.outcome.answered for one in answers):
            return False
        return None
    return True


async def _owner(inquiry: Inquiry, speaker: ParentAnswer, given: Given, zone: str) -> str:
    """The wildcard's own name; the one of the zone where the server shows none. From the top: a wildcard gives what
    it has to the names of wildcards below it as well, which nobody has."""
    above = (zone, *reversed(name_arithmetic.between(given.name, zone)))
    names = [one for ancestor in above if (one := name_arithmetic.join("*", ancestor))]
    for one in names:
        answers = [await _ask(inquiry, speaker, one, rdtype) for rdtype in given.rdtypes]
        if any(map(given.is_in, answers)):
            return one
    return names[0] if names else given.name


async def ask_validation(
    inquiry: Inquiry, speaker: ParentAnswer, record: ValidationRecord, zone: str
) -> ValidationAnswer | None:
    """The record of the certificate, or the same with the zone's name appended; None where another zone holds it."""
    if not name_arithmetic.at_or_below(record.name, zone):
        return None
    answer = await _ask(inquiry, speaker, record.name, "CNAME")
    if not answer.authoritative or not answer.outcome.answered:
        return ValidationAnswer(told=False)
    value = next(iter(answer.values("CNAME")), "")
    appended = name_arithmetic.join(record.name, zone)
    if value or appended is None:
        return ValidationAnswer(told=True, value=value)
    there = await _ask(inquiry, speaker, appended, "CNAME")
    return ValidationAnswer(told=True, appended=record.value in there.values("CNAME"))


async def _ask(inquiry: Inquiry, speaker: ParentAnswer, name: str, rdtype: str) -> Answer:
    return await inquiry.ask("parent", speaker.server, speaker.address, name, rdtype)
