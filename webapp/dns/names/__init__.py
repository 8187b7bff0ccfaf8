"""Host names as people type them, as DNS has them, and as we accept them.

One parser for pages, commands, models and workers. Everything here is pure: no network, no database, no
configuration. What a person can type is answered with a value, never with an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from webapp.dns.names import labels, reserved, scripts, spelling
from webapp.dns.names.reserved import at_or_below

__all__ = [
    "HostName",
    "NamePolicy",
    "Parsed",
    "Refusal",
    "RefusalCode",
    "at_or_below",
    "lookalike_of",
    "lookalike_warning",
    "parse",
    "refusal_of_ours",
    "registration_refusal",
    "relative",
]

_YOUR_OWN = "Register a name below a domain that you own, such as chat.acme.com."


class RefusalCode(StrEnum):
    """The rows 0a to 0e of the verdict table."""

    INVALID_NAME = "INVALID_NAME"
    RESERVED_NAME = "RESERVED_NAME"
    PUBLIC_SUFFIX = "PUBLIC_SUFFIX"
    WHOLE_DOMAIN = "WHOLE_DOMAIN"
    PLATFORM_NAME = "PLATFORM_NAME"
    NAME_IN_USE = "NAME_IN_USE"
    LOOKALIKE = "LOOKALIKE"
    TOO_MANY = "TOO_MANY"
    ON_HOLD = "ON_HOLD"
    NOT_ACCEPTED = "NOT_ACCEPTED"


@dataclass(frozen=True)
class Refusal:
    """Why a name is not taken, in a sentence with the fix.

    `reason` is a slug for programs, such as "label-too-long". `suggestion` is a host name that can be offered
    with one click.
    """

    code: RefusalCode
    reason: str
    sentence: str
    suggestion: str | None = None


@dataclass(frozen=True)
class HostName:
    """A host name. `ascii` is what to store and compare: A-labels in lower case, without final dot."""

    ascii: str

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.ascii.split("."))

    @property
    def unicode(self) -> str:
        return ".".join(labels.u_label(label) for label in self.labels)

    @property
    def shown(self) -> str:
        """For people: in its own letters and, where they differ, as DNS has it."""
        return self.ascii if self.unicode == self.ascii else f"{self.unicode} ({self.ascii})"

    @property
    def public_suffix(self) -> str | None:
        """The ending below which anybody registers, such as co.uk or github.io."""
        return reserved.public_suffix(self.ascii)

    @property
    def registrable(self) -> str | None:
        """The domain that its owner registered, such as acme.co.uk; None for a public suffix itself."""
        return reserved.registrable(self.ascii)

    def __str__(self) -> str:
        return self.ascii


@dataclass(frozen=True)
class Parsed:
    """A text that was parsed: a name or a refusal, and sentences about what was understood."""

    typed: str
    name: HostName | None
    refusal: Refusal | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class NamePolicy:
    """What an installation does not register: its own names, and reserved endings it does not allow."""

    platform_domain: str
    reserved_suffixes_allowed: frozenset[str] = frozenset()


def parse(text: str, *, urls: bool = True, underscores: bool = False) -> Parsed:
    """Read a host name.

    For people: white space around it, a whole address, capitals, a final dot and names in any script are
    understood. With `urls=False` (programs) neither white space nor an address is. With `underscores` a label
    may contain `_`, which DNS allows and certificate authorities do not. Raises TypeError unless it is a str.
    """
    if not isinstance(text, str):
        raise TypeError(f"a host name is a str, not {type(text).__name__}")
    try:
        name, notes = spelling.read(text, urls=urls, underscores=underscores)
    except labels.UnreadableError as err:
        return Parsed(text, None, _refusal(text, err))
    return Parsed(text, HostName(name), None, notes)


def registration_refusal(name: HostName, policy: NamePolicy) -> Refusal | None:
    """Why we do not register a well-spelled name, or None. Whether it is taken, the database knows."""
    found = (
        _platform(name, policy),
        _reserved(name, policy),
        _public_suffix(name),
        _whole_domain(name, policy),
    )
    return next((refusal for refusal in found if refusal), None)


def refusal_of_ours(name: HostName, platform_domain: str) -> Refusal | None:
    """Why a name that is claimed already is not served: it is our own, or stands below ours."""
    platform = platform_domain.lower().strip(".")
    return _belongs_to_us(name) if platform and at_or_below(name.ascii, platform) else None


def lookalike_of(name: HostName) -> str | None:
    """The name in Latin letters that this one is mistaken for, as paypa for раура in Cyrillic letters, or None."""
    spelled = name.unicode.split(".")
    twins = [scripts.latin_twin(label) for label in spelled]
    if not any(twins):
        return None
    return ".".join(twin or label for twin, label in zip(twins, spelled, strict=True))


def lookalike_warning(name: HostName) -> str | None:
    """The warning to whoever registers a name that looks like another one."""
    other = lookalike_of(name)
    if other is None:
        return None
    return (
        f"{name.shown} looks like {other}, which is another name. Register it only if you mean these letters."
    )


def relative(host: str, zone: str) -> str:
    """What to type as name at the provider of a zone: "chat" for chat.acme.com in acme.com, "@" at the apex.

    Raises ValueError when the host does not stand in the zone.
    """
    host, zone = host.lower().removesuffix("."), zone.lower().removesuffix(".")
    if not at_or_below(host, zone):
        raise ValueError(f"{host} does not stand below {zone}")
    return host.removesuffix(zone).removesuffix(".") or "@"


def _refusal(text: str, err: labels.UnreadableError) -> Refusal:
    suggestion = _read_again(err.candidate) if err.candidate else None
    sentence = f"“{_quotable(text)}” is not a host name we can use: {err.because}. {err.fix}"
    if not text.strip():
        sentence = err.fix
    if suggestion:
        sentence += f" Did you mean {suggestion}?"
    return Refusal(RefusalCode.INVALID_NAME, err.reason, sentence, suggestion)


def _quotable(text: str) -> str:
    """The text without the password of an address: refusals are shown and logged."""
    before, at, after = text.rpartition("@")
    return labels.visible(f"…@{after}" if at and ":" in before else text)


def _read_again(text: str) -> str | None:
    try:
        return spelling.read(text, urls=True, underscores=False)[0]
    except labels.UnreadableError:
        return None


def _platform(name: HostName, policy: NamePolicy) -> Refusal | None:
    platform = policy.platform_domain.lower().strip(".")
    if not platform:
        return None
    above = name.registrable is not None and at_or_below(platform, name.ascii)
    return _belongs_to_us(name) if above or at_or_below(name.ascii, platform) else None


def _belongs_to_us(name: HostName) -> Refusal:
    sentence = f"{name.shown} belongs to us. {_YOUR_OWN}"
    return Refusal(RefusalCode.PLATFORM_NAME, "platform", sentence)


def _reserved(name: HostName, policy: NamePolicy) -> Refusal | None:
    suffix = reserved.reserved_suffix(name.ascii, policy.reserved_suffixes_allowed)
    if suffix is None:
        return None
    sentence = f"Names ending in {suffix} are reserved and cannot be reached from the Internet. {_YOUR_OWN}"
    return Refusal(RefusalCode.RESERVED_NAME, f"reserved-{suffix}", sentence)


def _public_suffix(name: HostName) -> Refusal | None:
    if name.registrable is not None:
        return None
    fix = f"register a name below your own domain, such as chat.acme.{name.unicode}"
    if reserved.is_run_by_a_registry(name.ascii):
        sentence = f"{name.shown} is shared by many owners; {fix}."
        return Refusal(RefusalCode.PUBLIC_SUFFIX, "registry", sentence)
    sentence = f"{name.shown} is shared by many owners, says the Public Suffix List; {fix}."
    return Refusal(RefusalCode.PUBLIC_SUFFIX, "private-suffix", sentence)


def _whole_domain(name: HostName, policy: NamePolicy) -> Refusal | None:
    if name.registrable != name.ascii:
        return None
    subdomain = HostName(f"chat.{name.ascii}")
    sentence = (
        f"{name.shown} is your whole domain; delegating it also moves its mail and web site. "
        f"Use a subdomain, such as {subdomain.unicode}."
    )
    can_be_taken = _reserved(subdomain, policy) is None and parse(subdomain.ascii).name is not None
    suggestion = subdomain.ascii if can_be_taken else None
    return Refusal(RefusalCode.WHOLE_DOMAIN, "whole-domain", sentence, suggestion)
