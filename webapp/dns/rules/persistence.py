"""What the same result in check after check tells: who has to act, and that one server of the parent may decide.

A server that cannot be asked proves nothing at once: it may be down for a moment, or our way to it may be. After the
same result in three checks over an hour, waiting helps no longer, and the owner of the zone is told. Whatever our own
side could not do is no result: it neither counts, nor begins anew.

Two servers of the parent have to agree for a proof, because one copy alone may be out of date. A parent with one
server has no second copy, and is believed. A parent whose second server is dead for good has none either, and its
visitors are served by the first alone. So the first is believed, too, once it has said for an hour what visitors see.
`may_decide_alone` has the conditions, and docs/architecture.md the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from webapp.dns.answers import UNHEARD, Outcome
from webapp.dns.limits import RESTS
from webapp.dns.lookup.expectation import as_utc
from webapp.dns.lookup.observation import NameServerSet, ParentAnswer, Trouble
from webapp.dns.rules.case import Case
from webapp.dns.rules.history import History, Run

#: How many checks have to see the same, and over how long.
CHECKS = 3
PERIOD = timedelta(hours=1)
#: For a proof, a check counts if it is so much later than the last one that counted. Otherwise a clock that leaps
#: ahead once would stand in for an hour. A new proof needs that it is not so much later either that nobody knows what
#: was there in the meantime: a name that is to be proved is checked every four hours at least.
APART, TOO_FAR_APART = timedelta(minutes=5), timedelta(hours=5)

#: What a dead or lame server gives. An answer about the name is none of it, be it one that proves nothing: the server
#: may be right, and its zone the newer copy.
_DEAD = UNHEARD | {Outcome.REFUSED, Outcome.SERVFAIL}


def history_after(case: Case, *, verified: bool) -> History:
    """What this check leaves for the next one."""
    before = case.history
    listed = before.listed or (not verified and bool(case.found & case.expected))
    if _is_no_result(case):
        return replace(before, alone=None if _is_contradicted(case) else before.alone, listed=listed)
    return History(_unheard_run(case), _alone_run(case), listed)


def is_unheard_for_long(case: Case) -> bool:
    """Whether the same servers of the parent could not be asked for so long that their owner has to act."""
    return not _is_no_result(case) and _lasts(_unheard_run(case), case.now)


def may_decide_alone(case: Case) -> bool:
    """Whether one server of the parent is enough to verify, for the others have been dead for long.

    In three checks over an hour all of this was so, and is so now. The zone above names the same servers as before
    and as the zone itself. All but one are silent, refuse, fail, point upwards, or have no address, each in the same
    way; none answers about the name, and none may be silent only because we have no IPv6. The one lists exactly our
    name servers, at an address that is sure. Our zone is served. A resolver gives the same name servers, and none
    gives others, denies them, or has an inside view. Whatever differs once begins the hour anew, also in a check that
    did not see all, and so does a long pause, unless the name is verified already.
    """
    return not _is_no_result(case) and _lasts(_alone_run(case), case.now)


def _is_no_result(case: Case) -> bool:
    """Whether our own side kept the check from seeing what it came for."""
    seen = case.observation
    if not seen.complete or seen.trouble is Trouble.RESOLVER_SILENT or not case.expectation.zone_in_sync:
        return True
    if any(note.code == RESTS for asked in seen.asked for note in asked.notes):
        return True
    silent = (said.address for said in seen.parent_answers if said.outcome in UNHEARD)
    if any(":" in address for address in silent) and not _has_ipv6(case):
        return True
    outside = (asked.outcome for asked in seen.asked if asked.role != "resolver")
    answered = any(Outcome(outcome).answered for outcome in outside)
    return not answered and not any(ours.outcome.answered for ours in seen.ours) and not case.speakers


def _has_ipv6(case: Case) -> bool:
    """Whether anything came back by IPv6 in this check. Otherwise, its silence may be that of our own network."""
    by_ipv6 = (one for one in case.observation.asked if one.role != "resolver" and ":" in one.address)
    return any(one.outcome not in UNHEARD | {Outcome.NOT_ASKED} for one in by_ipv6)


def _is_contradicted(case: Case) -> bool:
    """Whether anybody says otherwise than that all is right, in a check that need not have seen all."""
    return (
        len(case.right) < len(case.speakers)
        or bool(case.wildcard or case.dissenting)
        or any(said.denies for said in case.observation.resolvers)
        or any(said.outcome.answered and not said.upward for said in _speechless(case))
    )


def _speechless(case: Case) -> list[ParentAnswer]:
    """What came back from servers that did not answer as the parent's. A server may have several addresses."""
    return [
        said for said in case.observation.parent_answers if not said.says and said.server not in case.ours
    ]


