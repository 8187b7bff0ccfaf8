"""Servers that service tests share; each test makes names of its own in them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.service.dns_tree import DnsTree


@pytest.fixture(scope="session")
def dns_tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsTree]:
    """Real name servers and resolvers on loopback addresses, started once per process."""
    tree = DnsTree(tmp_path_factory.mktemp("dns"))
    yield tree
    tree.stop()
