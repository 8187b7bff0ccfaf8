"""Bytes of a stranger, read as an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.probes.visits import reply
from webapp.probes.visits.reply import read

PROOF = "0f" * 32


def test_proof_is_a_line_of_its_own_with_200() -> None:
    def ours(body: str, status: str = "200 OK") -> bool:
        found = read(f"HTTP/1.1 {status}\r\n\r\n{body}".encode(), {PROOF, "1" * 64})
        assert found is not None
        return found.ours

    assert ours(PROOF)
    assert ours(f"{PROOF}\n")
    assert ours("1" * 64)
    assert not ours(PROOF, "404 Not Found")
    assert not ours(PROOF[:-1])
    assert not ours(PROOF.upper())
    assert not ours(f"{PROOF} {PROOF}")
    assert not ours("2" * 64)


@pytest.mark.parametrize(
    ("headers", "network"),
    [
        ("Server: cloudflare", "Cloudflare"),
        ("Via: 1.1 abc.cloudfront.net (CloudFront)", "Amazon CloudFront"),
        ("X-Served-By: cache-fra-1", "Fastly"),
        ("Via: 1.1 Caddy", ""),
        ("Server: nginx", ""),
        ("X-Served-By: web-1", ""),
    ],
)
def test_networks_by_their_headers(headers: str, network: str) -> None:
    found = read(f"HTTP/1.1 404 Not Found\r\n{headers}\r\n\r\n".encode(), set())
    assert found is not None
    assert found.network == network


@pytest.mark.parametrize(
    "body",
    [
        b"-199999999999999999999\r\n",
        b"7fffffffffffffff\r\nx",
        b"ffffffffffffffffffffffff\r\nx",
        b"-1\r\nx\r\n",
    ],
)
def test_chunk_of_no_size_that_there_is_raises_nothing(body: bytes) -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    found = read(data, {PROOF})
    assert found is None or not found.ours


HEADS = st.sampled_from(
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.0 302 \r\nLocation: ",
        b"HTTP/1.1 200\r\nA: b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-9",
    ]
)


@given(HEADS, st.binary(max_size=400))
def test_nothing_raises(head: bytes, rest: bytes) -> None:
    found = read(head + rest, {PROOF})
    if found is not None:
        assert not found.ours
        assert max(map(len, (found.location, found.server))) <= 120
        assert "\n" not in found.location + found.server


def test_what_stands_behind_the_most_that_is_read_does_not_count() -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * reply.MOST_BYTES
    found = read(data[: reply.MOST_BYTES], {PROOF})
    assert found is not None
    assert not found.ours
