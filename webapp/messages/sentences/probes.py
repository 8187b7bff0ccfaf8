"""Sentences about what was seen of a name from outside, by the code of the outcome.

The parameters: `name`; `address`, the one that it is about; `addresses`, how many the name has, if several; `edge`,
whether the address is one of our edge's, where we know them; `delegated`, where the name's zone is ours; `status`, of
the answer in HTTP, if there was one.
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


_STAFF = "Nothing for you to do: our staff sees it, and we check again by ourselves."
_WAIT = (
    "Nothing for you to do: some name servers remember the old address of a name for hours. We check again by "
    "ourselves."
)


def _where(params: Params) -> str:
    """A sentence about the address that was visited."""
    parts = []
    if params.get("addresses"):
        parts.append(f"one of {params['addresses']} that the name has")
    if params.get("edge") is False:
        parts.append("and not one of ours" if parts else "which is not one of ours")
    return " ".join((f"Its address is {params['address']}{',' if parts else ''}", *parts)) + "."


def _led(params: Params) -> str:
    """What its people do about an address that is not our edge's."""
    name = shown(params["name"])
    return (
        f"If your DNS provider has {params['address']} as an address of {name}, delete it there. Name servers may "
        "remember it for some hours; press Check now after that."
    )


def _ours_or(step: Say) -> Say:
    """Our staff's turn while the address is our edge's, and nobody's while others remember an old one."""

    def say(params: Params) -> str:
        if acting(params, "you") == "you":
            return step(params)
        return _WAIT if params.get("edge") is False else _STAFF

    return say


def _theirs_or(text: str) -> Say:
    """Its people's turn when the address is known not to be our edge's."""
    return lambda params: _ours_or(_led)(params) if params.get("edge") is False else text


def acting(params: Params, usually: WhoActs) -> WhoActs:
    """Who can change what was seen at this address. In a zone of ours its people can change nothing."""
    if usually == "nobody":
        return usually
    if params.get("delegated"):
        return "we"
    if "edge" not in params:
        return usually
    return "we" if params["edge"] else "you"


def _elsewhere(params: Params) -> str:
    server = f" and calls itself {params['server']}" if params.get("server") else ""
    return (
        f"Another server answers for {shown(params['name'])}, not ours. {_where(params)} It answers with status "
        f"{params['status']}{server}."
    )


def _proxied(params: Params) -> str:
    network = params["network"]
    return f"{network} stands before {shown(params['name'])}, and visitors do not get through to us. {_where(params)}"


def _other(params: Params) -> str:
    names = few(params["names"]) or "another name"
    return (
        f"Browsers warn visitors of {shown(params['name'])}: the certificate is for another name. It is for {names}. "
        f"{_where(params)}"
    )


def _untrusted(params: Params) -> str:
    issuer = f" It was issued by {params['issuer']}." if params.get("issuer") else ""
    return f"Browsers do not trust the certificate of {shown(params['name'])}.{issuer} {_where(params)}"


def _ended(params: Params) -> str:
    ends = f" Its last day is {day(datetime.fromisoformat(params['ends']))}." if params.get("ends") else ""
    return f"The certificate of {shown(params['name'])} is not valid today.{ends} {_where(params)}"


def _away(params: Params) -> str:
    name = shown(params["name"])
    if not params.get("status"):
        return f"The server of {name} takes the connection, and answers nothing. {_where(params)}"
    return (
        f"The server of {name} answers that its service is away (status {params['status']}). {_where(params)}"
    )


def _live(params: Params) -> str:
    through = f" through {params['network']}" if params.get("network") else ""
    return f"Visitors of {shown(params['name'])} reach us{through}, and browsers trust the certificate."


def _soon(params: Params) -> str:
    ends = day(datetime.fromisoformat(params["ends"]))
    return f"Visitors of {shown(params['name'])} reach us. Its certificate ends on {ends}."


def _of_server(text: str) -> Say:
    return lambda params: f"The server of {shown(params['name'])} {text} {_where(params)}"


