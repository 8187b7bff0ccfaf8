"""The states of a domain, what follows from each, and the transitions between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DomainState(StrEnum):
    """The state of a domain. `ALLOWED_TRANSITIONS` has the transitions."""

    PENDING = "pending"
    VERIFIED = "verified"
    FAILING = "failing"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    REMOVING = "removing"
    REMOVED = "removed"

    @property
    def is_verified(self) -> bool:
        """Whether the name is served. A failing one is, during its grace period."""
        return _FACTS[self].verified

    @property
    def is_gone(self) -> bool:
        """Whether the domain is removed or being removed, so that others may register the name."""
        return _FACTS[self].gone

    @property
    def is_checked(self) -> bool:
        """Whether the schedule checks the domain by itself."""
        return _FACTS[self].checked


@dataclass(frozen=True)
class _StateFacts:
    """What follows from a state. A state without facts raises KeyError when the module is imported."""

    verified: bool
    checked: bool
    gone: bool


_FACTS = {
    DomainState.PENDING: _StateFacts(verified=False, checked=True, gone=False),
    DomainState.VERIFIED: _StateFacts(verified=True, checked=True, gone=False),
    DomainState.FAILING: _StateFacts(verified=True, checked=True, gone=False),
    DomainState.LAPSED: _StateFacts(verified=False, checked=True, gone=False),
    DomainState.EXPIRED: _StateFacts(verified=False, checked=False, gone=False),
    DomainState.REMOVING: _StateFacts(verified=False, checked=False, gone=True),
    DomainState.REMOVED: _StateFacts(verified=False, checked=False, gone=True),
}
#: The same facts as lists of states, for SQL.
VERIFIED_STATES = tuple(state for state in DomainState if state.is_verified)
CHECKED_STATES = tuple(state for state in DomainState if state.is_checked)
GONE_STATES = tuple(state for state in DomainState if state.is_gone)


class Unsettled(StrEnum):
    """What the latest check says beside the last firm verdict, when it changed no state itself."""

    #: It could not ask what it had to, and only the people of the name can change that.
    OWNER = "owner"
    #: Exactly our name servers are at the parent, and our side or the resolvers are not ready yet.
    RIGHT = "right"


ALLOWED_TRANSITIONS: dict[DomainState, frozenset[DomainState]] = {
    DomainState.PENDING: frozenset({DomainState.VERIFIED, DomainState.EXPIRED, DomainState.REMOVING}),
    # Straight to lapsed: the name moves to another account by proof.
    DomainState.VERIFIED: frozenset({DomainState.FAILING, DomainState.LAPSED, DomainState.REMOVING}),
    DomainState.FAILING: frozenset({DomainState.VERIFIED, DomainState.LAPSED, DomainState.REMOVING}),
    DomainState.LAPSED: frozenset({DomainState.VERIFIED, DomainState.REMOVING}),
    DomainState.EXPIRED: frozenset({DomainState.PENDING, DomainState.VERIFIED, DomainState.REMOVING}),
    DomainState.REMOVING: frozenset({DomainState.REMOVED, DomainState.PENDING}),
    DomainState.REMOVED: frozenset(),
}
