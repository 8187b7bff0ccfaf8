"""Whether those who know a name say the same of it: our resolvers among each other, and the zones themselves."""

from __future__ import annotations

from collections.abc import Iterable

from webapp.dns.notes import Note
from webapp.dns.servers.evidence import Dispute, Role
from webapp.dns.servers.inquiry import Inquiry, Word

#: Who said it, in a dispute: not a resolver but the zone itself.
ZONE = ""


def agreed_by(words: Iterable[Word]) -> frozenset[str] | None:
    """The values that all give; None when they give different ones, or one of them withholds them as bogus."""
    words = tuple(words)
    if any(word.bogus for word in words):
        return None
    common = frozenset.intersection(*(word.values for word in words))
    return common if common or not any(word.values for word in words) else None


def same_values(words: tuple[Word, ...]) -> bool:
    """Whether all say exactly the same. A word that is withheld as bogus is the same as no other."""
    return not words or (agreed_by(words) is not None and len({word.values for word in words}) == 1)


def same_existence(words: tuple[Word, ...]) -> bool:
    """Whether all have such records, or none has, whatever is in them. Two caches of one SOA record have different
    serial numbers after every change of the zone."""
    return not any(word.bogus for word in words) and len({bool(word.values) for word in words}) <= 1


def dispute(
    inquiry: Inquiry, role: Role, name: str, words: Iterable[Word], by_zone: frozenset[str] | None = None
) -> None:
    """Notes that those who know a name say different things of it."""
    said = [(word.resolver, word.values) for word in words]
    said += [(ZONE, by_zone)] if by_zone is not None else []
    inquiry.disputes.append(Dispute(role, name, tuple(said)))
    inquiry.leave_out(role, name, "", "", Note("answers-differ", {"name": name}))
