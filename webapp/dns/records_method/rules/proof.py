"""The evidence that a proof needs. A condition that could not be checked is not fulfilled."""

from __future__ import annotations

from webapp.dns.records_method.rules.case import RecordsCase
from webapp.dns.rules import persistence


def proves(case: RecordsCase) -> bool:
    """Whether the token proves the name.

    The quorum of the zone's own servers must have it, and none of them anything else. No wildcard may have made it
    up. For a new proof, our resolvers were asked as well, and none denies it.
    """
    seen, about = case.observation.zone, case.token
    denied = any(said.denies or said.unsettled for said in seen.resolvers)
    corroborated = case.expectation.proved or (bool(seen.resolvers) and not denied)
    return (
        (about.quorum or persistence.may_decide_alone(about))
        and seen.parent_zone is not None
        and seen.trouble is None
        and about.all_right
        and not seen.parent_disputed
        and about.no_wildcard
        and corroborated
    )


def leads(case: RecordsCase) -> bool:
    """The same of where the name leads. A server that decides alone about the token does so here as well."""
    about = case.pointing
    return (about.quorum or decides_alone(case)) and about.all_right and about.no_wildcard


def decides_alone(case: RecordsCase) -> bool:
    """Whether one server may decide, for the others have been dead for long, and it was heard of the host, too."""
    of_token, of_host = ({one.address for one in about.heard} for about in (case.token, case.pointing))
    return bool(of_host) and of_host == of_token and persistence.may_decide_alone(case.token)
