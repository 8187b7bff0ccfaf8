"""Servers that service tests share; each test makes names of its own in them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.service.dns_tree import DnsTree
from tests.service.faults import BOTH_SETUPS, Installation, installed_on_servers, installed_on_sqlite


@pytest.fixture(scope="session")
def dns_tree_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsTree]:
    """Real name servers and resolvers on loopback addresses, started once per process."""
    tree = DnsTree(tmp_path_factory.mktemp("dns"))
    yield tree
    tree.stop()


@pytest.fixture
def dns_tree(dns_tree_processes: DnsTree) -> Iterator[DnsTree]:
    """The tree, for one test; the stub server in it has to have worked as the test told it to."""
    yield dns_tree_processes
    faults, dns_tree_processes.stub.faults = dns_tree_processes.stub.faults, []
    assert not faults


@pytest.fixture(scope="session", params=BOTH_SETUPS)
def installation_processes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """SQLite alone, or PostgreSQL with Redis, with the sandbox running, once per process."""
    directory = tmp_path_factory.mktemp(f"faults-{request.param}")
    with (installed_on_sqlite if request.param == "sqlite" else installed_on_servers)(directory) as found:
        yield found


@pytest.fixture
def installation(installation_processes: Installation) -> Iterator[Installation]:
    """For one test, which takes names of its own in it. What it broke works again for the next one.

    Its AWS hands changes to its name servers at once: else each zone that a test makes waits for a second look.
    """
    installation_processes.tell_sandbox("settings", {"in_sync_seconds": 0})
    yield installation_processes
    installation_processes.forget_faults()
    installation_processes.name_servers("")
