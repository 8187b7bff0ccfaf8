"""Sentences about what was seen of a name from outside, by the code of the outcome.

The parameters: `name`; `address`, the one that it is about; `addresses`, how many the name has, if several; `edge`,
whether the address is one of our edge's, where the settings name them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.messages.formatting import day, few, shown
from webapp.models import Message, ProbeOutcome
from webapp.models.outside import WhoActs

Params = Mapping[str, Any]
Say = Callable[[Params], str]


@dataclass(frozen=True)
class Explanation:
    """`headline`: a few words. `next_step`: what follows for whoever acts."""

    headline: str
    sentence: Say
    next_step: Say


_STAFF = "Nothing for you to do: our staff sees it, and we look again by ourselves."


def _at(params: Params) -> str:
    """Where it was seen, and where that is."""
    one_of = f", one of its {params['addresses']} addresses," if params.get("addresses") else ""
    strange = ", which is not an address of our edge," if params.get("edge") is False else ""
    return f"{params['address']}{strange or one_of}"


def _led(params: Params) -> str:
    """What its people do about an address that is not our edge's."""
    name = shown(params["name"])
    return (
        f"If your DNS provider has {params['address']} as an address of {name}, delete it there. Resolvers may "
        "remember it for hours; then look again."
    )


def _ours_or(step: Say) -> Say:
    """Our staff's turn while the address is our edge's."""
    return lambda params: _STAFF if acting(params, "you") == "we" else step(params)


def _theirs_or(text: str) -> Say:
    """Its people's turn when the address is known not to be our edge's."""
    return lambda params: _led(params) if params.get("edge") is False else text


def acting(params: Params, usually: WhoActs) -> WhoActs:
    """Who can change what was seen at this address."""
    if usually == "nobody" or "edge" not in params:
        return usually
    return "we" if params["edge"] else "you"


def _elsewhere(params: Params) -> str:
    server = f" ({params['server']})" if params.get("server") else ""
    return (
        f"The server{server} at {_at(params)} answers {shown(params['name'])} with status {params['status']}, and "
        "not as our edge does."
    )


def _proxied(params: Params) -> str:
    return f"{params['network']} answers in our place at {_at(params)}, and does not hand our answer on."


def _other(params: Params) -> str:
    names = few(params["names"]) or "another name"
    return f"The server at {_at(params)} shows the certificate of {names}, and browsers refuse it."


def _untrusted(params: Params) -> str:
    issuer = f" of {params['issuer']}" if params.get("issuer") else ""
    return f"Browsers do not trust the certificate{issuer} at {_at(params)}."


def _ended(params: Params) -> str:
    ends = f" It ends on {day(datetime.fromisoformat(params['ends']))}." if params.get("ends") else ""
    return f"The certificate at {_at(params)} is not valid today.{ends}"


def _away(params: Params) -> str:
    if not params.get("status"):
        return f"The server at {_at(params)} speaks TLS for {shown(params['name'])}, and answers nothing."
    return f"The server at {_at(params)} answers {params['status']}: what stands behind it is away."


def _live(params: Params) -> str:
    through = f" through {params['network']}" if params.get("network") else ""
    return f"Visitors of {shown(params['name'])} reach our edge{through}, with a certificate that browsers trust."


def _soon(params: Params) -> str:
    ends = day(datetime.fromisoformat(params["ends"]))
    return f"Visitors of {shown(params['name'])} reach our edge, and its certificate ends on {ends}."


def _always(text: str) -> Say:
    return lambda _: text


