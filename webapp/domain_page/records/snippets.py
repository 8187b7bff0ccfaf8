"""The four records in formats for tools: a zone file, Terraform, the AWS command line.

All formats are made from the same `Instructions` as the page, so that they cannot differ. Names here come from
`webapp.dns.names` and from Route 53: letters, digits, hyphens and dots, which no format has to quote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from webapp.dns.providers import Provider
from webapp.domain_page.records.instructions import Instructions

TTL = 3600


@dataclass(frozen=True)
class Snippet:
    """`text` is copied whole; `note` says where to use it and what to fill in."""

    text: str
    note: str


def zone_file(todo: Instructions, _provider: Provider | None = None) -> Snippet:
    """Absolute names, so that the lines mean the same whatever $ORIGIN they stand under (RFC 1035, 5.1)."""
    lines = (f"{todo.host}.\t{TTL}\tIN\tNS\t{name}." for name in todo.name_servers)
    return Snippet(
        "\n".join(lines) + "\n",
        f"Lines for the zone {todo.parent_zone}. Raise the serial number of its SOA record, then reload the zone.",
    )


def terraform(todo: Instructions, provider: Provider | None = None) -> Snippet:
    """A Terraform resource of the recognised provider if we know one, else of Route 53."""
    if provider is not None and provider.id == "cloudflare":
        return _cloudflare(todo)
    note = f"For a zone {todo.parent_zone} that is in Route 53."
    text = "\n".join([template.format(**_terraform_names(todo)) for template in (ROUTE53_ZONE, _ROUTE53)])
    return Snippet(text, note + elsewhere(todo.parent_zone, provider))


def aws_cli(todo: Instructions, provider: Provider | None = None) -> Snippet:
    """A command that finds the public zone by its name. It uses UPSERT, so that it can be run twice."""
    batch = {
        "Comment": f"Delegate {todo.host}",
        "Changes": [
            {
                "Action": "UPSERT",
                "ResourceRecordSet": {
                    "Name": f"{todo.host}.",
                    "Type": "NS",
                    "TTL": TTL,
                    "ResourceRecords": [{"Value": f"{name}."} for name in todo.name_servers],
                },
            }
        ],
    }
    text = AWS_CLI.format(zone=todo.parent_zone, batch=json.dumps(batch, indent=2))
    note = f"For a zone {todo.parent_zone} that is in Route 53; needs the AWS command line, signed in to its account."
    return Snippet(text, note + elsewhere(todo.parent_zone, provider))


def _cloudflare(todo: Instructions) -> Snippet:
    text = "\n".join([cloudflare_variable(todo.parent_zone), _CLOUDFLARE.format(**_terraform_names(todo))])
    return Snippet(text, cloudflare_note(todo.parent_zone))


def cloudflare_note(zone: str) -> str:
    return f"Set cloudflare_zone_id to the zone id on the overview page of {zone} at Cloudflare."


def cloudflare_variable(zone: str) -> str:
    return _CLOUDFLARE_VARIABLE.format(zone=zone)


def _terraform_names(todo: Instructions) -> dict[str, str]:
    return {
        "zone": todo.parent_zone,
        "zone_id": identifier(todo.parent_zone),
        "host": todo.host,
        "host_id": identifier(todo.host),
        "name_servers": ",\n".join(f'    "{name}"' for name in todo.name_servers),
    }


def identifier(name: str) -> str:
    """A Terraform identifier: it starts with a letter or an underscore."""
    found = re.sub(r"[^a-z0-9]", "_", name)
    return found if found[0].isalpha() else f"_{found}"


def elsewhere(zone: str, provider: Provider | None) -> str:
    """That a snippet for Route 53 is for another provider than the zone's; empty where it is not."""
    if provider is None or provider.id == "route53":
        return ""
    return f" {zone} seems to be at {provider.name}: there, use the steps."


ROUTE53_ZONE = """\
data "aws_route53_zone" "{zone_id}" {{
  name = "{zone}"
}}
"""

_ROUTE53 = """\
resource "aws_route53_record" "{host_id}_ns" {{
  zone_id = data.aws_route53_zone.{zone_id}.zone_id
  name    = "{host}"
  type    = "NS"
  ttl     = 3600
  records = [
{name_servers}
  ]
}}
"""

_CLOUDFLARE_VARIABLE = """\
variable "cloudflare_zone_id" {{
  description = "The id of the zone {zone}"
  type        = string
}}
"""

_CLOUDFLARE = """\
resource "cloudflare_dns_record" "{host_id}_ns" {{
  for_each = toset([
{name_servers}
  ])
  zone_id = var.cloudflare_zone_id
  name    = "{host}"
  type    = "NS"
  content = each.value
  ttl     = 3600
}}
"""

AWS_CLI = """\
ZONE_ID=$(aws route53 list-hosted-zones-by-name --dns-name {zone} \\
  --query "HostedZones[?Name=='{zone}.' && !Config.PrivateZone].Id | [0]" --output text)

aws route53 change-resource-record-sets --hosted-zone-id "$ZONE_ID" --change-batch '{batch}'
"""

#: The values of `?as=` besides “steps”, with the words of their links.
FORMATS: dict[str, tuple[str, Callable[[Instructions, Provider | None], Snippet]]] = {
    "zone-file": ("Zone file", zone_file),
    "terraform": ("Terraform", terraform),
    "aws-cli": ("AWS CLI", aws_cli),
}


@dataclass(frozen=True)
class Chosen:
    """The format that the reader has chosen by `?as=`: “steps”, or one of `FORMATS`."""

    id: str

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        return (("steps", "Steps"), *((id_, words) for id_, (words, _) in FORMATS.items()))

    @property
    def words(self) -> str:
        return dict(self.links)[self.id]

    @property
    def query(self) -> dict[str, str]:
        """The query string parameters that lead to the same choice."""
        return {} if self.id == "steps" else {"as": self.id}

    def snippet(self, todo: Instructions, provider: Provider | None) -> Snippet:
        return FORMATS[self.id][1](todo, provider)


def chosen(text: str | None) -> Chosen:
    """The format from `?as=`; “steps” for an unknown one."""
    return Chosen(text if text in FORMATS else "steps")
