"""Where the pages of DNS providers are, by their ids: their lists of domains or zones, and their instructions.

Looked up on 2026-11-27: Cloudflare's in its own “Manage DNS records”, the others as many public repositories name
them. IONOS and OVHcloud have another one for each country, and `googledomains.com` is two companies', so that none of
theirs is named.
"""

from __future__ import annotations

from collections.abc import Mapping

PANELS: Mapping[str, str] = {
    "cloudflare": "https://dash.cloudflare.com/?to=/:account/:zone/dns/records",
    "godaddy": "https://dcc.godaddy.com/control/portfolio",
    "namecheap": "https://ap.www.namecheap.com/domains/list/",
    "squarespace": "https://account.squarespace.com/domains",
    "route53": "https://console.aws.amazon.com/route53/v2/hostedzones",
    "gandi": "https://admin.gandi.net/domain/",
    "digitalocean": "https://cloud.digitalocean.com/networking/domains",
    "hetzner": "https://console.hetzner.com/",
    "porkbun": "https://porkbun.com/account/domains",
    "azure": "https://portal.azure.com/",
}
MANUALS: Mapping[str, str] = {
    "cloudflare": "https://developers.cloudflare.com/dns/manage-dns-records/how-to/create-dns-records/",
    "godaddy": "https://www.godaddy.com/help/add-an-ns-record-19212",
    "route53": "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-creating.html",
    "digitalocean": "https://docs.digitalocean.com/products/networking/dns/how-to/manage-records/",
    "hetzner": "https://docs.hetzner.com/networking/dns",
    "azure": "https://learn.microsoft.com/azure/dns/dns-operations-recordsets-portal",
}
