"""Which host names we register: the rules that need neither network nor database."""

from __future__ import annotations

from webapp.dns.names import company_suffixes, endings, reserved
from webapp.dns.names.host_name import (
    HostName,
    NamePolicy,
    Refusal,
    RefusalCode,
    with_passing_suggestion,
)
from webapp.dns.names.reserved import at_or_below

_YOUR_OWN = "Register a name below a domain that you own, such as chat.acme.com."


def registration_refusal(
    name: HostName, policy: NamePolicy, *, whole_domains: bool = False
) -> Refusal | None:
    """Why we do not register a well-spelled name, or None. Whether it is taken, the database knows.

    `whole_domains`: those are registered, because nothing of them is delegated. A suggestion of the refusal is itself
    registered.
    """
    found = (
        _platform(name, policy),
        _reserved(name, policy),
        _unknown_ending(name, policy),
        _doubled(name),
        _company(name, policy),
        _public_suffix(name),
        None if whole_domains else _whole_domain(name),
    )
    refusal = next((refusal for refusal in found if refusal), None)
    if refusal is None:
        return None
    return with_passing_suggestion(
        refusal, lambda other: registration_refusal(other, policy, whole_domains=whole_domains)
    )


def refusal_everywhere(name: HostName) -> Refusal | None:
    """Why no installation registers the name, whatever its policy."""
    return _doubled(name) or _public_suffix(name) or _whole_domain(name)


def refusal_of_ours(name: HostName, platform_domain: str) -> Refusal | None:
    """Why a name that is claimed already is not served: it is our own, or stands below ours."""
    platform = platform_domain.lower().strip(".")
    return _belongs_to_us(name) if platform and at_or_below(name.ascii, platform) else None


def _platform(name: HostName, policy: NamePolicy) -> Refusal | None:
    platform = policy.platform_domain.lower().strip(".")
    if not platform:
        return None
    above = name.registrable is not None and at_or_below(platform, name.ascii)
    return _belongs_to_us(name) if above or at_or_below(name.ascii, platform) else None


def _belongs_to_us(name: HostName) -> Refusal:
    return Refusal(RefusalCode.PLATFORM_NAME, "platform", f"{name.shown} belongs to us. {_YOUR_OWN}")


def _reserved(name: HostName, policy: NamePolicy) -> Refusal | None:
    suffix = reserved.reserved_suffix(name.ascii, policy.reserved_suffixes_allowed)
    if suffix is None:
        return None
    said = f"Names ending in .{suffix} are reserved and cannot be reached from the Internet. {_YOUR_OWN}"
    return Refusal(RefusalCode.RESERVED_NAME, f"reserved-{suffix}", said)


def _unknown_ending(name: HostName, policy: NamePolicy) -> Refusal | None:
    allowed = policy.reserved_suffixes_allowed | policy.extra_suffixes_allowed
    if endings.exists(name.ascii) or _is_within(name, allowed):
        return None
    ending = name.unicode.rpartition(".")[2]
    return Refusal(
        RefusalCode.UNKNOWN_SUFFIX,
        "unknown-suffix",
        f"There is no .{ending}.",
        endings.meant(name.ascii),
        otherwise="Enter the name with the ending that it has, as in chat.example.com.",
    )


def _doubled(name: HostName) -> Refusal | None:
    """A domain typed twice, as `chat.acme.com.acme.com`: entered in full where only its first part was asked for."""
    meant = _once(name)
    if meant is None:
        return None
    said = (
        f"{name.shown} has {meant.registrable} in it twice."
        if meant.registrable
        else f"{name.shown} is doubled."
    )
    return Refusal(RefusalCode.INVALID_NAME, "doubled-domain", said, meant.ascii, otherwise=_YOUR_OWN)


def _once(name: HostName) -> HostName | None:
    """The name with what is doubled in it written once, or None when nothing is."""
    domain, suffix = name.registrable, name.public_suffix
    if domain is None or suffix is None or domain == name.ascii:
        return None
    rest = name.ascii.removesuffix(f".{domain}")
    if at_or_below(rest, domain):
        return HostName(rest)
    half = name.ascii[: len(name.ascii) // 2]
    if name.ascii in {half * 2, f"{half}.{half}"} and at_or_below(half, domain):
        return HostName(half)
    if (typed := _joined(name.ascii, domain, suffix)) is not None:
        return HostName(typed)
    short = name.ascii.removesuffix(f".{suffix}")
    if (
        endings.is_common(suffix)
        and at_or_below(short, suffix)
        and HostName(short).registrable not in {None, short}
    ):
        return HostName(short)
    return None


def _joined(name: str, domain: str, suffix: str) -> str | None:
    """`chat.acme.com` of `chat.acme.comacme.com`, where the domain was added without a dot; or None."""
    own = domain.removesuffix(f".{suffix}")
    last = suffix.rpartition(".")[2]
    again = f"{own.removeprefix(last)}.{suffix}"
    before = name.removesuffix(again)
    # A short name may come twice by chance: www.a.coma.com stands in the domain coma.com.
    doubled = own.startswith(last) and len(own) >= len(last) + 3 and before.endswith(f".{again}")
    return before if doubled else None


def _company(name: HostName, policy: NamePolicy) -> Refusal | None:
    domain = company_suffixes.company_domain(name.ascii)
    if domain is None or _is_within(name, policy.extra_suffixes_allowed):
        return None
    said = f"Only the owner of {domain} can add records there. {_YOUR_OWN}"
    return Refusal(RefusalCode.PUBLIC_SUFFIX, "private-suffix", said)


def _public_suffix(name: HostName) -> Refusal | None:
    if name.registrable is not None:
        return None
    said = (
        f"{name.shown} is shared by many owners. Register a name below your own domain, such as "
        f"chat.acme.{name.unicode}."
    )
    reason = "registry" if reserved.is_run_by_a_registry(name.ascii) else "private-suffix"
    return Refusal(RefusalCode.PUBLIC_SUFFIX, reason, said)


def _whole_domain(name: HostName) -> Refusal | None:
    if name.registrable != name.ascii:
        return None
    return Refusal(
        RefusalCode.WHOLE_DOMAIN,
        "whole-domain",
        f"{name.shown} is your whole domain; delegating it also moves its mail and web site.",
        f"chat.{name.ascii}",
        offer="Use a subdomain, such as {unicode}.",
        otherwise="Use a subdomain.",
    )


def _is_within(name: HostName, suffixes: frozenset[str]) -> bool:
    return any(at_or_below(name.ascii, suffix.strip(".")) for suffix in suffixes if suffix.strip("."))
