"""An HTTP answer out of a few bytes that a stranger sent. Nothing in them raises."""

from __future__ import annotations

import re
from functools import lru_cache
from http.client import HTTPException, HTTPResponse, IncompleteRead
from io import BytesIO
from typing import Any, cast

_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,9})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")
_WITHOUT_BODY = re.compile(rb"HTTP/1\.\d (204|304)\b")


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
    if _WITHOUT_BODY.match(head):
        return 0
    if length := _LENGTH.search(head + b"\r\n"):
        return int(length[1])
    return None if b"chunked" in head.lower() else float("inf")


def read(data: bytes, most: int, method: str = "GET") -> tuple[HTTPResponse, bytes] | None:
    """The status and headers, and the first `most` bytes of the body as far as they came. None for what is no answer
    in HTTP/1, and for headers that did not come to their end: what they say would depend on where they were cut off.
    """
    if not _HEAD_ENDS.search(data):
        return None
    response = HTTPResponse(cast("Any", _Bytes(data)), method=method)
    try:
        response.begin()
        return response, _first(response, most)
    except (HTTPException, ValueError, OverflowError, OSError):
        return None


def _first(response: HTTPResponse, most: int) -> bytes:
    try:
        return response.read(most)
    except IncompleteRead as err:
        return err.partial
