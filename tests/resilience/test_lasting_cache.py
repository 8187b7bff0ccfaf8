"""The cache in a directory goes on whatever happens to its files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from webapp.resilience.lasting_cache import LastingFileCache


@pytest.fixture
def cache(tmp_path: Path) -> LastingFileCache:
    return LastingFileCache(str(tmp_path / "instance" / "cache"))


@pytest.mark.parametrize("gone", ["instance", "instance/cache"])
def test_directory_that_was_deleted_is_made_again(cache: LastingFileCache, tmp_path: Path, gone: str) -> None:
    cache.set("one", 1)
    shutil.rmtree(tmp_path / gone)
    assert cache.get("one") is None
    assert not cache.has("one")
    cache.delete("one")
    assert cache.add("two", 2)
    assert cache.set("three", 3)
    assert (cache.get("two"), cache.get("three")) == (2, 3)
    assert (tmp_path / "instance" / "cache").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\0", b"\0\0\0\0", b"\0\0\0\0nonsense", b"\0\0\0\0cno.such\nthing\n.", b"\0\0\0\0I1x\n."),
        *(b"\0\0\0\0\x8d" + 8 * b"\xff", b"\0\0\0\0\x8e" + 7 * b"\xff" + b"\x0f"),  # a text of 2**60 bytes
    ],
)
def test_item_that_cannot_be_read_is_none_and_can_be_written(cache: LastingFileCache, content: bytes) -> None:
    cache.set("one", 1)
    Path(cache._get_filename("one")).write_bytes(content)
    assert cache.get("one") is None
    assert cache.set("one", 2)
    assert cache.get("one") == 2
