"""The sentences of a report: the first says what to change, in which record of which zone; the step says to what.

They are made from codes and parameters where somebody reads them. Nothing of them is stored and no logic reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from webapp.dns import name_arithmetic
from webapp.dns.answers import Outcome
from webapp.dns.judgement import messages_not_asked, messages_values, messages_whole_domain
from webapp.dns.judgement.finding import (
    DOMAIN_MISSING,
    FOR_LONG,
    GONE,
    OWN_NAMES,
    OWN_ZONE,
    PARKED,
    WILDCARD,
    WRONG_TYPE,
    Finding,
    Params,
)
from webapp.dns.judgement.phrases import at_time, few, letters, listed, listed_in
from webapp.dns.judgement.subject import CHECK_AGAIN, WAIT, Subject, Words
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.lookup.observation import Says
from webapp.dns.name_arithmetic import as_typed
from webapp.dns.names import reserved

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
    rdtype, place = params["type"], about.quoted(params["owner"])
    record = f"the {rdtype} record named {place} in the zone {about.zone}"
    target = as_typed(letters(params["target"]))
    return Words(
        f"Delete {record}, or choose another name. {letters(params['owner'])} redirects everything below it to "
        f"{target}, so NS records named {about.name} have no effect.",
        f"Delete {record}, and add {about.all_servers} as NS records named {about.name} unless they are there. "
        f"{CHECK_AGAIN}",
    )


def _inconsistent(about: Subject, params: Params) -> Words:
    right, answered = params["right"], params["answered"]
    if right:
        what = f"{right} of {answered} name servers of {about.zone} already know the new NS records."
    else:
        what = f"The name servers of {about.zone} give different answers about NS records named {about.name}."
    return Words(f"{what} This usually settles by itself.", WAIT, _differences(params))


def _inconsistent_for_long(about: Subject, params: Params) -> Words:
    if "above" in params:
        return messages_not_asked.copies_differ_for_long(about, params)
    return Words(
        f"Ask the provider of {about.zone} to bring all its name servers up to date. "
        f"They have disagreed for more than 24 hours about the NS records named {about.name}.",
        f"Ask the provider of {about.zone} why its name servers hold different copies of the zone, and to bring "
        f"all of them up to date. {CHECK_AGAIN}",
        _differences(params),
    )


def _differences(params: Params) -> str:
    different = [f"{one['server']} ({_said(one)})" for one in params["different"]]
    return f"Different: {listed(different, params.get('different_more', 0))}."


def _said(answer: Mapping[str, Any]) -> str:
    if answer["says"] == Says.DELEGATED:
        return listed_in(answer, "names")
    if answer["says"] == Says.WILDCARD:
        return f"a wildcard with {listed_in(answer, 'names')}"
    if answer["says"] == Says.ABSENT:
        return "no such name" if answer["outcome"] == Outcome.NXDOMAIN else "no NS records"
    return "an alias" if answer["says"] == Says.ALIAS else "a zone of its own"


def _record_in_the_way(about: Subject, params: Params) -> Words:
    types = params["types"]
    which = "all records" if len(types) > 2 else f"the {_records(types)}"
    return Words(
        f"In {about.zone}, replace {which} {about.name} by {about.all_ours} NS records. "
        f"{about.shown} has {_a_record(types)} there.",
        f"Delete the {_records(types)} named {about.name} and {about.add_all}. {CHECK_AGAIN}",
    )


def _wrong_type(about: Subject, params: Params) -> Words:
    wrong, types = params["wrong"], params["types"]
    lead = "lead" if len(wrong) > 1 else "leads"
    return Words(
        f"In {about.zone}, {about.name} needs {about.all_ours} records of type NS, not {listed(wrong)}. "
        f"The {_records(wrong)} there {lead} to {listed_in(params, 'leads_to')}.",
        f"Delete the {_records(types)} named {about.name} and {about.add_all}. {CHECK_AGAIN}",
    )


def _records(types: list[str]) -> str:
    return f"{listed(types)} record{'s' if len(types) > 1 else ''}"


def _a_record(types: list[str]) -> str:
    article = "" if len(types) > 1 else "an " if types[0].startswith(("A", "MX")) else "a "
    return article + _records(types)


def _own_zone(about: Subject, params: Params) -> Words:
    delete = f"Delete the zone {about.shown} at the provider of {about.zone}, then add {about.all_ours}"
    return Words(
        f"{delete}. As long as it is there, ours are never asked.",
        f"Delete the zone {about.shown} at the provider of {about.zone}, then {about.add_all}. {CHECK_AGAIN}",
        f"It is served by {listed_in(params, 'servers')}.",
    )


def _parked(about: Subject, params: Params) -> Words:
    zone = about.asked_in or about.host
    domain = letters(reserved.registrable(zone) or zone)
    return Words(
        f"{domain} is parked or has expired: renew it, or change its name servers. They answer for any name.",
        f"Renew {domain} at its registrar, or give it the name servers of your DNS provider; then add "
        f"{about.all_servers} there as NS records named {about.quoted(about.host, reserved.registrable(zone))}. "
        f"{CHECK_AGAIN}",
        f"It is served by {listed_in(params, 'servers')}.",
    )


def _misplaced(about: Subject, params: Params) -> Words:
    where = [name for name in params["at"] if name != about.asked_in]
    if not where:
        return _at_the_apex(about)
    appends = any(name_arithmetic.join(about.host, about.asked_in or ".") == name for name in where)
    why = f" Your provider appends {about.zone} to what you enter." if appends else ""
    places = [as_typed(letters(name)) for name in params["at"]]
    return Words(
        f"We found our name servers at {few(places)}; name them {about.name} in {about.zone}.{why}",
        f"Delete the NS records at {listed(places)} that name ours, and {about.add_all}. {CHECK_AGAIN}",
    )


def _wildcard(about: Subject, params: Params) -> Words:
    wildcard = about.quoted(params["at"][0])
    return Words(
        f"Name the NS records {about.name}, not {wildcard}, in the zone {about.zone}. "
        f"A wildcard is no delegation, so most resolvers find nothing at {about.shown}.",
        f"Delete the NS records named {wildcard} that name ours, and {about.add_all}. {CHECK_AGAIN}",
    )


def _at_the_apex(about: Subject) -> Words:
    return Words(
        f"Our name servers stand at {about.zone} itself; name them {about.name} there. "
        "Where they are, they would take over the whole domain.",
        f"In the zone {about.zone}, delete our name servers from the NS records named “@” and add them as NS records "
        f"named {about.name}. {CHECK_AGAIN}",
    )


def _not_delegated(about: Subject, params: Params) -> Words:
    yet = " yet" if params.get("first") else ""
    return Words(
        f"In {about.zone}, add {about.all_servers} as NS records named {about.name}. "
        f"There are no NS records for {about.shown}{yet}.",
        f"Add {about.all_servers} as NS records named {about.name} in the zone {about.zone}. {CHECK_AGAIN}",
    )


def _gone(about: Subject, _params: Params) -> Words:
    return Words(
        f"In {about.zone}, put {about.all_servers} back as NS records named {about.name}. "
        f"The records for {about.shown} that were there are gone.",
        f"Put {about.all_servers} back as NS records named {about.name} in the zone {about.zone}. {CHECK_AGAIN}",
    )


def _domain_missing(about: Subject, params: Params) -> Words:
    zone = about.parent_zone or about.host
    domain, name = letters(zone), about.quoted(about.host, zone)
    if params.get(GONE):
        what = f"{domain} has no name servers any more: renew it at its registrar."
    else:
        what = f"{domain} has no name servers: register it, or connect it to a provider."
    return Words(
        what,
        f"Bring {domain} into DNS, then add {about.all_servers} as NS records named {name} there. {CHECK_AGAIN}",
    )


def _zone_not_served(about: Subject, params: Params) -> Words:
    servers = params["servers"]
    verb = "do not answer" if len(servers) > 1 else "does not answer"
    return Words(
        f"Your NS records named {about.name} in {about.zone} are right; our side is not ready. "
        f"{listed(servers)} {verb} for {about.shown} as it should.",
        WAIT,
    )


def _stale_ds(about: Subject, params: Params) -> Words:
    record = f"the DS record named {about.name} in the zone {about.zone}"
    return Words(
        f"Delete {record}. Validating resolvers refuse {about.shown} because of it.",
        f"Delete {record}; leave the NS records as they are. {CHECK_AGAIN}",
        f"It reads: {listed_in(params, 'ds')}.",
    )


def _verified(about: Subject, _params: Params) -> Words:
    return Words(
        f"{about.shown} is verified. The NS records named {about.name} in {about.zone} are exactly ours.",
        "Leave the records in place; we check them again from time to time.",
    )


def _resolve_broken(about: Subject, params: Params) -> Words:
    because = " for DNSSEC reasons" if params["dnssec"] else ""
    return Words(
        f"Correct at the source, but {few(params['resolvers'])} cannot resolve {about.shown}{because}.",
        WAIT,
        f"Resolvers: {listed(params['resolvers'])}.",
    )


def _propagating(about: Subject, params: Params) -> Words:
    until = about.old_answers_until
    when = f"Old answers expire by {at_time(until)}." if until else "Old answers expire by themselves."
    resolvers = params["resolvers"]
    give = "still give old answers" if resolvers[1:] else "still gives an old answer"
    return Words(
        f"Correct at the source; {few(resolvers)} {give} for {about.shown}. {when}",
        WAIT,
        f"Resolvers: {listed(resolvers)}.",
    )


Say = Callable[[Subject, Params], Words]

_BY_VERDICT: Mapping[Verdict, Say] = {
    Verdict.ZONE_PENDING: messages_not_asked.zone_pending,
    Verdict.PARENT_UNREACHABLE: messages_not_asked.unfinished,
    Verdict.ALIAS_ABOVE: _alias_above,
    Verdict.PARENT_INCONSISTENT: _inconsistent,
    Verdict.RECORD_IN_THE_WAY: _record_in_the_way,
    Verdict.MISPLACED: _misplaced,
    Verdict.NOT_DELEGATED: _not_delegated,
    Verdict.OLD_NAME_SERVERS: messages_values.old_name_servers,
    Verdict.NS_MISTYPED: messages_values.mistyped,
    Verdict.DELEGATED_ELSEWHERE: messages_values.elsewhere,
    Verdict.DELEGATION_MIXED: messages_values.mixed,
    Verdict.DELEGATION_PARTIAL: messages_values.partial,
    Verdict.ZONE_NOT_SERVED: _zone_not_served,
    Verdict.STALE_DS: _stale_ds,
    Verdict.VERIFIED: _verified,
    Verdict.RESOLVE_BROKEN: _resolve_broken,
    Verdict.PROPAGATING: _propagating,
}
_BY_REASON: Mapping[str, Say] = {
    FOR_LONG: _inconsistent_for_long,
    WILDCARD: _wildcard,
    GONE: _gone,
    OWN_ZONE: _own_zone,
    PARKED: _parked,
    WRONG_TYPE: _wrong_type,
    DOMAIN_MISSING: _domain_missing,
    OWN_NAMES: messages_values.own_names,
    **messages_not_asked.BY_REASON,
    **messages_whole_domain.BY_REASON,
}
