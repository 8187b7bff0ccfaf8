"""Where a domain's parent zone is managed, and what is to be changed there, in that provider's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from webapp.dns import names
from webapp.dns.delegation import (
    DOMAIN_MISSING,
    GONE,
    PARKED,
    WHOLE_DOMAIN,
    WRONG_LEVEL,
    AtParent,
    Verdict,
    alarm_words,
)
from webapp.dns.judgement.report import Report
from webapp.dns.providers import (
    PLAIN,
    Change,
    Place,
    common_limits,
    limits_of,
    provider_of,
    steps,
    told,
    why_no_ns,
)
from webapp.domain_page.records.instructions import Instructions
from webapp.domain_page.records.snippets import Chosen
from webapp.messages.formatting import few, shown
from webapp.models import DomainState, HostedZone, LLMClientCustomDomain

Params = Mapping[str, Any]


def parent_servers(zone: HostedZone | None, report: Report | None) -> frozenset[str]:
    """The name servers of the parent zone: those in the baseline, unless the last check asked others. Ours, which are
    asked where somebody gave them to the registrar, tell nothing of who manages the zone."""
    known = frozenset(zone.baseline.get("parent_name_servers", ())) if zone and zone.baseline else frozenset()
    asked = servers_asked(report)
    return known if known and (not asked or asked & known) else asked


def servers_asked(report: Report | None) -> frozenset[str]:
    """The name servers that the last check asked for the zone that takes the records."""
    asked = frozenset(one.server for one in report.asked if one.role == "parent") if report else frozenset()
    return asked - frozenset(report.expected if report else ())


@dataclass(frozen=True)
class Guide:
    """`change`: what is to be changed. `steps`: how, numbered from 1. `traps`: mistakes that are common at this
    provider. `limits`: what it cannot do, as far as is known; `tool_limits` the same for whoever uses a tool;
    `common_limits` what others cannot, where the provider is not known. `takes_none`: it is known to take no NS
    records here. `short_name`: it is known to append its zone to the name that is typed.
    """

    change: Change
    steps: tuple[str, ...]
    traps: tuple[str, ...]
    limits: tuple[str, ...]
    tool_limits: tuple[str, ...]
    common_limits: tuple[str, ...]
    takes_none: bool = False
    short_name: bool = False

    @property
    def tells(self) -> bool:
        """Whether there are steps, so that nobody else need tell what to do."""
        return bool(self.steps)

    def lead_by(self, chosen: Chosen) -> str:
        """The next step of whoever reads the steps as well."""
        return lead(chosen, writes=self.change.writes)


def lead(chosen: Chosen, *, writes: bool) -> str:
    """The next step where the steps stand below it. A format for tools stands there only where something is typed."""
    if chosen.id == "steps" or not writes:
        return "Follow the steps below, then press Verify."
    return f"Do what stands below under “{chosen.words}”, then press Verify."


def guide(
    domain: LLMClientCustomDomain,
    todo: Instructions,
    report: Report | None,
    servers: frozenset[str],
) -> Guide:
    """`report`: the latest one that says something about the records."""
    provider, change = provider_of(servers), change_for(domain, todo, report)
    place = Place(todo.parent_zone, todo.relative_name, todo.host)
    return Guide(
        change,
        steps(change, provider or PLAIN),
        tuple(told(trap, change) for trap in provider.traps) if provider else (),
        limits_of(place, servers),
        limits_of(place, servers, by_tool=True),
        () if provider else common_limits(place),
        bool(why_no_ns(todo.parent_zone, servers)),
        provider is not None or (report is not None and report.verdict is Verdict.MISPLACED),
    )


def change_for(domain: LLMClientCustomDomain, todo: Instructions, report: Report | None) -> Change:
    """What is to be changed at the parent, by the last check of this set of name servers."""
    ours = todo.name_servers
    back = domain.verified_at is not None or (report is not None and report.reason == GONE)
    bare = partial(Change, zone=todo.parent_zone, name=todo.relative_name, host=todo.host, values=ours)
    unseen = () if domain.state is DomainState.VERIFIED else ours
    if report is None or set(report.expected) != set(ours):
        return bare(add=unseen, back=back)
    change = partial(bare, **_before(todo, report))
    if report.reason == WHOLE_DOMAIN:
        # Nobody but ours could be asked, so that it is not known which records are there.
        return change(add=unseen, back=back)
    at_parent = report.verdict.facts.at_parent
    if at_parent is AtParent.OURS:
        return change()
    if at_parent is not AtParent.CONTRARY or report.reason == DOMAIN_MISSING:
        # Nobody can add records to a domain that does not exist, nor make servers agree by typing.
        return bare()
    replace = report.mistyped
    corrected, meant = {seen for seen, _ in replace}, {right for _, right in replace}
    return change(
        add=tuple(name for name in ours if name in report.missing and name not in meant),
        replace=replace,
        remove=tuple(name for name in report.unexpected if name not in corrected),
        back=back,
    )


def _before(todo: Instructions, report: Report) -> dict[str, tuple[str, ...]]:
    """What has to go before NS records of this name: `first` where the records are managed, or `elsewhere`."""
    if report.alarm is not None:
        where = "first" if report.alarm.params["by"] == todo.parent_zone else "elsewhere"
        return {where: (alarm_words(todo.host, report.alarm.to_data()).put_back,)}
    if report.reason == PARKED:
        return {"elsewhere": (renewed(todo.host, todo.parent_zone),)}
    say = _BY_REASON.get(report.reason) or _BY_VERDICT.get(report.verdict)
    first = tuple(say(todo, report.params)) if say else ()
    if report.verdict is Verdict.MISPLACED and not report.missing:
        # A wildcard answers like records of the name itself.
        first += (
            f"Add NS records named “{todo.relative_name}” with the values below: only the wildcard has answered.",
        )
    return {"first": first} if first else {}


def _stale_ds(todo: Instructions, _params: Params) -> Iterator[str]:
    yield f"Delete the DS record named “{todo.relative_name}”. Leave the NS records as they are."


def _alias_above(_todo: Instructions, params: Params) -> Iterator[str]:
    yield from without_alias_above(params)


def _in_the_way(todo: Instructions, params: Params) -> Iterator[str]:
    if params.get("types"):
        yield f"Delete the records named “{todo.relative_name}” of these types: {few(params['types'])}."
    else:
        yield f"Delete the zone {shown(todo.host)}: it is a zone of its own at the same servers."


def renewed(host: str, zone: str) -> str:
    """The step for a domain that is parked, or has expired."""
    domain = shown(names.HostName(host).registrable or zone)
    return f"Renew {domain} at its registrar, or give it the name servers of your DNS provider."


def without_alias_above(params: Params) -> Iterator[str]:
    """The step for a CNAME or DNAME record at a name above, where the check saw whose it is."""
    if "owner" in params:
        yield f"Delete the {params['type']} record at {shown(params['owner'])}."


def _all_misplaced(todo: Instructions, params: Params) -> Iterator[str]:
    yield from (_misplaced(where, todo) for where in params.get("at", ()))


def _wrong_level(todo: Instructions, params: Params) -> Iterator[str]:
    yield _misplaced(params["zone"], todo)


def _misplaced(where: str, todo: Instructions) -> str:
    if where == todo.parent_zone:
        return f"Take our name servers off {where} itself, and put its former ones back."
    if not names.at_or_below(where, todo.parent_zone):
        return f"Delete our name servers at {where}."
    return f"Delete the NS records named “{names.relative(where, todo.parent_zone)}” (in full {where})."


_Say = Callable[[Instructions, Params], Iterator[str]]
_BY_REASON: Mapping[str, _Say] = {WRONG_LEVEL: _wrong_level}
_BY_VERDICT: Mapping[Verdict, _Say] = {
    Verdict.STALE_DS: _stale_ds,
    Verdict.ALIAS_ABOVE: _alias_above,
    Verdict.RECORD_IN_THE_WAY: _in_the_way,
    Verdict.MISPLACED: _all_misplaced,
}
