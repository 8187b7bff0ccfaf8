"""The verdicts on a name, by either method, in the order in which they are tried, and what follows from each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Literal, Self

WhoActs = Literal["you", "we", "nobody"]


class AtParent(Enum):
    """What the parent's own servers say of the delegation; with the records method, those of the name's zone."""

    #: Too few of them could be asked, or they may not be believed.
    NOT_ASKED = auto()
    #: The name leads elsewhere, or nowhere.
    CONTRARY = auto()
    #: They differ among each other.
    DIVIDED = auto()
    #: Exactly our name servers.
    OURS = auto()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What one verdict means, so that nobody else keeps a list of verdicts.

    `lists_ours`: a server of the parent lists at least one of our name servers. `transient`: it changes no state.
    `who_acts`: who can change something about it, as a rule. `mistake`: somebody typed something wrong, which is not
    the same as nothing yet. `waits`: a pending domain with this verdict waits, be it for its owner's first records or
    for us. `nothing`: what leads the name to us is not there at all. `reserved`: the name is proved and leads
    elsewhere until its owner switches.
    """

    at_parent: AtParent
    who_acts: WhoActs
    lists_ours: bool = False
    transient: bool = False
    mistake: bool = False
    waits: bool = False
    nothing: bool = False
    reserved: bool = False

    @property
    def asked(self) -> bool:
        """False when the verdict says nothing about the records at the parent."""
        return self.at_parent is not AtParent.NOT_ASKED


def _mistake(*, lists_ours: bool = False, reserved: bool = False) -> Facts:
    """The facts of a verdict for records that lead elsewhere; their owner has to change them."""
    return Facts(
        at_parent=AtParent.CONTRARY, who_acts="you", lists_ours=lists_ours, mistake=True, reserved=reserved
    )


def _waiting(*, nothing: bool = False, reserved: bool = False) -> Facts:
    """The facts of a verdict for records that are not there yet, or that lead elsewhere until the owner switches."""
    return Facts(at_parent=AtParent.CONTRARY, who_acts="you", waits=True, nothing=nothing, reserved=reserved)


def _ours(who_acts: WhoActs, *, transient: bool = True, mistake: bool = False, waits: bool = False) -> Facts:
    """The facts of a verdict for a right delegation, whatever else is wrong."""
    return Facts(
        at_parent=AtParent.OURS,
        who_acts=who_acts,
        lists_ours=True,
        transient=transient,
        mistake=mistake,
        waits=waits,
    )


class Verdict(StrEnum):
    """The result of a check. The order is the order of evaluation: the first that applies is the verdict.

    A member without its facts is a TypeError when this module is imported.
    """

    facts: Facts

    ZONE_PENDING = (
        "ZONE_PENDING",
        Facts(at_parent=AtParent.NOT_ASKED, who_acts="we", transient=True, waits=True),
    )
    PARENT_UNREACHABLE = (
        "PARENT_UNREACHABLE",
        Facts(at_parent=AtParent.NOT_ASKED, who_acts="nobody", transient=True),
    )
    ALIAS_ABOVE = "ALIAS_ABOVE", _mistake()
    PARENT_INCONSISTENT = (
        "PARENT_INCONSISTENT",
        Facts(at_parent=AtParent.DIVIDED, who_acts="nobody", lists_ours=True, transient=True),
    )
    RECORD_IN_THE_WAY = "RECORD_IN_THE_WAY", _mistake()
    MISPLACED = "MISPLACED", _mistake()
    NOT_DELEGATED = "NOT_DELEGATED", _waiting(nothing=True)
    OLD_NAME_SERVERS = "OLD_NAME_SERVERS", _mistake()
    NS_MISTYPED = "NS_MISTYPED", _mistake()
    DELEGATED_ELSEWHERE = "DELEGATED_ELSEWHERE", _mistake()
    DELEGATION_MIXED = "DELEGATION_MIXED", _mistake(lists_ours=True)
    DELEGATION_PARTIAL = "DELEGATION_PARTIAL", _mistake(lists_ours=True)
    ZONE_NOT_SERVED = "ZONE_NOT_SERVED", _ours("we", waits=True)
    STALE_DS = "STALE_DS", _ours("you", transient=False, mistake=True)
    #: These are of the records method: the token first, and then where the name leads. A name that is proved by its
    #: token may lead elsewhere until its owner switches, which is no mistake.
    TOKEN_MISPLACED = "TOKEN_MISPLACED", _mistake()
    TOKEN_EXPIRED = "TOKEN_EXPIRED", _mistake()
    TOKEN_MISMATCH = "TOKEN_MISMATCH", _mistake()
    TOKEN_MISSING = "TOKEN_MISSING", _waiting(nothing=True)
    CNAME_LOOP = "CNAME_LOOP", _mistake()
    #: Somebody has begun to switch, and mistyped the record.
    CNAME_MISTYPED = "CNAME_MISTYPED", _mistake(reserved=True)
    CNAME_FLATTENED = "CNAME_FLATTENED", _waiting(reserved=True)
    CNAME_WRONG = "CNAME_WRONG", _waiting(reserved=True)
    CNAME_MISSING = "CNAME_MISSING", _waiting(nothing=True, reserved=True)
    VERIFIED = "VERIFIED", _ours("nobody", transient=False)
    #: The rest are only ever hints beside another verdict: the record that a certificate needs, and what keeps a name
    #: from going live.
    VALIDATION_MISSING = "VALIDATION_MISSING", _ours("you")
    RESOLVE_BROKEN = "RESOLVE_BROKEN", _ours("nobody")
    PROPAGATING = "PROPAGATING", _ours("nobody")

    # The default is for type checkers: without it they would ask for `facts` in `Verdict("VERIFIED")`, too.
    def __new__(cls, value: str, facts: Facts | None = None) -> Self:
        if facts is None:
            raise TypeError(f"the verdict {value} has no facts")
        member = str.__new__(cls, value)
        member._value_ = value
        member.facts = facts
        return member

    @property
    def transient(self) -> bool:
        """As a rule: PARENT_INCONSISTENT becomes firm after a day, which `DelegationReport.transient` tells."""
        return self.facts.transient
