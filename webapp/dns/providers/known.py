"""The providers that people manage their DNS at: told from the name servers of a zone, with their own words.

Pure: no network. A page must never name a field that its reader cannot find. So no provider is named for a zone whose
servers belong to two providers, or to one that we do not know. Nobody has signed in at these providers for this
module: it repeats, in our own words, the pages below, which providers change without notice. Where no page names a
field, the text has a word that every reader understands (“Value”, “Save”).

Looked up again on 2026-11-23, in stored copies of the pages:

- Cloudflare: developers.cloudflare.com, “Delegate subdomains” (the way, no partial setup), “Nameserver options” (NS
  records have the columns Name and Nameserver) and “Manage DNS records” (Add record)
- Squarespace: a partner's guide, “Connecting a Squarespace domain to PledgeBox” (Domains, DNS, Add record; Host,
  Type, Priority, Data, Save), and Squarespace's own help, which speaks of a record's Data. Neither has an NS record
- Gandi: docs.gandi.net, “Gérer les enregistrements DNS” and “Généralités” (names are relative, the apex's name is
  appended to what has no final dot, Type, TTL, a record's value). What the field of an NS record's value is called
  was not to be found
- DigitalOcean: docs.digitalocean.com, the record resource (a record's hostname and value). The control panel's own
  words for an NS record were not to be found

Read when this was written, and not looked up since:

- Cloudflare: “Manage DNS records” (proxy status is for A, AAAA and CNAME only)
- Azure: Microsoft 365 documentation, “Create DNS records for Azure DNS zones”
- GoDaddy, Namecheap, IONOS, OVHcloud, Route 53: Microsoft 365 documentation, “Create DNS records at …”, which says
  for OVHcloud and Namecheap that a value needs its final dot; names of IONOS' servers: ionos.it, “Name server”
- Hetzner: docs.hetzner.com, “NS record”; Porkbun: setup guides that name its fields Host and Answer
- Google Cloud DNS and the ways at Gandi and DigitalOcean are recalled, and from no page
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from webapp.dns.providers.provider import Provider, under

_ONLY_THE_SHORT_NAME = "Type only “{name}”: {zone} is added by itself, and {host} would become {host}.{zone}."


_LEAVE_ITS_OWN_ALONE = "Leave the name servers of {zone} itself alone: to change those moves all of it."


def _leave_alone(what: str) -> str:
    return f"Leave “{what}” alone: it is for the whole of {{zone}}, and moves all of it."


PROVIDERS: tuple[Provider, ...] = (
    Provider(
        "cloudflare",
        "Cloudflare",
        under("ns.cloudflare.com", "foundationdns.com", "foundationdns.net", "foundationdns.org"),
        (
            "Sign in to the Cloudflare dashboard and select {zone}.",
            "Open DNS, then Records.",
        ),
        "Select Add record.",
        "Name",
        "Nameserver",
        traps=(
            "NS records have no proxy switch: if you see the orange cloud, the type is not NS yet.",
            "With a partial (CNAME) setup Cloudflare cannot delegate: use the one whose name servers {zone} has.",
        ),
    ),
    Provider(
        "godaddy",
        "GoDaddy",
        under("domaincontrol.com"),
        (
            "Sign in to GoDaddy and open your products.",
            "Under Domains, select DNS beside {zone}.",
        ),
        "Select Add.",
        "Name",
        "Value",
        traps=(
            _ONLY_THE_SHORT_NAME,
            _leave_alone("Nameservers"),
        ),
    ),
    Provider(
        "namecheap",
        "Namecheap",
        under("registrar-servers.com"),
        (
            "Sign in to Namecheap, open Domain List and select Manage beside {zone}.",
            "Open Advanced DNS, and go to Host Records.",
        ),
        "Select Add New Record.",
        "Host",
        "Nameserver",
        type_choice="NS Record",
        save="the check mark (Save Changes)",
        save_edit="the check mark (Save Changes)",
        final_dot=True,
        traps=(
            _ONLY_THE_SHORT_NAME,
            "Leave “Nameservers” on the Domain tab alone: it is for the whole of {zone}, and moves all of it.",
        ),
    ),
    Provider(
        "squarespace",
        "Squarespace",
        under("squarespacedns.com"),
        (
            "Sign in to Squarespace, open Domains and select {zone}.",
            "Open DNS, then DNS settings.",
        ),
        "Select Add record.",
        "Host",
        "Data",
        traps=(_ONLY_THE_SHORT_NAME, _LEAVE_ITS_OWN_ALONE),
    ),
    Provider(
        "google",
        "Squarespace (Google Domains until 2023) or Google Cloud DNS",
        under("googledomains.com"),
        (
            "At Squarespace: sign in, open Domains, select {zone}, then DNS, DNS settings.",
            "In Google Cloud: open Cloud DNS and select the zone {zone}.",
        ),
        "Select Add record at Squarespace, or Add standard in Google Cloud.",
        "Host or DNS name",
        "Data or Name server",
        traps=(
            "Both have such name servers, so we cannot tell which is yours: sign in where you pay for {zone}.",
            "Google Cloud takes one record set with all four values; Squarespace takes four records.",
            _ONLY_THE_SHORT_NAME,
        ),
    ),
    Provider(
        "route53",
        "Route 53 (AWS)",
        re.compile(r"ns-\d+\.awsdns-\d+\.(?:com|net|org|co\.uk)"),
        (
            "Sign in to the AWS console and open Route 53.",
            "Open Hosted zones and select {zone}.",
        ),
        "Select Create record.",
        "Record name",
        "Value",
        form="set",
        type_choice="NS",
        save="Create records",
        save_edit="Save changes",
        traps=(
            "Leave the NS record named {zone} itself alone: it is what keeps the whole of {zone} working.",
            "If there are several hosted zones named {zone}, choose the public one whose name servers are in use.",
        ),
    ),
    Provider(
        "ionos",
        "IONOS",
        re.compile(r"ns\d+\.ui-dns\.(?:com|org|de|biz)"),
        (
            "Sign in to IONOS, open Menu, then Domains & SSL.",
            "Beside {zone}, open the menu under Actions and select DNS.",
        ),
        "Select Add record.",
        "Host name",
        "Points to",
        traps=(
            _ONLY_THE_SHORT_NAME,
            "Leave “Name servers” alone: it is for the whole of {zone}; a name below it gets NS records.",
        ),
    ),
    Provider(
        "ovh",
        "OVHcloud",
        under("ovh.net", "ovh.ca", "anycast.me"),
        (
            "Sign in to the OVHcloud Control Panel and select {zone} under Domain names.",
            "Open DNS zone.",
        ),
        "Select Add an entry.",
        "Sub-domain",
        "Target",
        save="Next, then Confirm",
        save_edit="Next, then Confirm",
        final_dot=True,
        traps=("Without the final dot, OVHcloud appends {zone} to the target.",),
    ),
    Provider(
        "gandi",
        "Gandi",
        under("gandi.net"),
        ("Sign in to Gandi, open Domain and select {zone}.", "Open DNS Records."),
        "Add a record.",
        "Name",
        "Value",
        final_dot=True,
        traps=("Without the final dot, Gandi appends {zone} to the value.", _LEAVE_ITS_OWN_ALONE),
    ),
    Provider(
        "digitalocean",
        "DigitalOcean",
        re.compile(r"ns[123]\.digitalocean\.com"),
        ("Sign in to DigitalOcean and open Networking, then Domains.", "Select {zone}."),
        "Add a record.",
        "Hostname",
        "Value",
        traps=(
            "Leave the three records that point to ns1, ns2 and ns3.digitalocean.com: they hold {zone} itself.",
        ),
    ),
    Provider(
        "hetzner",
        "Hetzner",
        under("ns.hetzner.com", "ns.hetzner.de"),
        (
            "Sign in to Hetzner Console and open DNS.",
            "Select the zone {zone}.",
            "Open Records.",
        ),
        "Add a record.",
        "Name",
        "Value",
        save="Add record",
        save_edit="",
        final_dot=True,
        traps=("Without the final dot, Hetzner appends {zone} to the value.",),
    ),
    Provider(
        "porkbun",
        "Porkbun",
        under("ns.porkbun.com"),
        (
            "Sign in to Porkbun and open Domain Management.",
            "Beside {zone}, select DNS.",
        ),
        "Go to the form that adds a record.",
        "Host",
        "Answer",
        save="Add",
        save_edit="",
        traps=(
            _ONLY_THE_SHORT_NAME,
            _leave_alone("Authoritative nameservers"),
        ),
    ),
    Provider(
        "azure",
        "Azure DNS",
        re.compile(r"ns\d+-\d+\.azure-dns\.(?:com|net|org|info)"),
        ("Sign in to the Azure portal and search for DNS zones.", "Select {zone}."),
        "Select + Record set.",
        "Name",
        "Name server",
        form="set",
        save="OK",
        save_edit="",
        traps=("Leave the record set named “@” alone: it holds the name servers of {zone} itself.",),
    ),
    # “.test” is reserved (RFC 6761), so these two match no zone outside the sandbox.
    Provider(
        "sandbox",
        "Sandbox Registrar",
        under("sandbox-registrar.test"),
        ("Open the page of Sandbox Registrar.", "Select {zone}."),
        "Go to “Add a record”.",
        "Name",
        "Value",
        form="lines",
        save="Add record",
        final_dot=True,
        traps=("Without the final dot, {zone} is appended to the name and to the values.",),
    ),
    Provider(
        "sandbox-sites",
        "Sandbox Sites",
        under("sandbox-sites.test"),
        ("Open the page of Sandbox Sites.", "Select {zone}."),
        "Go to “Add a record”.",
        "Name",
        "Value",
        form="lines",
        save="Add record",
        final_dot=True,
        traps=("Without the final dot, {zone} is appended to the name and to the values.",),
    ),
)


def provider_of(name_servers: Iterable[str]) -> Provider | None:
    """Who runs these servers, when at least half are known to us and all of those belong to one provider.

    The names are as everywhere: lower case, without a final dot.
    """
    names = set(name_servers)
    known = [found for found in map(_runs, names) if found is not None]
    return known[0] if known and len(set(known)) == 1 and len(known) * 2 >= len(names) else None


def _runs(name_server: str) -> Provider | None:
    return next((one for one in PROVIDERS if one.servers.fullmatch(name_server)), None)