def _are_dead(case: Case) -> bool:
    """Whether all but the speakers are dead or lame for everybody, as far as we can tell."""
    silent_by_ipv6 = any(
        one.role == "parent" and ":" in one.address and one.outcome in UNHEARD
        for one in case.observation.asked
    )
    dead = all(said.outcome in _DEAD or said.upward for said in _speechless(case))
    at_times = bool(case.observation.answers_at_times)
    return dead and not at_times and (not silent_by_ipv6 or _has_ipv6(case))


def _unheard_run(case: Case) -> Run | None:
    return _followed(case.history.unheard, _unheard(case), case.now)


def _alone_run(case: Case) -> Run | None:
    longest = None if case.expectation.proved else TOO_FAR_APART
    return _followed(case.history.alone, _alone(case), case.now, apart=APART, longest=longest)


def _followed(
    run: Run | None,
    like: Mapping[str, Any] | None,
    now: datetime,
    *,
    apart: timedelta = timedelta(0),
    longest: timedelta | None = None,
) -> Run | None:
    """The run with this check. A clock that goes back begins it anew, and so does a pause that is too long."""
    now = as_utc(now)
    if like is None:
        return None
    if run is None or run.like != like or now < as_utc(run.latest):
        return Run(like, now, now)
    if longest is not None and now - as_utc(run.latest) > longest:
        return Run(like, now, now)
    if now - as_utc(run.latest) < apart:
        return run
    return replace(run, latest=now, count=run.count + 1)


def _lasts(run: Run | None, now: datetime) -> bool:
    return run is not None and run.count >= CHECKS and as_utc(now) - as_utc(run.since) >= PERIOD


def _unheard(case: Case) -> Mapping[str, Any] | None:
    """What counts as the same silence; None when the parent could be asked, or it is not known whom it is due to."""
    seen = case.observation
    if seen.trouble is not None or seen.parent_disputed or case.parent_disputes or seen.parent_zone is None:
        return None
    if case.quorum:
        return None
    if seen.parent_set is NameServerSet.DENIED:
        return {"zone": seen.parent_zone, "denied": True}
    unheard = _kinds(case)
    return {"zone": seen.parent_zone, "unheard": unheard} if unheard else None


def _kinds(case: Case) -> list[list[str]]:
    """The servers that were not heard, each with the kind of its silence. A server that was not asked is none."""
    return sorted([server, "silent" if code in UNHEARD else code] for server, code in case.unheard_when_asked)


def _alone(case: Case) -> Mapping[str, Any] | None:
    """What counts as the same proof by one server; None when this check is none."""
    seen, heard = case.observation, case.heard
    proof = (
        not case.quorum
        and len(heard) == 1
        and heard == case.speakers
        and case.all_right
        and seen.parent_zone is not None
        and seen.parent_set is NameServerSet.AGREED
        and not seen.parent_disputed
        and not seen.disputes
        and not seen.parent_beyond_cap
        and seen.trouble is None
        and not case.not_served
        and all(answer.ds is not None for answer in heard)
        and (not case.ds or seen.ds_matches is True)
        and any(said.name_servers == case.expected for said in seen.resolvers)
        and not case.wildcard
        and not any(one.name_servers & case.ours for one in seen.delegations)
        and not case.dissenting
        and not any(said.denies or said.unsettled or said.inside for said in seen.resolvers)
        and _are_dead(case)
    )
    if not proof or not case.unheard:
        return None
    return {
        "zone": seen.parent_zone,
        "heard": [[answer.server, answer.address] for answer in heard],
        "unheard": _kinds(case),
        "name_servers": sorted(case.expected),
    }
