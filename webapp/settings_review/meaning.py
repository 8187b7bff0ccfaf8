"""Settings that can be read and do not do what somebody meant. Each doubt is a sentence and what to do about it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from email.utils import parseaddr
from urllib.parse import urlsplit

from webapp.aws.shared.regions import nearest_region
from webapp.config.keys import is_easy_to_guess
from webapp.config.settings import Settings
from webapp.config.values import is_loopback
from webapp.dns.names.reserved import RESERVED, RESERVED_BELOW, at_or_below

Doubt = tuple[str, str]

#: What AWS counts for a whole account in a second, before it refuses calls.
_MOST_CALLS_AT_AWS = 10
#: Networks that are larger than these hold a good part of the Internet.
_LARGE = {4: 8, 6: 16}
_DAY = 24


def doubts(settings: Settings) -> Iterable[Doubt]:
    yield from _region(settings)
    yield from _suffixes(settings)
    yield from _tokens(settings)
    yield from _paths(settings)
    yield from _networks(settings)
    yield from _periods(settings)
    if not settings.in_sandbox:
        yield from _outside(settings)


def _region(settings: Settings) -> Iterable[Doubt]:
    if not settings.uses_aws:
        return
    if nearest := nearest_region(settings.aws_region):
        yield (
            f"AWS_REGION is {settings.aws_region}, and no such region is known.",
            f"Did you mean {nearest}?",
        )


def _suffixes(settings: Settings) -> Iterable[Doubt]:
    for suffix in settings.reserved_suffixes_allowed:
        if not any(at_or_below(suffix, one) for one in (*RESERVED, *RESERVED_BELOW)):
            yield (
                f"RESERVED_SUFFIXES_ALLOWED names {suffix}, which is not reserved, so it changes nothing.",
                "Take it out. What is missing from the Public Suffix List belongs into EXTRA_SUFFIXES_ALLOWED.",
            )


def _tokens(settings: Settings) -> Iterable[Doubt]:
    for name, token in (("METRICS_TOKEN", settings.metrics_token), ("EDGE_TOKEN", settings.edge_token)):
        if token and is_easy_to_guess(token):
            yield (
                f"{name} is easy to guess.",
                "Let “python -c 'import secrets; print(secrets.token_hex())'” make one.",
            )


def _paths(settings: Settings) -> Iterable[Doubt]:
    for name, path in (("BROKER_PATH", settings.broker_path), ("CACHE_DIRECTORY", settings.cache_directory)):
        if not path.is_absolute():
            yield (
                f"{name} is relative, so a process that is started in another directory uses another one.",
                "Write a path that begins with /.",
            )


def _networks(settings: Settings) -> Iterable[Doubt]:
    if any(network.prefixlen < _LARGE[network.version] for network in settings.refused_networks):
        yield (
            "REFUSED_NETWORKS holds a good part of the Internet, and no name server in it is asked.",
            "List your own networks only.",
        )


def _periods(settings: Settings) -> Iterable[Doubt]:
    if settings.pending_reminder_days >= settings.pending_days:
        yield (
            "PENDING_REMINDER_DAYS is not less than PENDING_DAYS, so nobody is reminded before a name expires.",
            "Set it to 3.",
        )
    if 0 < settings.grace_days * _DAY <= settings.last_warning_hours:
        yield (
            "LAST_WARNING_HOURS is as long as GRACE_DAYS, so the last warning comes with the first.",
            "Set it to 24 at most, and less than GRACE_DAYS.",
        )
    for name, least in (("reconcile_minutes", 1), ("live_check_hours_min", 0.25)):
        if getattr(settings, name) < least:
            yield (
                f"{name.upper()} is {getattr(settings, name):g}, which keeps workers busy with nothing else.",
                f"Set it to {type(settings).model_fields[name].default:g}.",
            )


def _outside(settings: Settings) -> Iterable[Doubt]:
    """What only matters where people come from elsewhere."""
    _, address = parseaddr(settings.mail_from)
    if not _is_public(address.rpartition("@")[2]):
        yield (
            f"MAIL_FROM is {address}, which no mail server outside takes.",
            "Set it to an address of a domain of yours that may send e-mail.",
        )
    if not settings.support_contact:
        yield (
            f"SUPPORT_CONTACT is not set, so pages and e-mails send people who need help to {settings.contact}.",
            "Set it to an e-mail address that somebody reads, or to the https:// address of a page.",
        )
    public = urlsplit(settings.public_url)
    if public.scheme == "http":
        yield (
            "PUBLIC_URL is http://, so passwords and cookies cross the network in the clear.",
            "Put a proxy with a certificate before Nameplate, and set PUBLIC_URL to its https:// address.",
        )
    if public.hostname and not _is_public(public.hostname):
        yield (
            f"PUBLIC_URL leads to {public.hostname}, which is nowhere for whoever reads a link in an e-mail.",
            "Set it to the address that people type.",
        )
    if not settings.uses_aws:
        return
    if settings.aws_calls_per_second > _MOST_CALLS_AT_AWS:
        yield (
            f"AWS_CALLS_PER_SECOND is {settings.aws_calls_per_second:g}, and AWS takes fewer from an account.",
            "Set it to 4, which leaves others in the account their share.",
        )
    if settings.aws_creations_per_second > settings.aws_calls_per_second:
        yield (
            "AWS_CREATIONS_PER_SECOND is more than AWS_CALLS_PER_SECOND, and each creation is a call.",
            "Set it to 1.",
        )


def _is_public(host: str) -> bool:
    """Whether somebody elsewhere may reach a host of this name; addresses of private networks may be meant."""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return "." in host.strip(".") and not is_loopback(host) and not at_or_below(host, "localhost")
