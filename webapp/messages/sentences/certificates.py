"""Sentences about certificates, by code: why there is none, what to do and who does it, and what happened.

`EXPLANATIONS` are the problems that the name's people are told of. Every other code in `Certificate.problem` is
trouble between us and AWS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from webapp.dns.caa import CaaObstacle
from webapp.messages.formatting import day, shown
from webapp.messages.formatting.templates import Template
from webapp.models import Message

Params = Mapping[str, Any]
Sentence = str | Callable[[Params], str]
WhoActs = Literal["you", "we", "nobody"]


class Problem(StrEnum):
    """Why there is no certificate, or no renewal. The values are stable ids, which rows store."""

    CAA_CRITICAL = CaaObstacle.CRITICAL.value
    CAA_RESTRICTED = CaaObstacle.RESTRICTED.value
    TOO_LONG = "certificate.too-long"
    UNDERSCORE = "certificate.underscore"
    REFUSED = "certificate.refused"
    GONE = "certificate.gone"
    CAA_ERROR = "certificate.caa-error"
    CAA_ERROR_UNKNOWN = "certificate.caa-error-unknown"
    TIMED_OUT = "certificate.validation-timed-out"
    BY_HAND = "certificate.verification-by-hand"
    NOT_ALLOWED = "certificate.not-allowed"
    DENIED = "certificate.validation-denied"
    NOT_PUBLIC = "certificate.not-public"
    NO_REASON = "certificate.no-reason"
    OTHER_REASON = "certificate.other-reason"
    EXPIRED = "certificate.expired"
    REVOKED = "certificate.revoked"
    INACTIVE = "certificate.inactive"
    RENEWAL_FORBIDDEN = "certificate.renewal-forbidden"
    RENEWAL_UNUSED = "certificate.renewal-unused"
    RENEWAL_LATE = "certificate.renewal-late"
    RECORD_MISSING = "certificate.record-missing"
    #: Sentences of releases that stored no codes, by who acts.
    LEGACY_YOU = "legacy.you"
    LEGACY_NOBODY = "legacy.nobody"


class AwsTrouble(StrEnum):
    """What AWS failed to do with one certificate. The reason lies in this certificate, so that others go on."""

    STILL_ATTACHED = "certificate.still-attached"
    NOT_OURS = "certificate.not-ours"


class Happened(StrEnum):
    """Events of certificates in the history. `failed`, `not-renewed`, `record-awaited` and `ended` have a parameter
    `problem`.
    """

    REQUESTED = "certificate.requested"
    NO_RECORD_YET = "certificate.no-record-yet"
    RECORD_AWAITED = "certificate.record-awaited"
    ISSUED = "certificate.issued"
    RENEWED = "certificate.renewed"
    NOT_RENEWED = "certificate.not-renewed"
    FAILED = "certificate.failed"
    ENDED = "certificate.ended"
    NOT_TRIED_AGAIN = "certificate.not-tried-again"
    TROUBLE = "certificate.trouble"
    DELETED = "certificate.deleted"
    RETRIED = "certificate.retried"


@dataclass(frozen=True)
class Explanation:
    """How a problem is explained to people.

    `final`: ACM will give the same answer every time, so that a new request only uses up the yearly quota.
    """

    sentence: Sentence
    next_step: Sentence
    who_acts: WhoActs
    final: bool = False


_WE_ASK_AGAIN = "Nothing for you to do: we ask Amazon again."
_CONTACT = "Contact {contact}; we take it up with Amazon."


def _restricted(params: Params) -> str:
    who = f"only {', '.join(params['allows'])}" if params["allows"] else "no certificate authority"
    return f"The CAA record at {params['where']} allows {who}; add {params['authority']}."


def _renewal_forbidden(params: Params) -> str:
    caa = nested(params["caa"])
    why = _said(EXPLANATIONS[caa.code].sentence, caa.params)
    return f"The certificate for {shown(params['name'])} cannot be renewed. {why}{_works_until(params)}"


def _renewal_late(params: Params) -> str:
    cause = f" ({params['why']})" if params["why"] else ""
    return (
        f"The certificate for {shown(params['name'])} has not been renewed yet{cause}.{_works_until(params)}"
    )


def _works_until(params: Params) -> str:
    return f" It works until {day(datetime.fromisoformat(params['until']))}." if params["until"] else ""


def _caa_step(params: Params) -> str:
    """What to do about the CAA record that forbids a renewal."""
    caa = nested(params["caa"])
    return _said(EXPLANATIONS[caa.code].next_step, caa.params)


EXPLANATIONS: dict[str, Explanation] = {
    Problem.CAA_CRITICAL: Explanation(
        "The CAA record at {where} has the critical property “{tag}”, which no certificate authority may pass over.",
        "Take the critical flag (128) off the CAA record “{tag}” at {where}.",
        "you",
    ),
    Problem.CAA_RESTRICTED: Explanation(
        _restricted, "Add a CAA record at {where} with the value {add}.", "you"
    ),
    Problem.TOO_LONG: Explanation(
        "{name:shown} has {length} characters, and Amazon issues certificates for names of up to {most} only.",
        "Register a shorter name.",
        "you",
        final=True,
    ),
    Problem.UNDERSCORE: Explanation(
        "{name:shown} contains an underscore, and no certificate authority issues for such a name.",
        "Register {instead} instead.",
        "you",
        final=True,
    ),
    Problem.REFUSED: Explanation(
        "Amazon does not accept a request for {name:shown}: {said}", "Contact {contact}.", "we", final=True
    ),
    Problem.GONE: Explanation(
        "The certificate for {name:shown} was deleted at Amazon, and not by us.", _WE_ASK_AGAIN, "nobody"
    ),
    Problem.CAA_ERROR: Explanation(
        "Amazon found a CAA record that forbids a certificate for {name:shown}. We see none that does so now.",
        _WE_ASK_AGAIN,
        "nobody",
    ),
    Problem.CAA_ERROR_UNKNOWN: Explanation(
        "Amazon found a CAA record that forbids a certificate for {name:shown}. We could not ask for the CAA records "
        "at {where} ({outcome}), and no certificate authority issues before it could.",
        _WE_ASK_AGAIN,
        "nobody",
    ),
    Problem.TIMED_OUT: Explanation(
        "Amazon did not find our validation record for {name:shown} within 72 hours.", _WE_ASK_AGAIN, "nobody"
    ),
    Problem.BY_HAND: Explanation(
        "Amazon wants to look at {name:shown} by hand before it issues a certificate.",
        _CONTACT,
        "we",
        final=True,
    ),
    Problem.NOT_ALLOWED: Explanation(
        "Amazon issues no certificate for {name:shown}: the name was reported as unsafe.",
        "If it is safe, have it taken off the lists of unsafe names, then contact {contact}.",
        "you",
        final=True,
    ),
    Problem.DENIED: Explanation(
        "Amazon did not accept that {name:shown} is ours to validate.", _CONTACT, "we", final=True
    ),
    Problem.NOT_PUBLIC: Explanation(
        "Amazon does not take {name:shown} for a name of the public DNS.",
        "Register a name below a public suffix.",
        "you",
        final=True,
    ),
    Problem.NO_REASON: Explanation(
        "Amazon could not issue the certificate for {name:shown} and gives no reason.",
        _WE_ASK_AGAIN,
        "nobody",
    ),
    Problem.OTHER_REASON: Explanation(
        "Amazon could not issue the certificate for {name:shown} ({reason}).", _WE_ASK_AGAIN, "nobody"
    ),
    Problem.EXPIRED: Explanation(
        "The certificate for {name:shown} ran out before it was renewed.", _WE_ASK_AGAIN, "nobody"
    ),
    Problem.REVOKED: Explanation("The certificate for {name:shown} was revoked.", _WE_ASK_AGAIN, "nobody"),
    Problem.INACTIVE: Explanation(
        "The certificate for {name:shown} is not in use any more at Amazon.", _WE_ASK_AGAIN, "nobody"
    ),
    Problem.RENEWAL_FORBIDDEN: Explanation(_renewal_forbidden, _caa_step, "you"),
    Problem.RENEWAL_UNUSED: Explanation(
        _renewal_late, "Attach it to the edge: Amazon renews only what is in use.", "we"
    ),
    Problem.RENEWAL_LATE: Explanation(
        _renewal_late, "We are looking into it; leave your records in place.", "we"
    ),
    Problem.RECORD_MISSING: Explanation(
        "Amazon does not find the CNAME record that the certificate for {name:shown} needs.",
        "Add a CNAME record {record} with the value {value} at your DNS provider, and leave it there.",
        "you",
    ),
    Problem.LEGACY_YOU: Explanation("{sentence}", "{next_step}", "you"),
    Problem.LEGACY_NOBODY: Explanation("{sentence}", "{next_step}", "nobody"),
}

#: Problems that only the owner of the name can fix.
YOURS = frozenset(str(code) for code, one in EXPLANATIONS.items() if one.who_acts == "you")


def explanation_of(problem: Message | None) -> Explanation | None:
    """The explanation of a problem. None without a problem, and for trouble between us and AWS."""
    return EXPLANATIONS.get(problem.code) if problem is not None else None


def next_step(problem: Message, contact: str = "us") -> str:
    """What to do about a problem. Raises KeyError for trouble between us and AWS, which has no explanation.

    `contact`: whom to write to. Events of earlier releases do not tell, and say “us”.
    """
    return _said(EXPLANATIONS[problem.code].next_step, {**problem.params, "contact": contact})


def nested(value: Params) -> Message:
    """The message in a parameter of another message: `{"code": …, "params": …}`."""
    return Message(value["code"], value["params"])


_TEMPLATE = Template()


def _said(sentence: Sentence, params: Params) -> str:
    return sentence(params) if callable(sentence) else _TEMPLATE.fill(sentence, params)


def explained(params: Params) -> str:
    """The sentence and the next step of the problem in the parameter `problem` of an event or a notification."""
    problem, contact = nested(params["problem"]), params.get("contact", "us")
    return f"{_said(EXPLANATIONS[problem.code].sentence, problem.params)} {next_step(problem, contact)}"


def _issued(params: Params) -> str:
    return f"The certificate for {shown(params['name'])} was issued. {_valid(params)} and renews by itself."


def _renewed(params: Params) -> str:
    return f"The certificate for {shown(params['name'])} was renewed. {_valid(params)}."


def _valid(params: Params) -> str:
    until = params["until"]
    return f"It is valid until {day(datetime.fromisoformat(until))}" if until else "It is valid"


SENTENCES: dict[str, Sentence] = {
    **{code: explanation.sentence for code, explanation in EXPLANATIONS.items()},
    AwsTrouble.STILL_ATTACHED: "The certificate is still attached to something at AWS. Detach it there. ({said})",
    AwsTrouble.NOT_OURS: "{said}",
    Happened.REQUESTED: "We asked Amazon for a certificate for {name:shown}.",
    Happened.NO_RECORD_YET: "Amazon has not told us yet which record is to prove the name. We keep asking.",
    Happened.RECORD_AWAITED: explained,
    Happened.ISSUED: _issued,
    Happened.RENEWED: _renewed,
    Happened.NOT_RENEWED: explained,
    Happened.FAILED: explained,
    Happened.ENDED: "{problem:said}",
    Happened.NOT_TRIED_AGAIN: "We do not ask for a certificate for {name:shown} again before staff have checked it.",
    Happened.TROUBLE: "There was trouble on our side with the certificate for {name:shown}: {problem:said}",
    Happened.DELETED: "The certificate for {name:shown} was deleted.",
    Happened.RETRIED: "Another try at the certificate for {name:shown} was requested.",
}
