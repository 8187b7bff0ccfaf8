"""The sentences of a report of the records method, made where somebody reads them.

What could not be asked is said as for a delegation: it is the same zone, and the same servers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from webapp.dns.judgement import messages as of_delegations
from webapp.dns.judgement.finding import (
    COPIES_DIFFER,
    FOR_LONG,
    INSIDE_VIEW,
    RESOLVER_DENIES,
    RESOLVER_UNSETTLED,
    Finding,
    Params,
)
from webapp.dns.judgement.messages_not_asked import copies_differ_for_long
from webapp.dns.judgement.phrases import at_time, few, listed
from webapp.dns.judgement.subject import CHECK_AGAIN, UNCHANGED, WAIT, Words
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.records_method.words import messages_pointing, messages_token
from webapp.dns.records_method.words.reasons import BEYOND_DIFFERS, BEYOND_UNHEARD
from webapp.dns.records_method.words.subject import RecordsSubject

_NEW_NEEDS_ALL = "A new name is verified only when none of our resolvers denies it."


def words(about: RecordsSubject, finding: Finding) -> Words:
    if finding.reason == INSIDE_VIEW:
        return of_delegations.words(about, finding)
    say = _BY_VERDICT.get(finding.verdict)
    return say(about, finding) if say else of_delegations.words(about, finding)


def _unreachable(about: RecordsSubject, finding: Finding) -> Words:
    if finding.reason in {BEYOND_DIFFERS, BEYOND_UNHEARD}:
        return messages_pointing.beyond(about, finding)
    if finding.reason == RESOLVER_DENIES:
        until = about.old_answers_until
        when = f" That answer expires by {at_time(until)}." if until else ""
        what = f"For now, our resolver {few(finding.params['resolvers'])} does not find our TXT record.{when}"
    elif finding.reason == RESOLVER_UNSETTLED:
        what = f"We could not ask our resolver {few(finding.params['resolvers'])} whether it sees our TXT record."
    else:
        return of_delegations.words(about, finding)
    return Words(
        f"{what} {_NEW_NEEDS_ALL} {UNCHANGED}",
        WAIT,
        f"The name servers of {about.zone} have our TXT record named {about.label}.",
    )


def _inconsistent(about: RecordsSubject, finding: Finding) -> Words:
    params = finding.params
    if finding.reason == COPIES_DIFFER:
        return of_delegations.words(about, finding)
    if finding.reason == FOR_LONG and "above" in params:
        return copies_differ_for_long(about, params)
    record = f"{about.our_record} {about.name}" if params.get("about") else f"our TXT record {about.label}"
    if finding.reason == FOR_LONG:
        return Words(
            f"Ask the provider of {about.zone} to bring all its name servers up to date. "
            f"They have disagreed for more than 24 hours about {record}.",
            f"Ask the provider of {about.zone} why its name servers hold different copies of the zone, and to bring "
            f"all of them up to date. {CHECK_AGAIN}",
            _differences(params),
        )
    know = f"{params['right']} of {params['answered']} name servers of {about.zone} already know {record}."
    return Words(f"{know} This usually settles by itself.", WAIT, _differences(params))


def _differences(params: Params) -> str:
    servers = [one["server"] for one in params["different"]]
    return f"Not yet: {listed(servers, params.get('different_more', 0))}."


def _verified(about: RecordsSubject, _finding: Finding) -> Words:
    return Words(
        f"{about.shown} is verified. Our TXT record {about.label} is in {about.zone}, and the name leads to us.",
        "Leave the records in place; we check them again from time to time.",
    )


Say = Callable[[RecordsSubject, Finding], Words]

_BY_VERDICT: Mapping[Verdict, Say] = {
    Verdict.PARENT_UNREACHABLE: _unreachable,
    Verdict.ALIAS_ABOVE: messages_token.alias_above,
    Verdict.PARENT_INCONSISTENT: _inconsistent,
    Verdict.RECORD_IN_THE_WAY: messages_token.in_the_way,
    Verdict.TOKEN_MISPLACED: messages_token.misplaced,
    Verdict.TOKEN_EXPIRED: messages_token.expired,
    Verdict.TOKEN_MISMATCH: messages_token.mismatch,
    Verdict.TOKEN_MISSING: messages_token.missing,
    Verdict.CNAME_LOOP: messages_pointing.loop,
    Verdict.CNAME_MISTYPED: messages_pointing.wrong,
    Verdict.CNAME_FLATTENED: messages_pointing.flattened,
    Verdict.CNAME_WRONG: messages_pointing.wrong,
    Verdict.CNAME_MISSING: messages_pointing.missing,
    Verdict.VERIFIED: _verified,
    Verdict.VALIDATION_MISSING: messages_pointing.validation,
}
