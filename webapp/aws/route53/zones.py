"""Hosted zones at Route 53: made once each, recognised for certain, deleted only if they are ours.

Every call may wait for AWS, so it belongs into background work, never into a web request.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webapp.aws.route53.ownership import INSTALLATION, Ownership
from webapp.aws.route53.port import (
    Action,
    Applied,
    Change,
    Quota,
    RefusedChange,
    Route53Api,
    TaggedZone,
    Zone,
    ZonePage,
)
from webapp.aws.route53.records import Records
from webapp.aws.route53.text import absolute, bare, plain_name
from webapp.aws.shared.breaker import Breaker
from webapp.aws.shared.budget import Budget, Rates, TokenBucket
from webapp.aws.shared.calls import Calls, log, route53_client
from webapp.aws.shared.errors import (
    AwsError,
    CapacityReached,
    Gone,
    NotOurs,
    RetryLater,
    UnexpectedDelegationSet,
)
from webapp.aws.shared.redis_levels import shared_levels
from webapp.dns.records import RecordSet

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

__all__ = [
    "Action",
    "Applied",
    "Change",
    "Quota",
    "RefusedChange",
    "Route53",
    "Route53Api",
    "TaggedZone",
    "Zone",
    "ZonePage",
    "route53",
]

_QUOTA_SECONDS = 60.0


def route53(
    *,
    region: str,
    endpoint_url: str | None,
    installation_id: str,
    calls_per_second: float = 4.0,
    creations_per_second: float = 1.0,
    budget_path: Path | None = None,
    redis_url: str = "",
) -> Route53:
    """This process’s `Route53`: the same arguments give the same object, after a fork a new one.

    `redis_url` is where all machines share the rates. Without it, and while it is away, the processes of this
    machine share them through the file `budget_path`.
    """
    rates = Rates(calls_per_second, creations_per_second)
    return _of_process(os.getpid(), region, endpoint_url, installation_id, rates, (budget_path, redis_url))


@cache
def _of_process(
    _pid: int,
    region: str,
    endpoint_url: str | None,
    installation_id: str,
    rates: Rates,
    places: tuple[Path | None, str],
) -> Route53:
    budget = TokenBucket(rates, shared_levels(*places, f"{installation_id}:aws-budget"))
    return Route53(route53_client(region, endpoint_url), installation_id=installation_id, budget=budget)


class Route53:
    """The `Route53Api` that asks AWS, or the sandbox. Safe to share between threads."""

    def __init__(
        self,
        client: Route53Client,
        *,
        installation_id: str,
        calls_per_second: float = 4.0,
        budget: Budget | None = None,
        breaker: Breaker | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._calls = Calls(client, budget or TokenBucket(Rates(calls_per_second)), breaker or Breaker())
        self._ownership = Ownership(client, self._calls, installation_id)
        self._records = Records(client, self._calls)
        self._clock = clock
        self._quota: tuple[float, Quota] | None = None

    def create_zone(self, name: str, caller_reference: str, claim_id: str) -> Zone:
        """The zone of this intent: made now, or found if an earlier attempt already made it.

        Commit the intent with its reference before calling, and call again with the same after `RetryLater`.
        The reference must be unique in the AWS account, so it should hold the installation’s id and something
        random. An adopted zone has no `change_id`: AWS tells it only to the one who got the answer.
        Raises `CapacityReached`, `InputRefused`, `UnexpectedDelegationSet` (the zone then exists, tagged).
        """
        if self.zone_quota().full:
            return self._adopt(name, caller_reference, claim_id, instead_of=_account_full(self.zone_quota()))
        try:
            answer = self._calls(
                self._client.create_hosted_zone,
                Name=absolute(name),
                CallerReference=caller_reference,
                HostedZoneConfig={"Comment": self._ownership.comment(claim_id), "PrivateZone": False},
            )
        except RetryLater as error:
            if not (error.outcome_unknown or error.code == "HostedZoneAlreadyExists"):
                raise
            return self._adopt(name, caller_reference, claim_id, instead_of=error)
        self._ownership.mark(bare(answer["HostedZone"]["Id"]), claim_id)
        return _zone(answer, answer["ChangeInfo"])

    def get_zone(self, zone_id: str) -> Zone:
        """Raises `Gone`."""
        return _zone(self._calls(self._client.get_hosted_zone, Id=zone_id))

    def find_zone(self, name: str, caller_reference: str) -> Zone | None:
        """The public zone of this name that was made with this reference. Others of the name do not count."""
        for listed in self._named(name):
            ours = listed["CallerReference"] == caller_reference
            if ours and not listed.get("Config", {}).get("PrivateZone"):
                try:
                    return self.get_zone(bare(listed["Id"]))
                except Gone:
                    return None
        return None

    def change_in_sync(self, change_id: str) -> bool:
        """Whether all of Route 53’s servers know the change. Raises `Gone` for a change AWS has forgotten."""
        answer = self._calls(self._client.get_change, Id=change_id)
        return answer["ChangeInfo"]["Status"] == "INSYNC"

    def zone_is_ours(self, zone_id: str, name: str, claim_id: str) -> bool:
        """Whether the zone with this stored id has this name, is public and carries our tags. Ask before acting."""
        try:
            return self._is_ours(zone_id, name, claim_id)
        except Gone:
            return False

    def may_take(self, zone_id: str, tags: Mapping[str, str]) -> bool:
        """Whether the zone carries the tag of this installation, or all of these. Raises `Gone`."""
        found = self._ownership.tags(zone_id)
        ours = found.get(INSTALLATION) == self._ownership.installation_id
        return ours or tags.items() <= found.items()

    def take_zone(self, zone_id: str) -> None:
        """Tag the zone as this installation’s. The claim that has it is added by `create_zone`. Raises `Gone`."""
        self._ownership.take(zone_id)

    def record_sets(self, zone_id: str) -> Iterator[RecordSet]:
        """What the zone holds, which its servers need not know yet: poll the change for that."""
        return self._records.every(zone_id)

    def change_records(self, zone_id: str, changes: Iterable[Change]) -> Applied:
        """Make the changes, in one atomic batch if Route 53’s limits allow it."""
        return self._records.change(zone_id, changes)

    def zone_page(self, marker: str | None = None) -> ZonePage:
        """The zones of this installation in parts, so that one can pause between. A marker is good for minutes."""
        return self._ownership.page(marker)

    def zone_quota(self) -> Quota:
        """The account’s limit of hosted zones and their number, at most a minute old."""
        now = self._clock()
        if self._quota is None or now - self._quota[0] >= _QUOTA_SECONDS:
            answer = self._calls(self._client.get_account_limit, Type="MAX_HOSTED_ZONES_BY_OWNER")
            self._quota = now, Quota(answer["Limit"]["Value"], answer["Count"])
        return self._quota[1]

    def empty_zone(self, zone_id: str, name: str, claim_id: str) -> None:
        """Delete every record but the apex’s own; repeating it changes nothing. Raises `Gone`, `NotOurs`."""
        self._insist(zone_id, name, claim_id)
        self._records.clear(zone_id, name)

    def delete_zone(self, zone_id: str, name: str, claim_id: str) -> None:
        """Delete the zone with all it holds; one that is gone already is a success. Raises `NotOurs`.

        That nobody delegates to it any more is for the caller to know: deleting a zone that is still
        delegated to lets a stranger take the name.
        """
        try:
            self._insist(zone_id, name, claim_id)
            with self._records.writing(zone_id):
                self._records.clear(zone_id, name)
                self._calls(self._client.delete_hosted_zone, Id=zone_id)
        except Gone:
            log.info("Zone %s (%s) was gone already", zone_id, name)
        self._quota = None

    def _adopt(self, name: str, caller_reference: str, claim_id: str, *, instead_of: AwsError) -> Zone:
        zone = self.find_zone(name, caller_reference)
        if zone is None:
            log.warning("No zone of %s has the reference %s", name, caller_reference)
            raise instead_of
        installation = self._ownership.tags(zone.id).get(INSTALLATION, self._ownership.installation_id)
        if installation != self._ownership.installation_id:
            raise NotOurs(f"Zone {zone.id} has our reference but belongs to the installation {installation}.")
        self._ownership.mark(zone.id, claim_id)
        return zone

    def _insist(self, zone_id: str, name: str, claim_id: str) -> None:
        if not self._is_ours(zone_id, name, claim_id):
            raise NotOurs(f"Zone {zone_id} is not this installation’s zone for {name}; it was left alone.")

    def _is_ours(self, zone_id: str, name: str, claim_id: str) -> bool:
        hosted = self._calls(self._client.get_hosted_zone, Id=zone_id)["HostedZone"]
        named = plain_name(hosted["Name"]) == name and not hosted.get("Config", {}).get("PrivateZone")
        return named and self._ownership.is_marked(zone_id, claim_id)

    def _named(self, name: str) -> Iterator[Any]:
        """The zones of this name. DNSName is where the list starts, not a filter, and there is no paginator."""
        start: dict[str, Any] = {"DNSName": absolute(name)}
        while True:
            page = self._calls(self._client.list_hosted_zones_by_name, **start)
            for listed in page["HostedZones"]:
                if plain_name(listed["Name"]) != name:
                    return
                yield listed
            if not page["IsTruncated"]:
                return
            start = {"DNSName": page["NextDNSName"], "HostedZoneId": page["NextHostedZoneId"]}


def _zone(answer: Any, change: Any = None) -> Zone:
    hosted = answer["HostedZone"]
    return Zone(
        id=bare(hosted["Id"]),
        name=plain_name(hosted["Name"]),
        name_servers=_name_servers(hosted["Id"], answer.get("DelegationSet", {})),
        change_id=bare(change["Id"]) if change else None,
        in_sync=change["Status"] == "INSYNC" if change else None,
        caller_reference=hosted["CallerReference"],
    )


def _name_servers(zone_id: str, delegation_set: Any) -> tuple[str, ...]:
    """The zone’s own four name servers. Only a reusable delegation set has an id. Several zones share such a set, so
    it proves nothing about any of them: it raises `UnexpectedDelegationSet`.
    """
    names = tuple(sorted({plain_name(name) for name in delegation_set.get("NameServers", [])}))
    if len(names) != 4 or "Id" in delegation_set:
        raise UnexpectedDelegationSet(
            f"Zone {bare(zone_id)} does not have four name servers of its own: {', '.join(names) or 'none'}."
        )
    return names


def _account_full(quota: Quota) -> CapacityReached:
    return CapacityReached(
        f"The AWS account holds {quota.used} of the {quota.limit} hosted zones it may hold. Ask AWS for a higher"
        " quota or remove domains; the waiting ones then go on by themselves.",
        code="TooManyHostedZones",
    )
