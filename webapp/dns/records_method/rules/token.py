"""The rules for the token: whether it stands at its label, and what stands there or elsewhere instead."""

from __future__ import annotations

from typing import Any

from webapp.dns import name_arithmetic
from webapp.dns.judgement.finding import (
    DOMAIN_MISSING,
    GONE,
    OWN_ZONE,
    PARKED,
    WILDCARD,
    WRONG_TYPE,
    Finding,
    Slip,
    shortened,
)
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.lookup.observation import Says
from webapp.dns.name_arithmetic import as_typed
from webapp.dns.names.closeness import is_near
from webapp.dns.records_method.lookup.texts import shown
from webapp.dns.records_method.rules.case import RecordsCase
from webapp.dns.records_method.words.reasons import (
    ALIAS_THERE,
    CAPITALS,
    CUT_OFF,
    LABEL_DELEGATED,
    MORE_AROUND,
    OTHER_CLAIM,
    TARGET_THERE,
    WILDCARD_ENDS,
)

#: A part of a token has at least so many letters; fewer may be anything.
_LEAST = 6


def alias_above(case: RecordsCase) -> Finding | None:
    alias = next(iter(case.token.aliases), None)
    return Finding(Verdict.ALIAS_ABOVE, "", dict(vars(alias))) if alias else None


def in_the_way(case: RecordsCase) -> Finding | None:
    """A zone of its own at the label, or NS records. What stands there is not for the host's zone to say."""
    owners = [answer.server for answer in case.token.speakers if answer.says is Says.OWN_ZONE]
    if owners:
        reason = PARKED if case.observation.zone.answers_any_name else OWN_ZONE
        return Finding(Verdict.RECORD_IN_THE_WAY, reason, shortened("servers", owners))
    delegated = [answer for answer in case.observation.zone.parent_answers if answer.says is Says.DELEGATED]
    names = frozenset[str]().union(*(answer.name_servers for answer in delegated))
    if not delegated or case.token.right:
        return None
    return Finding(Verdict.RECORD_IN_THE_WAY, LABEL_DELEGATED, shortened("servers", sorted(names)))


def wildcard(case: RecordsCase) -> Finding | None:
    found = case.token.wildcard
    return Finding(Verdict.TOKEN_MISPLACED, WILDCARD, {"at": [found]}) if found else None


def misplaced(case: RecordsCase) -> Finding | None:
    where = [at for at in case.observation.zone.misplaced_at if at != case.token.wildcard]
    if not where or case.token.right:
        return None
    return Finding(Verdict.TOKEN_MISPLACED, "", shortened("at", where))


def mismatch(case: RecordsCase) -> Finding | None:
    """The TXT records at the label are others than the token."""
    texts = case.texts
    if not texts or case.token.right:
        return None
    seen = shortened("seen", map(shown, texts), most=3)
    former = [text for text in texts if text in case.expectation.former_tokens]
    if former:
        return Finding(Verdict.TOKEN_EXPIRED, "", seen)
    reasons = [reason for text in texts if (reason := _why(text, case))]
    return Finding(Verdict.TOKEN_MISMATCH, min(reasons, key=_WHY.index, default=""), seen)


_WHY = (MORE_AROUND, CAPITALS, CUT_OFF, Slip.NEAR_MISS.value, TARGET_THERE, OTHER_CLAIM)


def _why(text: str, case: RecordsCase) -> str:
    token = case.expectation.token
    if token in text:
        return MORE_AROUND
    if text.casefold() == token.casefold():
        return CAPITALS
    if len(text) >= _LEAST and text in token:
        return CUT_OFF
    if is_near(text, token):
        return Slip.NEAR_MISS.value
    if _as_name(text) == case.expectation.target:
        return TARGET_THERE
    return OTHER_CLAIM if _kind(text) == _kind(token) else ""


def _as_name(text: str) -> str | None:
    try:
        return name_arithmetic.canonical(text)
    except ValueError:
        return None


def _kind(token: str) -> tuple[int, frozenset[str]]:
    """Tokens are of one length, and of the same kinds of characters."""
    kinds = {"digit" if char.isdigit() else "letter" if char.isalpha() else char for char in token}
    return len(token), frozenset(kinds)


def missing(case: RecordsCase) -> Finding | None:
    """Nothing stands at the label but, maybe, a CNAME record, beside which no other record can stand."""
    if not case.token.speakers or case.token.right or case.texts or case.observation.zone.misplaced_at:
        return None
    verdict, before = Verdict.TOKEN_MISSING, case.token.listed_before
    if case.token.missing_domain:
        return Finding(verdict, DOMAIN_MISSING, {GONE: True} if before else {})
    alias = _alias_there(case)
    if alias is not None:
        reason = WRONG_TYPE if case.expectation.token.lower() in alias else ALIAS_THERE
        return Finding(Verdict.RECORD_IN_THE_WAY, reason, {"target": alias})
    if before:
        return Finding(verdict, GONE)
    params: dict[str, Any] = {"pointing": case.leads_to_us}
    if case.host_wildcard and not case.leads_to_us:
        return Finding(verdict, WILDCARD_ENDS, params | {"at": case.host_wildcard})
    return Finding(verdict, "", params)


def _alias_there(case: RecordsCase) -> str | None:
    """The target of a CNAME record at the label itself; None where a wildcard may have made it up."""
    aliases = [answer.alias for answer in case.token.speakers if answer.alias]
    own = [one for one in aliases if one.owner == case.expectation.label_name and one.type == "CNAME"]
    made_up = {one for said in case.observation.hosts for one in said.names} if case.host_wildcard else set()
    return next((as_typed(one.target) for one in own if one.target not in made_up), None)
