"""What counts as leading to us: the target on the way, or the edge's addresses at an apex. Pure."""

from __future__ import annotations

from webapp.dns.records_method.lookup.expectation import RecordsExpectation
from webapp.dns.records_method.lookup.observation import BeyondAnswer, HostAnswer, RecordsObservation

#: What stands in the place of name servers where the rules of a delegation are held to the token, and to the target.
TOKEN, TARGET = "token", "target"
#: The most names that CNAME records may lead through.
MOST_NAMES = 16


def is_apex(expectation: RecordsExpectation, observation: RecordsObservation) -> bool:
    """Whether the host can have no CNAME record, for it is the apex of a zone (RFC 1034, 3.6.2)."""
    return expectation.apex or observation.zone.parent_zone == expectation.host


def leads_to_us(expectation: RecordsExpectation, observation: RecordsObservation) -> bool:
    """Whether all servers that tell of the host lead to us."""
    told = [said for said in observation.hosts if said.told]
    return bool(told) and all(leads(expectation, observation, said) for said in told)


def leads(expectation: RecordsExpectation, observation: RecordsObservation, said: HostAnswer) -> bool | None:
    """Whether one server leads to us; None where that depends on what could not be asked.

    The target counts wherever it stands on the way: what the edge itself leads on to is no matter of the customer's.
    """
    if expectation.target in said.names[:MOST_NAMES]:
        return True
    if said.lost:
        return None
    if said.open:
        return _beyond(expectation, said, observation.beyond)
    if said.names or not is_apex(expectation, observation):
        return False
    return _addresses_are_ours(expectation, observation, said)


def _beyond(
    expectation: RecordsExpectation, said: HostAnswer, beyond: tuple[BeyondAnswer, ...]
) -> bool | None:
    """By the word of all resolvers that could tell; None where none could, or where they differ."""
    end = said.names[-1] if said.names else expectation.host
    most = max(0, MOST_NAMES - len(said.names))
    led = {expectation.target in one.names[:most] for one in beyond if one.told and one.name == end}
    return led.pop() if len(led) == 1 else None


def _addresses_are_ours(
    expectation: RecordsExpectation, observation: RecordsObservation, said: HostAnswer
) -> bool:
    """Exactly the edge's addresses. Where they are not known, those that an ALIAS record takes from the target: a
    provider may give a part of them."""
    if expectation.edge_addresses:
        return said.addresses == frozenset(expectation.edge_addresses)
    return bool(said.addresses) and said.addresses <= observation.target_addresses
