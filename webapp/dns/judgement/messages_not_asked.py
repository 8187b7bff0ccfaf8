"""The sentences of reports that say nothing about the records, because they could not be asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from webapp.dns.answers import Outcome
from webapp.dns.judgement.finding import (
    ADDRESSES_DIFFER,
    COPIES_DIFFER,
    INSIDE_VIEW,
    OUR_FAULT,
    PUT_OFF,
    RESOLVER_DENIES,
    RESOLVER_UNSETTLED,
    Params,
)
from webapp.dns.judgement.phrases import at_time, listed, listed_in, number
from webapp.dns.judgement.subject import CHECK_AGAIN, WAIT, Subject, Words
from webapp.dns.lookup.observation import Trouble


def zone_pending(about: Subject, _params: Params) -> Words:
    return Words(
        f"We are preparing the name servers for {about.host}; they appear here in about a minute, "
        "and until then there is nothing to type anywhere.",
        WAIT,
    )


def unfinished(about: Subject, _params: Params) -> Words:
    return Words(
        f"The check of {about.host} ran out of time before it had seen everything in {about.zone}; your status "
        "is unchanged and we try again.",
        WAIT,
    )


def _our_fault(about: Subject, _params: Params) -> Words:
    return Words(
        f"The problem is on our side: the check of {about.host} broke off, so we learnt nothing new, and your "
        "status is unchanged. Our staff see it.",
        WAIT,
    )


def _resolver_silent(about: Subject, _params: Params) -> Words:
    return Words(
        f"The problem is on our side: our own resolver did not answer, so we could not ask anybody about "
        f"{about.host}, and your status is unchanged.",
        WAIT,
    )


def _parent_bogus(about: Subject, _params: Params) -> Words:
    return Words(
        f"DNSSEC of {about.zone} is broken: validating resolvers refuse every answer from that zone, so the "
        f"NS records {about.named} cannot be relied on until the DS record of {about.zone} at its registrar "
        "fits the keys of the zone, or is deleted.",
        f"Correct DNSSEC of {about.zone} at your DNS provider and registrar. {CHECK_AGAIN}",
    )


def _no_tcp(about: Subject, params: Params) -> Words:
    return Words(
        f"The name servers of {about.zone} answer over UDP but not over TCP, which we need to be sure of the "
        f"NS records {about.named}: ask the provider of {about.zone} to open TCP port 53. "
        f"Not heard over TCP: {_silent(params)}.",
        f"Ask the provider of {about.zone} to open TCP port 53 on its name servers. {CHECK_AGAIN}",
    )


def _parent_silent(about: Subject, params: Params) -> Words:
    if params["answered"]:
        message = (
            f"Only {number(params['answered'])} of the name servers of {about.zone} answered, and we need "
            f"{number(params['needed'])} that agree before we decide about the NS records "
            f"{about.named}; your status is unchanged and we try again."
        )
    else:
        why = "did not answer" if params["asked"] else "could not be asked"
        message = (
            f"The name servers of {about.zone} {why}, so we could "
            f"not see the NS records {about.named}; your status is unchanged and we try again."
        )
    silent = _silent(params)
    return Words(f"{message} Not heard: {silent}." if silent else message, WAIT)


def _parent_moving(about: Subject, params: Params) -> Words:
    if params["above"]:
        what = (
            f"{about.zone} has other name servers now than our resolver still knows, "
            f"{listed_in(params, 'above')}, and too few of them answered for that zone to tell about the NS records "
            f"{about.named}"
        )
    else:
        what = (
            f"Our resolver still knows {about.zone}, but the zone above has no name servers for it any more, so "
            f"the NS records {about.named} cannot be relied on"
        )
    return Words(f"{what}; your status is unchanged and we try again.", WAIT)


def _copies_differ(about: Subject, params: Params) -> Words:
    return Words(
        _both_sides(about, params),
        f"If you have changed providers lately, wait. If not: {_one_set(about)} {CHECK_AGAIN}",
    )


def copies_differ_for_long(about: Subject, params: Params) -> Words:
    one_set = _one_set(about)
    return Words(_both_sides(about, params), f"{one_set[0].upper()}{one_set[1:]} {CHECK_AGAIN}")


def _both_sides(about: Subject, params: Params) -> str:
    return (
        f"The registry and the zone {about.zone} name different servers, whose copies differ. The registry names "
        f"{listed_in(params, 'above')}, the zone itself {listed_in(params, 'others')}. They say different things "
        f"of the NS records {about.named}."
    )


def _one_set(about: Subject) -> str:
    return f"name the same servers for {about.zone} at its registrar and in its own NS records."


def _inside_view(about: Subject, params: Params) -> Words:
    return Words(
        f"Our resolver {listed(params['resolvers'])} has an inside view of {about.zone}. "
        "It does not see that zone as the Internet does, so its word does not count here.",
        WAIT,
    )


def _addresses_differ(about: Subject, params: Params) -> Words:
    which = listed([one["name"] for one in params["differ"]], params.get("differ_more", 0))
    said = " ".join(f"For {one['name']}: {_who_said_what(one['said'])}." for one in params["differ"])
    return Words(
        f"Our resolvers and the DNS zones themselves disagree about {which}, so we cannot be sure to ask "
        f"the name servers of {about.zone} about the NS records {about.named}; your status is unchanged and "
        f"we try again. {said}",
        f"{WAIT} If these name servers have moved lately, former answers expire by themselves.",
    )


def _who_said_what(said: Sequence[Mapping[str, Any]]) -> str:
    each = [f"{one['by'] or 'its zone'} says {listed(one['values']) or 'that there is none'}" for one in said]
    return ", ".join(each)


def _put_off(about: Subject, params: Params) -> Words:
    return Words(
        f"We could not ask {listed_in(params, 'servers')} everything about {about.host}, because too many "
        f"questions of ours to the name servers of {about.zone} still wait for an answer; your status is unchanged "
        "and we try again.",
        WAIT,
    )


def _resolver_denies(about: Subject, params: Params) -> Words:
    until = about.old_answers_until
    when = f" That answer expires by {at_time(until)}." if until else ""
    return Words(
        f"The name servers of {about.zone} list exactly our NS records {about.named}, but our resolver "
        f"{listed(params['resolvers'])} finds no NS records for {about.host}, and we verify a new name only when "
        f"none of our resolvers denies them; your status is unchanged and we try again.{when}",
        WAIT,
    )


def _resolver_unsettled(about: Subject, params: Params) -> Words:
    return Words(
        f"The name servers of {about.zone} list exactly our NS records {about.named}, but we could not ask our "
        f"resolver {listed(params['resolvers'])} whether it sees them, and we verify a new name only when none of "
        "our resolvers denies them; your status is unchanged and we try again.",
        WAIT,
    )


def _silent(params: Params) -> str:
    silent = [f"{one['server']} ({_why(one['outcome'])})" for one in params["silent"]]
    return listed(silent, params.get("silent_more", 0))


def _why(outcome: str) -> str:
    return "not authoritative for the zone" if Outcome(outcome).answered else outcome


BY_REASON: Mapping[str, Callable[[Subject, Params], Words]] = {
    "unfinished": unfinished,
    OUR_FAULT: _our_fault,
    Trouble.RESOLVER_SILENT.value: _resolver_silent,
    Trouble.PARENT_BOGUS.value: _parent_bogus,
    Trouble.NO_TCP.value: _no_tcp,
    "parent-silent": _parent_silent,
    ADDRESSES_DIFFER: _addresses_differ,
    PUT_OFF: _put_off,
    RESOLVER_DENIES: _resolver_denies,
    RESOLVER_UNSETTLED: _resolver_unsettled,
    "parent-moving": _parent_moving,
    COPIES_DIFFER: _copies_differ,
    INSIDE_VIEW: _inside_view,
}
