"""The ways to prove a name that is about to be registered, and which is recommended why, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from webapp.config.settings import Settings
from webapp.dns import names
from webapp.dns.resolver import Dns
from webapp.domain_page.proving.foretold import Foretold, foretold
from webapp.messages.formatting import few
from webapp.messages.sentences.events import STOPPING
from webapp.models import Method
from webapp.proofs import first_look
from webapp.proofs.choice import Reason, Seen, recommend
from webapp.proofs.looking import look_at
from webapp.proofs.registry import METHODS, offered


@dataclass(frozen=True)
class Option:
    """One way, with what it asks of people."""

    method: Method
    title: str
    what: str
    recommended: bool


@dataclass(frozen=True)
class Choice:
    """`why`: the reason of the recommendation, in sentences. `options`: the recommended one first."""

    name: names.HostName
    provider: str
    zone: str
    why: tuple[str, ...]
    options: tuple[Option, ...]
    #: What would keep the name from its certificate.
    foretold: Foretold | None = None


def choice_of(typed: str, settings: Settings, dns: Dns) -> Choice | None:
    """None where there is nothing to choose: one method is offered, or the name cannot be read.

    Who manages the zone is remembered for the page of the domain.
    """
    methods, name = offered(settings), names.parse(typed).name
    if len(methods) < 2 or name is None:
        return None
    seen = look_at(name, dns)
    if seen.servers:
        first_look.remember(name.ascii, seen.servers)
    return replace(choice(name, seen, methods), foretold=foretold(name, settings, dns))


def choice(name: names.HostName, seen: Seen, methods: Sequence[Method]) -> Choice:
    """A whole domain is not offered to be delegated, which is refused."""
    found = recommend(seen, methods)
    possible = [one for one in methods if not (seen.apex and one.has_zone)] or [found.method]
    options = sorted((one for one in possible), key=lambda one: one is not found.method)
    return Choice(
        name,
        seen.provider,
        seen.zone,
        why(name, seen, found.reason),
        tuple(_option(one, whole=seen.apex, recommended=one is found.method) for one in options),
    )


def _option(method: Method, *, whole: bool, recommended: bool) -> Option:
    words = METHODS[method].words
    if whole and words.title_of_whole:
        return Option(method, words.title_of_whole, words.what_of_whole, recommended)
    return Option(method, words.title, words.what, recommended)


def why(name: names.HostName, seen: Seen, reason: Reason) -> tuple[str, ...]:
    """The sentences of a recommendation, in the words of whoever registers the name."""
    host = name.shown
    if reason is Reason.APEX:
        return (
            f"{host} is your whole domain.",
            "To delegate it would move its mail and all of its names as well; records leave them where they are.",
        )
    if reason is Reason.PROVIDER:
        return (seen.refuses_ns, "It takes TXT and CNAME records.")
    if reason is Reason.ANSWERS:
        there = few([STOPPING[kind] for kind in seen.there])
        return (
            f"Something answers at {host} today: {there}.",
            "With records it goes on until you switch, at a moment that you choose.",
        )
    if reason is Reason.UNSEEN:
        return (f"We could not ask the name servers of {host} now, so this is what fits most names.",)
    if reason is Reason.USUAL:
        return (f"Nothing answers at {host} yet, and NS records are typed once, for good.",)
    return ()
