"""The sentences about a domain that is led to our name servers as a whole, at the registrar or in the zone above."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.dns.judgement.finding import (
    APEX_TOO,
    REMEMBERED,
    WHOLE_DOMAIN,
    WHOLE_DOMAIN_TOO,
    WRONG_LEVEL,
    Params,
)
from webapp.dns.judgement.phrases import at_time, letters, listed_in
from webapp.dns.judgement.subject import CHECK_AGAIN, WAIT, Subject, Words

#: Where people find name servers that no check has seen.
_LOOK_THEM_UP = "Your former DNS provider lists them"


def _whole_domain(about: Subject, params: Params) -> Words:
    alone = (
        f"Our name servers hold {about.shown} alone and answer for nothing else in {letters(params['zone'])}."
    )
    return Words(f"{_danger(params)} {alone}", f"{_steps(about, params)} {CHECK_AGAIN}")


def _whole_domain_too(about: Subject, params: Params) -> Words:
    """Beside a verdict about the name the message stands alone, so that it says what to do as well."""
    if not params["others"]:
        return _whole_domain(about, params)
    return Words(f"{_danger(params)} {_steps(about, params)}", f"{_steps(about, params)} {CHECK_AGAIN}")


def _danger(params: Params) -> str:
    """What happens to the domain, and why."""
    zone = letters(params["zone"])
    if not params["registrar"]:
        return f"{_headline(zone, params)}: the zone {letters(params['by'])} delegates it to us."
    if params["others"]:
        return f"Some visitors and mail of {zone} get lost: its registrar names our name servers too."
    return f"{_headline(zone, params)}: its registrar names our name servers."


def _steps(about: Subject, params: Params) -> str:
    if params["others"]:
        return _put_back(params)
    zone = params["zone"]
    below = f"Ours belong only into NS records named {about.quoted(about.host, zone)} in {letters(zone)}."
    return f"{_put_back(params)} {below}"


def _put_back(params: Params) -> str:
    """The one thing to do first, with the name servers that belong there."""
    where = _where(params)
    if params["others"]:
        step = f"{where}, remove {listed_in(params, 'ours')} and leave {listed_in(params, 'others')}."
        lost = [name for name in params["former"] if name not in params["others"]]
        return f"{step} {', '.join(lost)} stood there before and may be missing." if lost else step
    if params["former"]:
        return f"{where}, put the former name servers back: {listed_in(params, 'former')}."
    return f"{where}, put the former name servers back. {_LOOK_THEM_UP}."


def _where(params: Params) -> str:
    zone, by = letters(params["zone"]), letters(params["by"])
    return f"At the registrar of {zone}" if params["registrar"] else f"In the zone {by}"


def _wrong_level(about: Subject, params: Params) -> Words:
    zone, by = params["zone"], params["by"]
    wrong, right = about.quoted(zone, by), about.quoted(about.host, by)
    return Words(
        f"In {letters(by)}, name the NS records {right}, not {wrong}. "
        f"Our name servers stand at {letters(zone)}, too high for {about.shown}.",
        f"In the zone {letters(by)}, delete the NS records named {wrong} and add {about.all_servers} as NS records "
        f"named {right}. {CHECK_AGAIN}",
    )


def _apex_too(about: Subject, params: Params) -> Words:
    zone = params["zone"]
    return Words(
        f"In the zone {letters(zone)}, delete our name servers from the NS records named “@”. "
        f"Part of the visitors of all of {letters(zone)} get lost there; leave those named {about.name}.",
        f"Delete our name servers from the NS records named “@” in the zone {letters(zone)}. {CHECK_AGAIN}",
    )


def _remembered(_about: Subject, params: Params) -> Words:
    zone, until = letters(params["zone"]), at_time(datetime.fromisoformat(params["until"]))
    return Words(
        f"Resolvers may still look for {zone} at our name servers. They forget them by {until}.",
        WAIT,
    )


@dataclass(frozen=True)
class AlarmWords(Words):
    """What to tell of a stored alarm, with a headline. `put_back`: what to do at the registrar alone."""

    headline: str = ""
    put_back: str = ""


def alarm_words(host: str, found: Mapping[str, Any]) -> AlarmWords:
    """`found`: a finding that alarms, as data. The headline says what is down, so that the message only says why."""
    params, about = found["params"], Subject(host, None, None, (), (), None)
    zone, others = letters(params["zone"]), params["others"]
    who = (
        f"The registrar of {zone} names"
        if params["registrar"]
        else f"The zone {letters(params['by'])} delegates {zone} to"
    )
    which = f"{'some of ' if others and params['registrar'] else ''}our name servers"
    message = f"{who} {which}. They hold {about.shown} alone and answer for nothing else in {zone}."
    return AlarmWords(
        message=message,
        next_step=BY_REASON[found["reason"]](about, params).next_step,
        headline=_headline(zone, params),
        put_back=_put_back(params),
    )


def _headline(zone: str, params: Params) -> str:
    """What happens to the domain. Caches that know the former name servers keep it up for a while."""
    if not params["registrar"]:
        return f"Everything below {zone} is in danger"
    how = "are partly down" if params["others"] else "go down soon" if params["remembered"] else "are down"
    return f"Site and mail of {zone} {how}"


BY_REASON: Mapping[str, Callable[[Subject, Params], Words]] = {
    WHOLE_DOMAIN: _whole_domain,
    WHOLE_DOMAIN_TOO: _whole_domain_too,
    WRONG_LEVEL: _wrong_level,
    APEX_TOO: _apex_too,
    REMEMBERED: _remembered,
}
