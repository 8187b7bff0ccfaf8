"""A few hundred bytes of Route 53 behind a real boto3 client: no HTTP, yet botocore checks every parameter.

Unlike the sandbox it also holds what only somebody else could have made: private zones, weighted record sets,
foreign tags, a reusable delegation set.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

Answer = dict[str, Any]


class RefusalError(Exception):
    """An answer of AWS that is an error."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


@dataclass
class FakeZone:
    name: str
    reference: str
    private: bool = False
    servers: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    sets: list[Answer] = field(default_factory=list)

    def listed(self, zone_id: str) -> Answer:
        return {
            "Id": f"/hostedzone/{zone_id}",
            "Name": f"{self.name}.",
            "CallerReference": self.reference,
            "Config": {"PrivateZone": self.private},
        }


class FakeAws:
    """`zones` by bare id. `faults[operation]` are raised instead of the work, `lost[operation]` after it."""

    def __init__(self, client: Route53Client) -> None:
        self.zones: dict[str, FakeZone] = {}
        self.calls: list[tuple[str, Answer]] = []
        self.faults: dict[str, deque[Exception]] = defaultdict(deque)
        self.lost: dict[str, deque[Exception]] = defaultdict(deque)
        self.limit = 500
        self.changes: dict[str, str] = {}
        self.set_id: str | None = None
        self._numbers = count(1)
        events: Any = client.meta.events
        events.register("before-parameter-build.route-53", self._remember)
        events.register("before-call.route-53", self._answer)

    def called(self, operation: str) -> list[Answer]:
        return [params for name, params in self.calls if name == operation]

    def add(self, name: str, reference: str, **values: Any) -> str:
        number = next(self._numbers)
        zone_id = f"Z{number:04d}"
        servers = values.pop("servers", [f"NS-{number}.awsdns-{i}.Com." for i in range(4)])
        apex = [
            raw(name, "NS", *servers, ttl=172800),
            raw(name, "SOA", f"{servers[0]} host. 1 2 3 4 5", ttl=900),
        ]
        self.zones[zone_id] = FakeZone(name, reference, servers=servers, sets=apex, **values)
        return zone_id

    def _remember(self, params: Answer, context: Answer, **_: Any) -> None:
        context["fake"] = dict(params)

    def _answer(self, model: Any, context: Answer, **_: Any) -> tuple[Any, Answer]:
        params = context["fake"]
        self.calls.append((model.name, params))
        try:
            if self.faults[model.name]:
                raise self.faults[model.name].popleft()
            work: Callable[[Answer], Answer] = getattr(self, f"_{model.name}")
            answer = work(params)
            if self.lost[model.name]:
                raise self.lost[model.name].popleft()
        except RefusalError as refusal:
            error = {"Code": refusal.code, "Message": refusal.message}
            meta = {"RequestId": "11111111-2222-3333-4444-555555555555", "HTTPStatusCode": refusal.status}
            return SimpleNamespace(status_code=refusal.status), {"Error": error, "ResponseMetadata": meta}
        return SimpleNamespace(status_code=200), answer

    def _zone(self, params: Answer, key: str = "Id") -> FakeZone:
        if params[key] not in self.zones:
            raise RefusalError("NoSuchHostedZone", "No hosted zone found", 404)
        return self.zones[params[key]]

    def _change(self) -> Answer:
        change_id = f"C{next(self._numbers):04d}"
        self.changes[change_id] = "PENDING"
        return {"Id": f"/change/{change_id}", "Status": "PENDING"}

    def _set(self, zone: FakeZone) -> Answer:
        return {"NameServers": zone.servers} | ({"Id": self.set_id} if self.set_id else {})

    def _CreateHostedZone(self, params: Answer) -> Answer:  # noqa: N802
        if params["CallerReference"] in {zone.reference for zone in self.zones.values()}:
            raise RefusalError("HostedZoneAlreadyExists", "A hosted zone has already been created", 409)
        zone_id = self.add(params["Name"].removesuffix("."), params["CallerReference"])
        zone = self.zones[zone_id]
        return {
            "HostedZone": zone.listed(zone_id),
            "ChangeInfo": self._change(),
            "DelegationSet": self._set(zone),
        }

    def _GetHostedZone(self, params: Answer) -> Answer:  # noqa: N802
        zone = self._zone(params)
        return {"HostedZone": zone.listed(params["Id"]), "DelegationSet": self._set(zone)}

    def _ListHostedZones(self, params: Answer) -> Answer:  # noqa: N802
        ids = sorted(zone_id for zone_id in self.zones if zone_id >= params.get("Marker", ""))
        page: Answer = {
            "HostedZones": [self.zones[i].listed(i) for i in ids[:100]],
            "IsTruncated": len(ids) > 100,
        }
        return page | ({"NextMarker": ids[100]} if len(ids) > 100 else {})

    def _ListHostedZonesByName(self, params: Answer) -> Answer:  # noqa: N802
        start = (_order(params["DNSName"]), params.get("HostedZoneId", ""))
        found = sorted((_order(zone.name), zone_id) for zone_id, zone in self.zones.items())
        ids = [zone_id for order, zone_id in found if (order, zone_id) >= start]
        page: Answer = {
            "HostedZones": [self.zones[i].listed(i) for i in ids[:100]],
            "IsTruncated": len(ids) > 100,
        }
        if len(ids) > 100:
            page |= {"NextDNSName": f"{self.zones[ids[100]].name}.", "NextHostedZoneId": ids[100]}
        return page

    def _GetAccountLimit(self, params: Answer) -> Answer:  # noqa: N802
        return {"Limit": {"Type": params["Type"], "Value": self.limit}, "Count": len(self.zones)}

    def _GetChange(self, params: Answer) -> Answer:  # noqa: N802
        if params["Id"] not in self.changes:
            raise RefusalError("NoSuchChange", "Could not find resource", 404)
        return {"ChangeInfo": {"Id": params["Id"], "Status": self.changes[params["Id"]]}}

    def _ChangeTagsForResource(self, params: Answer) -> Answer:  # noqa: N802
        self._zone(params, "ResourceId").tags |= {tag["Key"]: tag["Value"] for tag in params["AddTags"]}
        return {}

    def _ListTagsForResource(self, params: Answer) -> Answer:  # noqa: N802
        return {"ResourceTagSet": self._tag_set(params["ResourceId"])}

    def _ListTagsForResources(self, params: Answer) -> Answer:  # noqa: N802
        assert len(params["ResourceIds"]) <= 10
        return {"ResourceTagSets": [self._tag_set(zone_id) for zone_id in params["ResourceIds"]]}

    def _tag_set(self, zone_id: str) -> Answer:
        tags = self._zone({"Id": zone_id}).tags
        return {"ResourceId": zone_id, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _ListResourceRecordSets(self, params: Answer) -> Answer:  # noqa: N802
        start = (_order(params.get("StartRecordName", "")), params.get("StartRecordType", ""))
        after = (*start, params.get("StartRecordIdentifier", ""))
        sets = sorted(self._zone(params, "HostedZoneId").sets, key=_key)
        found, size = [one for one in sets if _key(one) >= after], int(params.get("MaxItems", 300))
        page: Answer = {"ResourceRecordSets": found[:size], "IsTruncated": len(found) > size}
        if len(found) > size:
            following = found[size]
            page |= {"NextRecordName": following["Name"], "NextRecordType": following["Type"]}
            if "SetIdentifier" in following:
                page["NextRecordIdentifier"] = following["SetIdentifier"]
        return page

    def _ChangeResourceRecordSets(self, params: Answer) -> Answer:  # noqa: N802
        zone = self._zone(params, "HostedZoneId")
        sets = {_key(one): one for one in zone.sets}
        for change in params["ChangeBatch"]["Changes"]:
            _carry_out(sets, change["Action"], change["ResourceRecordSet"])
        zone.sets = list(sets.values())
        return {"ChangeInfo": self._change()}

    def _DeleteHostedZone(self, params: Answer) -> Answer:  # noqa: N802
        if len(self._zone(params).sets) > 2:
            raise RefusalError("HostedZoneNotEmpty", "The specified hosted zone contains other record sets")
        del self.zones[params["Id"]]
        return {"ChangeInfo": self._change()}


def raw(name: str, kind: str, *values: str, ttl: int = 300, **more: Any) -> Answer:
    records = [{"Value": value} for value in values]
    return {"Name": f"{name}.", "Type": kind, "TTL": ttl, "ResourceRecords": records, **more}


def _order(name: str) -> tuple[str, ...]:
    return tuple(reversed(name.removesuffix(".").split("."))) if name else ()


def _key(one: Answer) -> tuple[tuple[str, ...], str, str]:
    return _order(one["Name"]), one["Type"], one.get("SetIdentifier", "")


def _carry_out(sets: dict[Any, Answer], action: str, wanted: Answer) -> None:
    described, found = f"[name='{wanted['Name']}', type='{wanted['Type']}']", sets.get(_key(wanted))
    if "bad" in wanted["Name"]:
        raise RefusalError("InvalidChangeBatch", f"[{described} is not permitted in zone]")
    if action == "CREATE" and found:
        raise RefusalError(
            "InvalidChangeBatch", f"[Tried to create resource record set {described} but it already exists]"
        )
    if action == "DELETE" and found is None:
        raise RefusalError(
            "InvalidChangeBatch", f"[Tried to delete resource record set {described} but it was not found]"
        )
    if action == "DELETE" and found != wanted:
        raise RefusalError("InvalidChangeBatch", "[the values provided do not match the current values]")
    if action == "DELETE":
        del sets[_key(wanted)]
    else:
        sets[_key(wanted)] = wanted
