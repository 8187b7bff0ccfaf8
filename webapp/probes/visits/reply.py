"""One HTTP answer out of a few bytes that a stranger sent. Nothing in them raises."""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection
from email.message import Message

from webapp.outbound import answer
from webapp.probes.visits.certificate import bounded
from webapp.probes.visits.facts import Reply

#: So much of an answer is read, headers included.
MOST_BYTES = 16_384
_PROOF = re.compile(rb"[0-9a-f]{64}")
#: The headers by which content delivery networks name themselves, and a part of their values.
_NETWORKS = (
    ("server", "cloudflare", "Cloudflare"),
    ("cf-ray", "", "Cloudflare"),
    ("x-amz-cf-id", "", "Amazon CloudFront"),
    ("via", "cloudfront", "Amazon CloudFront"),
    ("server", "akamai", "Akamai"),
    ("akamai-grn", "", "Akamai"),
    ("x-fastly-request-id", "", "Fastly"),
    ("x-served-by", "cache-", "Fastly"),
    ("x-azure-ref", "", "Azure Front Door"),
    ("x-sucuri-id", "", "Sucuri"),
    ("x-iinfo", "", "Imperva"),
    ("server", "bunnycdn", "bunny.net"),
    ("server", "cdn77", "CDN77"),
    ("server", "keycdn", "KeyCDN"),
)


def read(data: bytes, proofs: Collection[str]) -> Reply | None:
    """None for what is no answer in HTTP/1. `proofs`: what our edge may have answered."""
    found = answer.read(data, MOST_BYTES)
    if found is None:
        return None
    response, body = found
    headers = response.headers
    return Reply(
        status=response.status,
        ours=response.status == 200 and _is_proof(body, proofs),
        nobody=headers.get("Nameplate-Answer", "").strip().lower() == "nobody",
        location=bounded(headers.get("Location", "")),
        server=bounded(headers.get("Server", "")),
        network=_network(headers),
    )


def _is_proof(body: bytes, proofs: Collection[str]) -> bool:
    line = body.strip()
    if not _PROOF.fullmatch(line):
        return False
    return any(hmac.compare_digest(line.decode(), proof) for proof in proofs)


def _network(headers: Message) -> str:
    for header, part, network in _NETWORKS:
        value = headers.get(header)
        if value is not None and part in str(value).lower():
            return network
    return ""