def _redirected(params: Params) -> str:
    name, to = shown(params["name"]), params["location"]
    return f"The server of {name} sends visitors on to another address. That is {to}. {_where(params)}"


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
        lambda params: f"We find no address for {shown(params['name'])} in DNS.",
        _always(
            "Nothing for you to do: some name servers remember for hours that there was none. We check again by "
            "ourselves."
        ),
    ),
    ProbeOutcome.NOT_ASKED: Explanation(
        "Not seen yet",
        lambda params: f"We could not check {shown(params['name'])} from outside.",
        _always("Nothing for you to do: we check again by ourselves."),
    ),
    ProbeOutcome.REFUSED_ADDRESS: Explanation(
        "Not a public address",
        lambda params: (
            f"{shown(params['name'])} leads to {params['address']}, which is no address on the Internet."
        ),
        _ours_or(_led),
    ),
    ProbeOutcome.POINTS_ELSEWHERE: Explanation("Leads elsewhere", _elsewhere, _ours_or(_led)),
    ProbeOutcome.PROXIED: Explanation(
        "Behind a proxy",
        _proxied,
        _ours_or(
            lambda params: (
                f"At {params['network']}, switch its proxy off for {shown(params['name'])}, so that DNS alone leads "
                "to us. Then press Check now."
            )
        ),
    ),
    ProbeOutcome.REFUSED_PORT: Explanation(
        "Port closed", _of_server("refuses secure connections (HTTPS)."), _theirs_or(_STAFF)
    ),
    ProbeOutcome.SILENT_PORT: Explanation(
        "No answer", _of_server("does not answer within five seconds."), _theirs_or(_STAFF)
    ),
    ProbeOutcome.TLS_BROKEN: Explanation(
        "No certificate yet",
        _of_server("opens no secure connection (TLS)."),
        _theirs_or("Nothing for you to do: a certificate usually comes within minutes, and we check again."),
    ),
    ProbeOutcome.CERTIFICATE_OTHER: Explanation("Certificate of another name", _other, _theirs_or(_STAFF)),
    ProbeOutcome.CERTIFICATE_UNTRUSTED: Explanation(
        "Certificate not trusted", _untrusted, _theirs_or(_STAFF)
    ),
    ProbeOutcome.CERTIFICATE_ENDED: Explanation("Certificate not valid", _ended, _theirs_or(_STAFF)),
    ProbeOutcome.REDIRECTED: Explanation(
        "Redirected",
        _redirected,
        _ours_or(lambda params: f"If this redirect is yours, switch it off. {_led(params)}"),
    ),
    ProbeOutcome.REDIRECT_LOOP: Explanation(
        "Redirect loop",
        _of_server("sends visitors back to where they came from."),
        _ours_or(lambda params: f"If this redirect is yours, switch it off. {_led(params)}"),
    ),
    ProbeOutcome.EDGE_AWAY: Explanation("Service away", _away, _theirs_or(_STAFF)),
    ProbeOutcome.NOT_SERVED: Explanation(
        "Not connected yet",
        lambda params: (
            f"{shown(params['name'])} reaches us, and we do not serve it there yet. {_where(params)}"
        ),
        _theirs_or("Nothing for you to do: our servers learn of a change within seconds. We check again."),
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


#: Of an event and of its notification alike.
_TOLD = {
    "not-live": "{name:shown} has not worked from outside since {since:clock}. {seen:said}",
    "live-again": "{name:shown} works from outside again. It had not since {since:clock}.",
    "certificate-ends": (
        "The certificate of {name:shown} ends on {ends:day}, and was not renewed at our last check."
    ),
}
SENTENCES: dict[str, str | Say] = {
    **{outcome.value: one.sentence for outcome, one in EXPLANATIONS.items()},
    "domain.live": "{name:shown} was seen to work from outside for the first time.",
    **{f"{of}.{code}": told for of in ("domain", "notification") for code, told in _TOLD.items()},
}
