"""The sentences of reports that say nothing about the records, because they could not be asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from webapp.dns import name_arithmetic
from webapp.dns.answers import Outcome
from webapp.dns.judgement.finding import (
    ADDRESSES_DIFFER,
    AT_TIMES,
    COPIES_DIFFER,
    GONE,
    INSIDE_VIEW,
    NO_ADDRESS,
    OUR_FAULT,
    PARENT_MOVING,
    PARENT_SILENT,
    PUT_OFF,
    RESOLVER_DENIES,
    RESOLVER_UNSETTLED,
    UNFINISHED,
    UNHEARD_FOR_LONG,
    Params,
)
from webapp.dns.judgement.phrases import at_time, count_in, few, letters, listed, listed_in, number
from webapp.dns.judgement.subject import CHECK_AGAIN, UNCHANGED, WAIT, Subject, Words
from webapp.dns.lookup.observation import Trouble
from webapp.dns.names import reserved


def zone_pending(about: Subject, _params: Params) -> Words:
    return Words(
        f"We are preparing the name servers for {about.shown}; they appear here in about a minute. "
        "Until then there is nothing to type anywhere.",
        WAIT,
    )


def unfinished(about: Subject, _params: Params) -> Words:
    what = f"The check of {about.shown} ran out of time before it had seen everything"
    return Words(f"{what} in {about.zone}. {UNCHANGED}", WAIT)


def _our_fault(about: Subject, _params: Params) -> Words:
    return Words(
        f"The problem is on our side: the check of {about.shown} broke off. {UNCHANGED} Our staff see it.",
        WAIT,
    )


def _resolver_silent(about: Subject, _params: Params) -> Words:
    return Words(
        f"The problem is on our side: our own resolver did not answer. We could not ask anybody about {about.shown}. "
        f"{UNCHANGED}",
        WAIT,
    )


def _parent_bogus(about: Subject, _params: Params) -> Words:
    return Words(
        f"DNSSEC of {about.zone} is broken: correct or delete its DS record at its registrar. "
        "Validating resolvers refuse every answer from that zone.",
        f"Make the DS record of {about.zone} at its registrar fit the keys of the zone, or delete it. {CHECK_AGAIN}",
    )


def _no_tcp(about: Subject, params: Params) -> Words:
    return Words(
        f"The name servers of {about.zone} answer over UDP but not over TCP. "
        f"Without TCP nobody can be sure of {about.records}.",
        f"Ask the provider of {about.zone} to open TCP port 53 on its name servers. {CHECK_AGAIN}",
        f"Not heard over TCP: {_silent(params)}.",
    )


def _parent_silent(about: Subject, params: Params) -> Words:
    answered, needed, silent = params["answered"], params["needed"], _silent(params)
    if answered:
        what = f"Only {number(answered)} of the name servers of {about.zone} answered; {number(needed)} must agree."
    else:
        why = "did not answer" if params["asked"] else "could not be asked"
        what = f"The name servers of {about.zone} {why} about {about.shown}."
    return Words(f"{what} {UNCHANGED}", WAIT, f"Not heard: {silent}." if silent else "")


def _unheard_for_long(about: Subject, params: Params) -> Words:
    """What only the owner of the zone can change: no waiting helps."""
    place = _where_it_is_delegated(about.asked_in)
    if params.get(GONE):
        return Words(
            f"{about.zone} is delegated nowhere any more; have it renewed, or delegated again {place}. {UNCHANGED}",
            f"Have {about.zone} delegated to the name servers of your DNS provider again, {place}. {CHECK_AGAIN}",
        )
    silent: Sequence[Mapping[str, Any]] = params["silent"]
    names, more = [one["server"] for one in silent], params.get("silent_more", 0)
    several = count_in(params, "silent") > 1
    if params["answered"] and several:
        first = f"{few(names, more)} do not answer for {about.zone}; repair or remove them."
    elif params["answered"]:
        does = _WHY_LONG.get(silent[0]["outcome"], "{server} does not answer for {zone}")
        what = does.format(server=names[0], zone=about.zone)
        first = f"{what}; have it repaired, or removed {place}."
    else:
        first = f"Repair {about.zone}: none of its name servers answers."
    if params["answered"]:
        step = (
            f"Have {listed(names, more)} repaired, or removed from the name servers of {about.zone} {place}."
        )
    else:
        step = f"Have {listed(names, more)} repaired, or give {about.zone} other name servers {place}."
    return Words(
        f"{first} {UNCHANGED}", f"{step} {CHECK_AGAIN}", f"Not heard for over an hour: {_silent(params)}."
    )


def _where_it_is_delegated(zone: str | None) -> str:
    if zone is None or reserved.registrable(zone) == zone:
        return "at the registrar"
    return f"in {letters(name_arithmetic.parent_of(zone) or zone)}"


def _parent_moving(about: Subject, params: Params) -> Words:
    if params["above"]:
        what = f"{about.zone} has other name servers now than our resolver still knows."
        more = f"Too few of the new ones answered: {listed_in(params, 'above')}."
    else:
        what = f"The zone above {about.zone} has no name servers for it any more."
        more = ""
    return Words(f"{what} {UNCHANGED}", WAIT, more)


def _copies_differ(about: Subject, params: Params) -> Words:
    return Words(
        f"The registry and the zone {about.zone} name different servers, whose copies differ. "
        f"{_both_sides(about, params)}",
        f"If you have changed providers lately, wait. If not: name {_one_set(about)} {CHECK_AGAIN}",
    )


def copies_differ_for_long(about: Subject, params: Params) -> Words:
    one_set = _one_set(about)
    return Words(
        f"Name {one_set} {_both_sides(about, params)}",
        f"Name {one_set} {CHECK_AGAIN}",
    )


def _one_set(about: Subject) -> str:
    return f"the same servers for {about.zone} at its registrar and in the zone itself."


def _both_sides(about: Subject, params: Params) -> str:
    return (
        f"The registry names {listed_in(params, 'above')}, the zone itself {listed_in(params, 'others')}. They say "
        f"different things of {about.records}."
    )


def _inside_view(about: Subject, params: Params) -> Words:
    resolvers = params["resolvers"]
    have, say = ("have", "say") if resolvers[1:] else ("has", "says")
    return Words(
        f"Our {_resolvers(params)} {have} an inside view of {about.zone}. "
        f"What {listed(resolvers)} {say} of that zone does not count here, for the "
        "Internet sees another.",
        WAIT,
    )


def _addresses_differ(about: Subject, params: Params) -> Words:
    names, more = [one["name"] for one in params["differ"]], params.get("differ_more", 0)
    said = " ".join(f"For {one['name']}: {_who_said_what(one['said'])}." for one in params["differ"])
    return Words(
        f"Our resolvers and the zones themselves disagree about {few(names, more)}. "
        f"So we cannot be sure to ask the name servers of {about.zone}. {UNCHANGED}",
        f"{WAIT} If these name servers have moved lately, former answers expire by themselves.",
        said,
    )


def _who_said_what(said: Sequence[Mapping[str, Any]]) -> str:
    each = [f"{one['by'] or 'its zone'} says {listed(one['values']) or 'that there is none'}" for one in said]
    return ", ".join(each)


def _put_off(about: Subject, params: Params) -> Words:
    return Words(
        f"We could not ask {few(params['servers'], params.get('servers_more', 0))} everything about {about.shown}. "
        f"Too many questions of ours still wait for an answer there. {UNCHANGED}",
        WAIT,
        f"Not asked everything: {listed_in(params, 'servers')}.",
    )


def _resolver_denies(about: Subject, params: Params) -> Words:
    until = about.old_answers_until
    when = f" That answer expires by {at_time(until)}." if until else ""
    find = "find" if params["resolvers"][1:] else "finds"
    return _not_settled(
        about, f"For now, our {_resolvers(params)} {find} no NS records for {about.shown}.{when}"
    )


def _resolver_unsettled(about: Subject, params: Params) -> Words:
    see = "they see" if params["resolvers"][1:] else "it sees"
    return _not_settled(about, f"We could not ask our {_resolvers(params)} whether {see} {about.shown}.")


def _not_settled(about: Subject, what: str) -> Words:
    return Words(
        f"{what} A new name is verified only when none of our resolvers denies it. {UNCHANGED}",
        WAIT,
        f"The name servers of {about.zone} list exactly our NS records.",
    )


def _resolvers(params: Params) -> str:
    resolvers = params["resolvers"]
    return f"{'resolvers' if resolvers[1:] else 'resolver'} {few(resolvers)}"


def _silent(params: Params) -> str:
    silent = [f"{one['server']} ({_why(one['outcome'])})" for one in params["silent"]]
    return listed(silent, params.get("silent_more", 0))


def _why(outcome: str) -> str:
    if outcome == NO_ADDRESS:
        return "no address that can be asked"
    if outcome == AT_TIMES:
        return "answers only at times"
    return "not authoritative for the zone" if Outcome(outcome).answered else outcome


#: What a single server does for good, by its outcome.
_WHY_LONG: Mapping[str, str] = {
    NO_ADDRESS: "{server}, listed for {zone}, has no address",
    AT_TIMES: "{server} answers only at times for {zone}",
    Outcome.REFUSED: "{server} refuses to answer for {zone}",
    Outcome.SERVFAIL: "{server} fails to answer for {zone}",
    **{one: "{server} does not know {zone}" for one in Outcome if one.answered},
}

BY_REASON: Mapping[str, Callable[[Subject, Params], Words]] = {
    UNFINISHED: unfinished,
    OUR_FAULT: _our_fault,
    Trouble.RESOLVER_SILENT.value: _resolver_silent,
    Trouble.PARENT_BOGUS.value: _parent_bogus,
    Trouble.NO_TCP.value: _no_tcp,
    PARENT_SILENT: _parent_silent,
    UNHEARD_FOR_LONG: _unheard_for_long,
    ADDRESSES_DIFFER: _addresses_differ,
    PUT_OFF: _put_off,
    RESOLVER_DENIES: _resolver_denies,
    RESOLVER_UNSETTLED: _resolver_unsettled,
    PARENT_MOVING: _parent_moving,
    COPIES_DIFFER: _copies_differ,
    INSIDE_VIEW: _inside_view,
}