EXPLANATIONS: dict[ProbeOutcome, Explanation] = {
    ProbeOutcome.LIVE: Explanation("Live", _live, _always("")),
    ProbeOutcome.CERTIFICATE_SOON: Explanation(
        "Live, certificate ends soon",
        _soon,
        _always("Nothing for you to do, if we get the certificate: it should be renewed by then."),
    ),
    ProbeOutcome.UNRESOLVED: Explanation(
        "No address",
        lambda params: f"Our resolver finds no address for {shown(params['name'])}.",
        _always(
            "Nothing for you to do: resolvers may remember for hours that there was none. We look again."
        ),
    ),
    ProbeOutcome.NOT_ASKED: Explanation(
        "Not seen yet",
        lambda params: f"We could not look at {shown(params['name'])} from outside.",
        _always("Nothing for you to do: we look again by ourselves."),
    ),
    ProbeOutcome.REFUSED_ADDRESS: Explanation(
        "Not a public address",
        lambda params: f"{shown(params['name'])} leads to {params['address']}, which no visitor can reach.",
        _led,
    ),
    ProbeOutcome.POINTS_ELSEWHERE: Explanation("Leads elsewhere", _elsewhere, _ours_or(_led)),
    ProbeOutcome.PROXIED: Explanation(
        "Behind a proxy",
        _proxied,
        lambda params: (
            f"Switch the proxy of {params['network']} off for {shown(params['name'])}, so that DNS alone leads to "
            "us; then look again."
        ),
    ),
    ProbeOutcome.REFUSED_PORT: Explanation(
        "Port closed",
        lambda params: f"{_at(params)} refuses connections for HTTPS.",
        _theirs_or(_STAFF),
    ),
    ProbeOutcome.SILENT_PORT: Explanation(
        "No answer",
        lambda params: f"{_at(params)} does not answer within five seconds.",
        _theirs_or(_STAFF),
    ),
    ProbeOutcome.TLS_BROKEN: Explanation(
        "No certificate yet",
        lambda params: f"The server at {_at(params)} breaks off TLS for {shown(params['name'])}.",
        _theirs_or("Nothing for you to do: a certificate usually comes within minutes, and we look again."),
    ),
    ProbeOutcome.CERTIFICATE_OTHER: Explanation("Certificate of another name", _other, _theirs_or(_STAFF)),
    ProbeOutcome.CERTIFICATE_UNTRUSTED: Explanation(
        "Certificate not trusted", _untrusted, _theirs_or(_STAFF)
    ),
    ProbeOutcome.CERTIFICATE_ENDED: Explanation("Certificate not valid", _ended, _theirs_or(_STAFF)),
    ProbeOutcome.REDIRECTED: Explanation(
        "Redirected",
        lambda params: f"The server at {_at(params)} sends visitors to {params['location']}.",
        _ours_or(lambda params: f"Switch the redirect off. {_led(params)}"),
    ),
    ProbeOutcome.REDIRECT_LOOP: Explanation(
        "Redirect loop",
        lambda params: f"The server at {_at(params)} sends visitors back to the address they come from.",
        _ours_or(lambda params: f"Switch the redirect off. {_led(params)}"),
    ),
    ProbeOutcome.EDGE_AWAY: Explanation("Our edge is away", _away, _theirs_or(_STAFF)),
    ProbeOutcome.NOT_SERVED: Explanation(
        "Not connected at our edge",
        lambda params: f"Our edge at {params['address']} does not serve {shown(params['name'])} yet.",
        _theirs_or("Nothing for you to do: it learns of a change within seconds. We look again."),
    ),
}


def explanation_of(seen: Message | None) -> Explanation | None:
    """None for what is no outcome, such as the code of a newer release."""
    return EXPLANATIONS[ProbeOutcome(seen.code)] if seen and seen.code in set(ProbeOutcome) else None


def next_step(seen: Message) -> str:
    found = explanation_of(seen)
    return found.next_step(seen.params) if found else ""


def who_acts(seen: Message) -> WhoActs:
    return acting(seen.params, ProbeOutcome(seen.code).facts.who_acts)


SENTENCES: dict[str, str | Say] = {
    **{outcome.value: one.sentence for outcome, one in EXPLANATIONS.items()},
    "domain.live": "{name:shown} was seen to work from outside for the first time.",
    "domain.not-live": "{name:shown} has not worked from outside since {since:clock}. {seen:said}",
    "domain.live-again": "{name:shown} works from outside again. It had not since {since:clock}.",
    "domain.certificate-ends": (
        "The certificate of {name:shown} ends on {ends:day}, and was not renewed when we last looked."
    ),
    "notification.not-live": "{name:shown} has not worked from outside since {since:clock}. {seen:said}",
    "notification.live-again": "{name:shown} works from outside again. It had not since {since:clock}.",
    "notification.certificate-ends": (
        "The certificate of {name:shown} ends on {ends:day}, and was not renewed when we last looked."
    ),
}
