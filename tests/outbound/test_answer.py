"""Bytes of a stranger, read as an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.outbound import answer
from webapp.outbound.answer import is_whole


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (b"", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", True),
        (b"HTTP/1.1 204 No Content\r\nX-Any: 1\r\n\r\n", True),
        (b"HTTP/1.1 301 Moved\r\ncontent-length:0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\n\r\nhello", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", False),
    ],
)
def test_when_nothing_more_is_to_come(data: bytes, whole: bool) -> None:
    assert is_whole(data) == whole


def test_headers_are_looked_through_once_however_small_the_pieces() -> None:
    """A server that sends byte after byte must not cost the time of all other visits."""
    head = b"HTTP/1.1 200 OK\r\n" + b"X-Padding: aaaaaaaa\r\n" * 90 + b"\r\n"
    answer.length_of.cache_clear()
    for size in range(len(head), 8192, 7):
        assert not answer.is_whole(head + b"x" * (size - len(head)))
    assert answer.length_of.cache_info().misses == 1


def test_headers_that_are_cut_off_are_no_answer_wherever_that_is() -> None:
    whole = b"HTTP/1.1 200 OK\r\nServer: elsewhere\r\n\r\n"
    assert {answer.read(whole[:end], 100) for end in range(len(whole))} == {None}
    found = answer.read(whole, 100)
    assert found is not None
    assert (found[0].status, found[0].headers["Server"]) == (200, "elsewhere")


@given(st.binary(max_size=400))
def test_nothing_raises(data: bytes) -> None:
    is_whole(b"HTTP/1.1 200 OK\r\n" + data)
    found = answer.read(b"HTTP/1.1 200 OK\r\n" + data, 100, "POST")
    assert found is None or len(found[1]) <= 100
