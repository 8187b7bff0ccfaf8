"""The mark that every zone of ours carries, and the list of the zones that carry it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from webapp.aws.route53.port import TaggedZone, ZonePage
from webapp.aws.route53.text import bare, plain_name
from webapp.aws.shared.calls import Calls
from webapp.aws.shared.errors import Gone

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_route53.type_defs import HostedZoneTypeDef, TagTypeDef

INSTALLATION = "nameplate:installation"
CLAIM = "nameplate:claim"
#: ListTagsForResources answers for ten zones at a time.
_ZONES_A_CALL = 10

Tags = dict[str, str]


class Ownership:
    def __init__(self, client: Route53Client, calls: Calls, installation_id: str) -> None:
        self._client = client
        self._calls = calls
        self.installation_id = installation_id

    def comment(self, claim_id: str) -> str:
        """What a person reads in the console; the tags decide."""
        return f"Nameplate {self.installation_id}, claim {claim_id}. Nameplate deletes it; please do not."

    def mark(self, zone_id: str, claim_id: str) -> None:
        """Tag the zone. Repeating it changes nothing, so it also completes a creation that was cut short."""
        self._calls(
            self._client.change_tags_for_resource,
            ResourceType="hostedzone",
            ResourceId=zone_id,
            AddTags=[
                {"Key": INSTALLATION, "Value": self.installation_id},
                {"Key": CLAIM, "Value": claim_id},
            ],
        )

    def take(self, zone_id: str) -> None:
        """Tag the zone for no claim yet."""
        tag: TagTypeDef = {"Key": INSTALLATION, "Value": self.installation_id}
        self._calls(
            self._client.change_tags_for_resource,
            ResourceType="hostedzone",
            ResourceId=zone_id,
            AddTags=[tag],
        )

    def tags(self, zone_id: str) -> Tags:
        answer = self._calls(
            self._client.list_tags_for_resource, ResourceType="hostedzone", ResourceId=zone_id
        )
        return _tags(answer["ResourceTagSet"])

    def is_marked(self, zone_id: str, claim_id: str) -> bool:
        tags = self.tags(zone_id)
        return (tags.get(INSTALLATION), tags.get(CLAIM)) == (self.installation_id, claim_id)

    def page(self, marker: str | None) -> ZonePage:
        """The tagged ones among the next hundred zones of the account: eleven calls, ten of them for the tags."""
        start: Any = {"Marker": marker} if marker else {}
        page = self._calls(self._client.list_hosted_zones, **start)
        public = [zone for zone in page["HostedZones"] if not zone.get("Config", {}).get("PrivateZone")]
        tagged: list[TaggedZone] = []
        for start in range(0, len(public), _ZONES_A_CALL):
            tagged += self._tagged(public[start : start + _ZONES_A_CALL])
        return ZonePage(tuple(tagged), page["NextMarker"] if page["IsTruncated"] else None)

    def _tagged(self, zones: Sequence[HostedZoneTypeDef]) -> Iterator[TaggedZone]:
        tags_of = self._tags_of([bare(zone["Id"]) for zone in zones])
        for zone in zones:
            zone_id = bare(zone["Id"])
            tags = tags_of.get(zone_id, {})
            if tags.get(INSTALLATION) == self.installation_id:
                name = plain_name(zone["Name"])
                yield TaggedZone(zone_id, name, zone["CallerReference"], tags.get(CLAIM, ""))

    def _tags_of(self, zone_ids: list[str]) -> dict[str, Tags]:
        try:
            answer = self._calls(
                self._client.list_tags_for_resources, ResourceType="hostedzone", ResourceIds=zone_ids
            )
        except Gone:
            # One of the ten was deleted after it was listed, and AWS then answers for none of them.
            return {
                zone_id: tags for zone_id in zone_ids if (tags := self._tags_if_there(zone_id)) is not None
            }
        return {bare(tag_set["ResourceId"]): _tags(tag_set) for tag_set in answer["ResourceTagSets"]}

    def _tags_if_there(self, zone_id: str) -> Tags | None:
        try:
            return self.tags(zone_id)
        except Gone:
            return None


def _tags(tag_set: Any) -> Tags:
    return {tag["Key"]: tag.get("Value", "") for tag in tag_set.get("Tags", [])}
