"""The sentences of a report: the first says what is wrong and what to type where, with zone, short and full name.

They are made from codes and parameters where somebody reads them. Nothing of them is stored and no logic reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from webapp.dns import name_arithmetic
from webapp.dns.answers import Outcome
from webapp.dns.judgement import messages_not_asked, messages_whole_domain
from webapp.dns.judgement.finding import FOR_LONG, Finding, Params
from webapp.dns.judgement.mistyped import Slip
from webapp.dns.judgement.phrases import at_time, listed, listed_in
from webapp.dns.judgement.subject import CHECK_AGAIN, WAIT, Subject, Words
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.lookup.observation import Says

#: The parameter that holds the sentences of a report that an earlier release stored.
LEGACY = "legacy"


def words(about: Subject, finding: Finding) -> Words:
    """The sentences for the customer. A reason without sentences of its own gets those of its verdict."""
    legacy = finding.params.get(LEGACY)
    if legacy is not None:
        return Words(legacy["message"], legacy["next_step"])
    say = _BY_REASON.get(finding.reason) or _BY_VERDICT[finding.verdict]
    return say(about, finding.params)


def _alias_above(about: Subject, params: Params) -> Words:
    owner, rdtype = params["owner"], params["type"]
    below = f"{owner} redirects everything below it to {params['target']}"
    return Words(
        f"{below} by a {rdtype} record, so NS records {about.named} in the zone {about.zone} have no effect: "
        f"delete that {rdtype} record, or choose a name that is not below {owner}.",
        f"Delete the {rdtype} record at {owner}, or register another name. {CHECK_AGAIN}",
    )


def _inconsistent(about: Subject, params: Params) -> Words:
    right, answered = params["right"], params["answered"]
    if right:
        message = (
            f"{right} of {answered} name servers of {about.zone} already know the new NS records "
            f"{about.named}; this usually settles by itself."
        )
    else:
        message = (
            f"The name servers of {about.zone} give different answers about NS records {about.named}; "
            "this usually settles by itself."
        )
    return Words(f"{message} {_differences(params)}", WAIT)


def _inconsistent_for_long(about: Subject, params: Params) -> Words:
    return Words(
        f"The name servers of {about.zone} have disagreed for more than 24 hours about the NS records "
        f"{about.named}: ask the provider of {about.zone} why they hold different copies of the zone. "
        f"{_differences(params)}",
        f"Ask the provider of {about.zone} to bring all its name servers up to date. {CHECK_AGAIN}",
    )


def _differences(params: Params) -> str:
    different = [f"{one['server']} ({_said(one)})" for one in params["different"]]
    return f"Different: {listed(different, params.get('different_more', 0))}."


def _said(answer: Mapping[str, Any]) -> str:
    if answer["says"] == Says.DELEGATED:
        return listed_in(answer, "names")
    if answer["says"] == Says.ABSENT:
        return "no such name" if answer["outcome"] == Outcome.NXDOMAIN else "no NS records"
    return "an alias" if answer["says"] == Says.ALIAS else "a zone of its own"


def _record_in_the_way(about: Subject, params: Params) -> Words:
    types = params["types"]
    kinds = listed(types)
    records = "record" if len(types) == 1 else "records"
    article = "" if len(types) > 1 else "an " if kinds.startswith(("A", "MX")) else "a "
    return Words(
        f"{about.host} has {article}{kinds} {records} at {about.zone}: in the zone {about.zone}, delete the {kinds} "
        f"{records} {about.named}, then add the {about.count} {about.ours}.",
        f"Delete the {kinds} {records} named “{about.name}”, then add the {about.count}. {CHECK_AGAIN}",
    )


def _own_zone(about: Subject, params: Params) -> Words:
    return Words(
        f"{about.host} is a zone of its own on the name servers of {about.zone}, so ours are never asked: delete "
        f"the zone {about.host} there, then add in the zone {about.zone} the {about.count} {about.named}: "
        f"{about.ours}. It is served by {listed_in(params, 'servers')}.",
        f"Delete the zone {about.host} at the provider of {about.zone}, then add the {about.count} "
        f"named “{about.name}”. {CHECK_AGAIN}",
    )


def _misplaced(about: Subject, params: Params) -> Words:
    where = params["at"]
    fix = f"in the zone {about.zone}, enter “{about.name}” as the name (in full {about.host})"
    why = (
        f"Your provider appends {about.zone} to what you enter."
        if about.zone not in where
        else f"Delete them at {about.zone}, where they would take over the whole domain."
    )
    return Words(
        f"We found our name servers at {listed(where)}, not at {about.host}: {fix}. {why}",
        f"Delete the NS records at {listed(where)} and add them with “{about.name}” as the name. {CHECK_AGAIN}",
    )


def _not_delegated(about: Subject, _params: Params) -> Words:
    return Words(
        f"No NS records for {about.host} at {about.zone} yet: in the zone {about.zone}, add {about.count} "
        f"{about.named} with the values {about.ours}.",
        f"Add the {about.count} at the provider of {about.zone}. {CHECK_AGAIN}",
    )


def _domain_missing(about: Subject, _params: Params) -> Words:
    domain = about.parent_zone or about.zone
    return Words(
        f"{domain} has no name servers yet, {about.zone} does not know it: register it or connect it to a DNS "
        f"provider, then add there, in the zone {domain}, {about.count} named "
        f"“{name_arithmetic.relative(about.host, domain)}” (in full {about.host}): {about.ours}.",
        f"Bring {domain} into DNS first, then add the {about.count}. {CHECK_AGAIN}",
    )


def _old_name_servers(about: Subject, params: Params) -> Words:
    return Words(
        f"The NS records {about.named} in the zone {about.zone} belong to an earlier registration: replace "
        f"{listed_in(params, 'former')} by {about.ours} now; until then someone else might obtain the name.",
        f"Replace the NS records named “{about.name}” now. {CHECK_AGAIN}",
    )


def _mistyped(about: Subject, params: Params) -> Words:
    first, *others = params["slips"]
    where = f"correct the NS record {about.named} in the zone {about.zone}"
    rest = [f"“{slip['seen']}” looks like “{slip['expected']}” too" for slip in others]
    rest += [f"Still missing: {listed(params['missing'])}"] if params["missing"] else []
    return Words(
        " ".join([f"{_what(first)}: {where}, {_fix(first)}.", *(f"{part}." for part in rest)]),
        f"Enter “{first['expected']}.” instead of “{first['seen']}”. {CHECK_AGAIN}",
    )


def _what(slip: Mapping[str, Any]) -> str:
    if slip["slip"] == Slip.IP_ADDRESS:
        return f"“{slip['seen']}” is an IP address where the name “{slip['expected']}” belongs"
    return f"“{slip['seen']}” looks like “{slip['expected']}”"


def _fix(slip: Mapping[str, Any]) -> str:
    expected, appended = slip["expected"], slip["appended"]
    if slip["slip"] == Slip.IP_ADDRESS:
        return f"enter the name “{expected}.” with the dot at its end"
    if slip["slip"] == Slip.URL:
        return f"enter “{expected}” alone, without http:// or a path"
    if appended:
        return f"enter “{expected}.” with the dot at its end, or your provider appends {appended}"
    return f"enter “{expected}”"


def _elsewhere(about: Subject, params: Params) -> Words:
    return Words(
        f"{about.host} is delegated to {listed_in(params, 'unexpected')}, not to us: in the zone {about.zone}, give "
        f"the NS records {about.named} the values {about.ours} and no others.",
        f"Replace the NS records named “{about.name}” at the provider of {about.zone}. {CHECK_AGAIN}",
    )


def _mixed(about: Subject, params: Params) -> Words:
    extra = listed_in(params, "unexpected")
    add = f" Still missing: {listed(about.missing)}." if about.missing else ""
    return Words(
        f"Remove {extra} from the NS records {about.named} in the zone {about.zone}: part of your visitors "
        f"would be sent there.{add}",
        f"Remove {extra}. {CHECK_AGAIN}",
    )


def _partial(about: Subject, _params: Params) -> Words:
    missing, total = about.missing, len(about.expected)
    return Words(
        f"{total - len(missing)} of {total} are right; still missing: {listed(missing)} – in the zone "
        f"{about.zone}, add {about.records(len(missing))} {about.named} with "
        f"{'this value' if len(missing) == 1 else 'these values'}.",
        f"Add what is missing at the provider of {about.zone}. {CHECK_AGAIN}",
    )


def _zone_not_served(about: Subject, params: Params) -> Words:
    return Words(
        f"Your NS records {about.named} in the zone {about.zone} are right; our side is not ready yet: "
        f"{listed(params['servers'])} does not answer for {about.host} as it should.",
        WAIT,
    )


def _stale_ds(about: Subject, params: Params) -> Words:
    return Words(
        f"Delete the DS record for {about.host} in the zone {about.zone}, where it is named “{about.name}”; "
        f"validating resolvers refuse the name because of it. It reads: {listed_in(params, 'ds')}.",
        f"Delete the DS record named “{about.name}”; leave the NS records as they are. {CHECK_AGAIN}",
    )


def _verified(about: Subject, _params: Params) -> Words:
    return Words(
        f"{about.host} is verified. The NS records {about.named} in the zone {about.zone} are exactly ours.",
        "Leave the records in place; we check them again from time to time.",
    )


def _resolve_broken(about: Subject, params: Params) -> Words:
    who, because = listed(params["resolvers"]), " for DNSSEC reasons" if params["dnssec"] else ""
    return Words(
        f"Correct at the source, but resolvers disagree: {who} cannot resolve {about.host}{because}.", WAIT
    )


def _propagating(about: Subject, params: Params) -> Words:
    who, until = listed(params["resolvers"]), about.old_answers_until
    when = f"old answers expire by {at_time(until)}" if until else "old answers expire by themselves"
    return Words(f"Correct at the source; {who} still gives an old answer for {about.host}, {when}.", WAIT)


Say = Callable[[Subject, Params], Words]

_BY_VERDICT: Mapping[Verdict, Say] = {
    Verdict.ZONE_PENDING: messages_not_asked.zone_pending,
    Verdict.PARENT_UNREACHABLE: messages_not_asked.unfinished,
    Verdict.ALIAS_ABOVE: _alias_above,
    Verdict.PARENT_INCONSISTENT: _inconsistent,
    Verdict.RECORD_IN_THE_WAY: _record_in_the_way,
    Verdict.MISPLACED: _misplaced,
    Verdict.NOT_DELEGATED: _not_delegated,
    Verdict.OLD_NAME_SERVERS: _old_name_servers,
    Verdict.NS_MISTYPED: _mistyped,
    Verdict.DELEGATED_ELSEWHERE: _elsewhere,
    Verdict.DELEGATION_MIXED: _mixed,
    Verdict.DELEGATION_PARTIAL: _partial,
    Verdict.ZONE_NOT_SERVED: _zone_not_served,
    Verdict.STALE_DS: _stale_ds,
    Verdict.VERIFIED: _verified,
    Verdict.RESOLVE_BROKEN: _resolve_broken,
    Verdict.PROPAGATING: _propagating,
}
_BY_REASON: Mapping[str, Say] = {
    FOR_LONG: _inconsistent_for_long,
    "own-zone": _own_zone,
    "domain-missing": _domain_missing,
    **messages_not_asked.BY_REASON,
    **messages_whole_domain.BY_REASON,
}
