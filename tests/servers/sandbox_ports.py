"""Where a test's own sandbox, or its own `make run`, listens: two that chose by themselves could choose the same."""

from __future__ import annotations

from tests.servers.programs import free_port, free_row
from webapp.sandbox.shared.environment import DNS_PORT_COUNT


def sandbox_ports() -> tuple[int, int, int]:
    """One for the sandbox, one for its edge, and the first of those for its name servers."""
    first = free_row(DNS_PORT_COUNT + 2)
    return first, first + 1, first + 2


def laptop_ports() -> dict[str, str]:
    """The settings of `make run` that say where everything listens."""
    sandbox, edge, dns = sandbox_ports()
    return {
        "PORT": str(free_port()),
        "EDGE_BIND": f"127.0.0.1:{free_port()}",
        "SANDBOX_PORT": str(sandbox),
        "SANDBOX_EDGE_PORT": str(edge),
        "SANDBOX_DNS_PORT": str(dns),
    }
