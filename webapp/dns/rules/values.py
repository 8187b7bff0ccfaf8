"""The rules for the values of the NS records: former, mistyped, foreign and missing name servers."""

from __future__ import annotations

from webapp.dns import name_arithmetic
from webapp.dns.judgement.finding import (
    IN_A_SENTENCE,
    OWN_NAMES,
    SURPLUS,
    Finding,
    Params,
    shortened,
)
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.names import reserved
from webapp.dns.rules.case import Case
from webapp.dns.rules.mistyped import Listed, Mistyped, find_mistyped


def old_name_servers(case: Case) -> Finding | None:
    former = case.former
    return Finding(Verdict.OLD_NAME_SERVERS, "", shortened("former", former)) if former else None


def ns_mistyped(case: Case) -> Finding | None:
    slips = _slips(case)
    if not slips:
        return None
    meant = {name for slip in slips for name in slip.meant}
    typed = {slip.seen for slip in slips}
    foreign = [name for name in case.unexpected if name not in typed]
    params = {
        "slips": [
            vars(slip) | {"slip": slip.slip.value, "also": list(slip.also)} for slip in slips[:IN_A_SENTENCE]
        ],
        "missing": [name for name in case.missing if name not in meant],
        **shortened("foreign", foreign),
    }
    first = next((slip.slip.value for slip in slips if not slip.surplus), SURPLUS)
    return Finding(Verdict.NS_MISTYPED, first, params)


def _slips(case: Case) -> tuple[Mistyped, ...]:
    candidates = [name for name in case.unexpected if name not in case.former]
    suffixes = (case.host, *name_arithmetic.between(case.host, "."))
    appended = tuple(suffix for suffix in suffixes if reserved.public_suffix(suffix) != suffix)
    listed = Listed(case.found, case.expectation.name_servers, appended, case.our_addresses)
    return find_mistyped(candidates, listed) if case.expected else ()


def delegated_elsewhere(case: Case) -> Finding | None:
    if not case.unexpected or case.found & case.expected:
        return None
    return Finding(Verdict.DELEGATED_ELSEWHERE, *_strange(case))


def delegation_mixed(case: Case) -> Finding | None:
    if not case.unexpected or not case.found & case.expected:
        return None
    return Finding(Verdict.DELEGATION_MIXED, *_strange(case))


def _strange(case: Case) -> tuple[str, Params]:
    """The reason and the parameters for names that are not ours."""
    own = {seen for seen, _ in case.observation.own_names}
    reason = OWN_NAMES if own and own >= set(case.unexpected) else ""
    return reason, shortened("unexpected", case.unexpected)


def delegation_partial(case: Case) -> Finding | None:
    if case.unexpected or not case.found or not case.missing:
        return None
    return Finding(Verdict.DELEGATION_PARTIAL)
