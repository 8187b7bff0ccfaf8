"""Unbound as a validating recursive resolver that knows nothing but the root of the tree."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from tests.service.dns_tree.programs import DNS_PORT, Daemon, program

# Unbound answers for .test itself unless told not to (RFC 6761), and remembers which servers were slow: a
# server that one test silenced must not be shunned in the next.
_CONFIGURATION = """\
server:
    interface: {address}@{port}
    outgoing-interface: {address}
    access-control: 127.0.0.0/8 allow
    do-daemonize: no
    chroot: ""
    username: ""
    pidfile: ""
    directory: "{folder}"
    use-syslog: no
    logfile: ""
    log-servfail: yes
    num-threads: 1
    do-ip6: no
    do-not-query-localhost: no
    root-hints: "{folder}/root.hints"
    module-config: "validator iterator"
    trust-anchor: "{trust_anchor}"
    local-zone: "test." nodefault
    infra-host-ttl: 1
    infra-keep-probing: yes
    infra-cache-max-rtt: 1000
remote-control:
    control-enable: no
"""


class Unbound:
    """A resolver at port 53 of an address. `trust_anchor` is a DS record with its owner."""

    def __init__(self, address: str, folder: Path, root_address: str, trust_anchor: str) -> None:
        self.address = address
        folder.mkdir()
        (folder / "root.hints").write_text(f". 3600 NS root.servers.\nroot.servers. 3600 A {root_address}\n")
        configuration = folder / "unbound.conf"
        configuration.write_text(
            _CONFIGURATION.format(address=address, port=DNS_PORT, folder=folder, trust_anchor=trust_anchor)
        )
        self._daemon = Daemon([program("unbound"), "-d", "-c", str(configuration)], folder / "log")

    def wait_until_ready(self) -> None:
        self._daemon.wait_until(lambda: bool(self.ask(".", "SOA", seconds=1)))

    def ask(self, name: str, rdtype: str, seconds: float = 30) -> dns.message.Message | None:
        """What it answers, or None when it did not within these seconds."""
        query = dns.message.make_query(name, rdtype, want_dnssec=True)
        with suppress(dns.exception.Timeout, OSError):
            return dns.query.udp(query, self.address, timeout=seconds, port=DNS_PORT)
        return None

    def stop(self) -> None:
        self._daemon.stop()
