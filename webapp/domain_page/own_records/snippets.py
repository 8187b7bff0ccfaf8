"""The records of a customer's own zone in formats for tools, all made from the same `RecordsToType` as the page.

Tokens, names and addresses are letters, digits, hyphens, underscores, dots and colons, which no format has to quote.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from webapp.dns.providers import Provider
from webapp.domain_page.own_records.to_type import Part, RecordLine, RecordsToType
from webapp.domain_page.records.snippets import (
    AWS_CLI,
    ROUTE53_ZONE,
    TTL,
    Snippet,
    cloudflare_note,
    cloudflare_variable,
    elsewhere,
    identifier,
)

_LATER = " Leave out {what} until you switch; the TXT record alone reserves the name."


def zone_file(todo: RecordsToType, _provider: Provider | None = None) -> Snippet:
    lines = []
    for part in Part:
        lines += [f"; {_SAID[part]}" for _ in todo.of(part)[:1]]
        lines += [f"{line.name}.\t{TTL}\tIN\t{line.type}\t{_rdata(line)}" for line in todo.of(part)]
    note = (
        f"Lines for the zone {todo.parent_zone}.{_later(todo)} Raise the serial number of its SOA record, then "
        "reload the zone."
    )
    if _aliases(todo):
        note += " ALIAS is a type of PowerDNS and others; where yours has none, it needs addresses."
    return Snippet("\n".join(lines) + "\n", note)


_SAID = {
    Part.RESERVE: "reserves the name",
    Part.SWITCH: "leads it to us",
    Part.CERTIFICATE: "for the certificate",
}


def terraform(todo: RecordsToType, provider: Provider | None = None) -> Snippet:
    """Terraform resources of the recognised provider if we know one, else of Route 53."""
    if provider is not None and provider.id == "cloudflare":
        text = "\n".join([cloudflare_variable(todo.parent_zone), *map(_cloudflare, todo.lines)])
        return Snippet(text, f"{cloudflare_note(todo.parent_zone)}{_later(todo)}")
    zone = ROUTE53_ZONE.format(zone=todo.parent_zone, zone_id=identifier(todo.parent_zone))
    text = "\n".join([zone, *(_route53(group, todo) for group in _sets(todo))])
    note = f"For a zone {todo.parent_zone} that is in Route 53.{_later(todo)}{_no_alias(todo)}"
    return Snippet(text, note + elsewhere(todo.parent_zone, provider))


def aws_cli(todo: RecordsToType, provider: Provider | None = None) -> Snippet:
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": f"{group[0].name}.",
                "Type": group[0].type,
                "TTL": TTL,
                "ResourceRecords": [{"Value": _rdata(line)} for line in group],
            },
        }
        for group in _sets(todo)
    ]
    batch = {"Comment": f"Prove {todo.host}", "Changes": changes}
    text = AWS_CLI.format(zone=todo.parent_zone, batch=json.dumps(batch, indent=2))
    note = (
        f"For a zone {todo.parent_zone} that is in Route 53; needs the AWS command line, signed in to its account."
        f"{_later(todo)}{_no_alias(todo)}"
    )
    return Snippet(text, note + elsewhere(todo.parent_zone, provider))


def _later(todo: RecordsToType) -> str:
    if todo.served:
        return ""
    types = " and ".join(dict.fromkeys(line.type for line in todo.of(Part.SWITCH)))
    return _LATER.format(
        what=f"the {types} record{'s' if len(todo.of(Part.SWITCH)) > 1 else ''} of {todo.host}"
    )


def _aliases(todo: RecordsToType) -> bool:
    return any(line.type == "ALIAS" for line in todo.lines)


def _no_alias(todo: RecordsToType) -> str:
    if not _aliases(todo):
        return ""
    return f" Route 53 has no ALIAS records to names outside of AWS, so that {todo.host} itself cannot be led to us."


def _sets(todo: RecordsToType) -> list[list[RecordLine]]:
    """The records that Route 53 can hold, those of one name and type together."""
    found: dict[tuple[str, str], list[RecordLine]] = {}
    for line in todo.lines:
        if line.type != "ALIAS":
            found.setdefault((line.name, line.type), []).append(line)
    return list(found.values())


def _rdata(line: RecordLine) -> str:
    if line.type == "TXT":
        return f'"{line.value}"'
    return f"{line.value}." if line.type in {"CNAME", "ALIAS"} else line.value


def _route53(group: list[RecordLine], todo: RecordsToType) -> str:
    first = group[0]
    return _ROUTE53.format(
        zone_id=identifier(todo.parent_zone),
        id=f"{identifier(first.name)}_{first.type.lower()}",
        name=first.name,
        type=first.type,
        ttl=TTL,
        records=", ".join(f'"{line.value}"' for line in group),
    )


def _cloudflare(line: RecordLine) -> str:
    rdtype = "CNAME" if line.type == "ALIAS" else line.type
    content = f'"\\"{line.value}\\""' if rdtype == "TXT" else f'"{line.value}"'
    return _CLOUDFLARE.format(
        id=f"{identifier(line.name)}_{line.type.lower()}{_of_several(line)}",
        name=line.name,
        type=rdtype,
        content=content,
        ttl=TTL,
        proxied="" if rdtype == "TXT" else "\n  proxied = false",
    )


def _of_several(line: RecordLine) -> str:
    """Only addresses can be several of one name and type, and each is a resource of its own."""
    return identifier(f"_{line.value}") if line.type in {"A", "AAAA"} else ""


_ROUTE53 = """\
resource "aws_route53_record" "{id}" {{
  zone_id = data.aws_route53_zone.{zone_id}.zone_id
  name    = "{name}"
  type    = "{type}"
  ttl     = {ttl}
  records = [{records}]
}}
"""

_CLOUDFLARE = """\
resource "cloudflare_dns_record" "{id}" {{
  zone_id = var.cloudflare_zone_id
  name    = "{name}"
  type    = "{type}"
  content = {content}
  ttl     = {ttl}{proxied}
}}
"""

#: By the same ids as `webapp.domain_page.records.snippets.FORMATS`.
FORMATS: dict[str, Callable[[RecordsToType, Provider | None], Snippet]] = {
    "zone-file": zone_file,
    "terraform": terraform,
    "aws-cli": aws_cli,
}
