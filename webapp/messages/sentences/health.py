"""Sentences about components of the installation that do not work, by code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def _resolver_unheard(params: Mapping[str, Any]) -> str:
    which = ", ".join(params["resolvers"]) or "that DNS_RESOLVERS names"
    return f"No answer from the resolver {which}: {', '.join(params['outcomes']) or 'nothing was heard'}."


def _resolver_silent(params: Mapping[str, Any]) -> str:
    each = [f"{resolver}: {outcome}" for resolver, outcome in params["outcomes"]]
    return f"No answer from our resolver ({', '.join(each) or 'DNS_RESOLVERS names none'})."


def _zone_quota(params: Mapping[str, Any]) -> str:
    room = params["limit"] - params["used"]
    left = f"{room} more fit" if room > 0 else "No more fit, so that new domains wait"
    return (
        f"The AWS account holds {params['used']} of the {params['limit']} hosted zones it may hold. {left}. "
        "Ask for a higher quota at AWS under Service Quotas, Route 53, Hosted zones."
    )


SENTENCES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {
    # What AWS said, in its own words, is data of theirs.
    "aws": "{said}",
    "resolver.unheard": _resolver_unheard,
    "resolver.silent": _resolver_silent,
    "route53.full": "All {limit} hosted zones that the AWS account may have are in use.",
    "route53.zone-quota": _zone_quota,
    "mail.refused": "The mail server did not take a mail: {said}",
}
