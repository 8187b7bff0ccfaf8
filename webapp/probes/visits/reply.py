"""One HTTP answer out of a few bytes that a stranger sent. Nothing in them raises."""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection
from email.message import Message
from functools import lru_cache
from http.client import HTTPException, HTTPResponse, IncompleteRead
from io import BytesIO
from typing import Any, cast

from webapp.probes.visits.certificate import bounded
from webapp.probes.visits.facts import Reply

#: So much of an answer is read, headers included.
MOST_BYTES = 8192
_PROOF = re.compile(rb"[0-9a-f]{64}")
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,9})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
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


class _Bytes:
    """What `HTTPResponse` needs of a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(self._data)


def is_whole(data: bytes) -> bool:
    """Whether nothing more is to come, as far as the headers tell."""
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        return False
    length = length_of(head)
    return body.endswith(b"0\r\n\r\n") if length is None else len(body) >= length


@lru_cache(maxsize=128)
def length_of(head: bytes) -> float | None:
    """How long the body is by these headers: without end if they do not tell, None where it comes in chunks. It is
    kept, because a server may send each byte of the body by itself.
    """
    if length := _LENGTH.search(head + b"\r\n"):
        return int(length[1])
    return None if b"chunked" in head.lower() else float("inf")


def read(data: bytes, proofs: Collection[str]) -> Reply | None:
    """None for what is no answer in HTTP/1. `proofs`: what our edge may have answered."""
    response = HTTPResponse(cast("Any", _Bytes(data)), method="GET")
    try:
        response.begin()
        body = _first(response)
    except (HTTPException, ValueError, OverflowError, OSError):
        return None
    headers = response.headers
    return Reply(
        status=response.status,
        ours=response.status == 200 and _is_proof(body, proofs),
        nobody=headers.get("Nameplate-Answer", "").strip().lower() == "nobody",
        location=bounded(headers.get("Location", "")),
        server=bounded(headers.get("Server", "")),
        network=_network(headers),
    )


def _first(response: HTTPResponse) -> bytes:
    try:
        return response.read(MOST_BYTES)
    except IncompleteRead as err:
        return err.partial


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
