"""What is said about certificates: why there is none, who can do something about it, and what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from webapp.aws.acm.port import LONGEST_HOST
from webapp.dns.caa import CaaJudgement, CaaVerdict

BLOCKED = "CAA_BLOCKS"
TOO_LONG = "HOST_TOO_LONG"
UNDERSCORE = "UNDERSCORE"
GONE = "GONE"
TIMED_OUT = "VALIDATION_TIMED_OUT"

#: ACM will say the same every time: asking again only burns the yearly quota.
FINAL = frozenset(
    {
        TOO_LONG,
        UNDERSCORE,
        "ADDITIONAL_VERIFICATION_REQUIRED",
        "DOMAIN_NOT_ALLOWED",
        "DOMAIN_VALIDATION_DENIED",
        "INVALID_PUBLIC_DOMAIN",
    }
)


#: What only the owner of the name can mend.
YOURS = frozenset({BLOCKED, TOO_LONG, UNDERSCORE, "DOMAIN_NOT_ALLOWED", "INVALID_PUBLIC_DOMAIN"})

WhoActs = Literal["you", "we", "nobody"]


@dataclass(frozen=True)
class Explanation:
    """`reason` is the stable word, `sentence` and `next_step` are for people."""

    reason: str
    sentence: str
    next_step: str

    @property
    def who_acts(self) -> WhoActs:
        return acting(self.reason, self.next_step)

    @property
    def words(self) -> str:
        return f"{self.sentence} {self.next_step}"


def acting(reason: str | None, next_step: str | None) -> WhoActs:
    """Who has to do what `next_step` says."""
    if reason in YOURS or CAA_STEP in (next_step or ""):
        return "you"
    return "nobody" if next_step == _WE_ASK_AGAIN else "we"


#: In every next step that `webapp.dns.caa` knows.
CAA_STEP = "CAA record"
_WE_ASK_AGAIN = "Nothing for you to do: we ask Amazon again."
_CONTACT = "Contact us; we take it up with Amazon."


def unsuitable(host: str) -> Explanation | None:
    """Why no authority can ever issue for this name, which needs no question to anybody."""
    if len(host) > LONGEST_HOST:
        sentence = (
            f"{host} has {len(host)} characters, and Amazon issues certificates for names of up to "
            f"{LONGEST_HOST} only."
        )
        return Explanation(TOO_LONG, sentence, "Register a shorter name.")
    if "_" in host:
        sentence = f"{host} contains an underscore, and no certificate authority issues for such a name."
        return Explanation(UNDERSCORE, sentence, f"Register {host.replace('_', '-')} instead.")
    return None


def blocked(judgement: CaaJudgement) -> Explanation:
    """Row 17 of the verdict table."""
    return Explanation(BLOCKED, judgement.message, judgement.next_step)


def refused(host: str, code: str, text: str) -> Explanation:
    """ACM would not even take the request."""
    return Explanation(code[:64], f"Amazon does not accept a request for {host}: {text}", "Contact us.")


def vanished(host: str) -> Explanation:
    sentence = f"The certificate for {host} was deleted at Amazon, and not by us."
    return Explanation(GONE, sentence, _WE_ASK_AGAIN)


def failed(host: str, reason: str, caa: CaaJudgement | None) -> Explanation:
    """Why ACM gave a certificate up: its FailureReason, or its status where that says it all.

    Whatever ACM says, a CAA record that forbids the certificate today is what has to be mended first.
    """
    if caa is not None and caa.verdict is CaaVerdict.BLOCKED:
        return Explanation(reason, caa.message, caa.next_step)
    if reason == "CAA_ERROR":
        seen = caa.message if caa is not None and caa.message else "We see none that does so now."
        sentence = f"Amazon found a CAA record that forbids a certificate for {host}. {seen}"
        return Explanation(reason, sentence, _WE_ASK_AGAIN)
    sentence, step = _REASONS.get(
        reason, ("Amazon could not issue the certificate for {host} ({reason}).", _WE_ASK_AGAIN)
    )
    return Explanation(reason, sentence.format(host=host, reason=reason), step)


_REASONS: dict[str, tuple[str, str]] = {
    TIMED_OUT: (
        "Amazon did not find our validation record for {host} within 72 hours.",
        _WE_ASK_AGAIN,
    ),
    "ADDITIONAL_VERIFICATION_REQUIRED": (
        "Amazon wants to look at {host} by hand before it issues a certificate.",
        _CONTACT,
    ),
    "DOMAIN_NOT_ALLOWED": (
        "Amazon issues no certificate for {host}: the name was reported as unsafe.",
        "If it is safe, have it taken off the lists of unsafe names, then contact us.",
    ),
    "DOMAIN_VALIDATION_DENIED": ("Amazon did not accept that {host} is ours to validate.", _CONTACT),
    "INVALID_PUBLIC_DOMAIN": (
        "Amazon does not take {host} for a name of the public DNS.",
        "Register a name below a public suffix.",
    ),
    "OTHER": ("Amazon could not issue the certificate for {host} and gives no reason.", _WE_ASK_AGAIN),
    "EXPIRED": ("The certificate for {host} ran out before it was renewed.", _WE_ASK_AGAIN),
    "REVOKED": ("The certificate for {host} was revoked.", _WE_ASK_AGAIN),
    "INACTIVE": ("The certificate for {host} is not in use any more at Amazon.", _WE_ASK_AGAIN),
}


def renewal_trouble(
    host: str, not_after: datetime | None, why: str | None, caa: CaaJudgement | None, *, in_use: bool
) -> Explanation:
    """An issued certificate that does not renew. It works until it ends."""
    until = f" It works until {not_after:%-d %B %Y}." if not_after else ""
    if caa is not None and caa.verdict is CaaVerdict.BLOCKED:
        sentence = f"The certificate for {host} cannot be renewed. {caa.message}{until}"
        return Explanation("RENEWAL", sentence, caa.next_step)
    cause = f" ({why})" if why else ""
    sentence = f"The certificate for {host} has not been renewed yet{cause}.{until}"
    if not in_use:
        return Explanation("RENEWAL", sentence, "Attach it to the edge: Amazon renews only what is in use.")
    return Explanation("RENEWAL", sentence, "We are looking into it; leave your NS records in place.")
