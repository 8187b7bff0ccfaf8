"""The verdicts on a delegation, in the order in which they are tried."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What a check came to. The order is the order of evaluation: the first that holds is the verdict."""

    ZONE_PENDING = "ZONE_PENDING"
    PARENT_UNREACHABLE = "PARENT_UNREACHABLE"
    ALIAS_ABOVE = "ALIAS_ABOVE"
    PARENT_INCONSISTENT = "PARENT_INCONSISTENT"
    RECORD_IN_THE_WAY = "RECORD_IN_THE_WAY"
    MISPLACED = "MISPLACED"
    NOT_DELEGATED = "NOT_DELEGATED"
    OLD_NAME_SERVERS = "OLD_NAME_SERVERS"
    NS_MISTYPED = "NS_MISTYPED"
    DELEGATED_ELSEWHERE = "DELEGATED_ELSEWHERE"
    DELEGATION_MIXED = "DELEGATION_MIXED"
    DELEGATION_PARTIAL = "DELEGATION_PARTIAL"
    ZONE_NOT_SERVED = "ZONE_NOT_SERVED"
    STALE_DS = "STALE_DS"
    VERIFIED = "VERIFIED"
    #: The last two are only ever hints beside VERIFIED or STALE_DS: they keep a name from going live.
    RESOLVE_BROKEN = "RESOLVE_BROKEN"
    PROPAGATING = "PROPAGATING"

    @property
    def transient(self) -> bool:
        """True when the verdict changes no state. PARENT_INCONSISTENT becomes firm after 24 hours, which
        only a report knows: ask `DelegationReport.transient`."""
        return self in _TRANSIENT


_TRANSIENT = {
    Verdict.ZONE_PENDING,
    Verdict.PARENT_UNREACHABLE,
    Verdict.PARENT_INCONSISTENT,
    Verdict.ZONE_NOT_SERVED,
    Verdict.RESOLVE_BROKEN,
    Verdict.PROPAGATING,
}
