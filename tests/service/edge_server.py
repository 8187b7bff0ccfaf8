"""The edge's zone at a real name server that takes signed updates."""

from __future__ import annotations

from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode

from tests.servers.programs import free_port
from tests.service.dns_tree.programs import Daemon, program

DOMAIN = "edge.nameplate.test"
KEY = "nameplate:c2VjcmV0LWZvci10ZXN0cy1vbmx5LTAxMjM0NTY3"
_CONFIGURATION = """\
server:
    rundir: {folder}
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: {folder}
key:
  - id: {name}
    algorithm: hmac-sha256
    secret: {secret}
acl:
  - id: nameplate
    key: {name}
    action: update
zone:
  - domain: {domain}
    file: {folder}/edge.zone
    zonefile-sync: 0
    zonefile-load: whole
    journal-content: none
    acl: nameplate
"""
_ZONE = """\
$ORIGIN {domain}.
$TTL 60
@ SOA ns1 hostmaster 1 3600 900 604800 60
@ NS ns1
ns1 A 127.0.0.1
"""


class EdgeServer:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder, self._conf = folder, folder / "knot.conf"
        name, _, secret = KEY.partition(":")
        self._conf.write_text(
            _CONFIGURATION.format(folder=folder, port=self.port, name=name, secret=secret, domain=DOMAIN)
        )
        (folder / "edge.zone").write_text(_ZONE.format(domain=DOMAIN))
        self.start()

    @property
    def settings(self) -> dict[str, object]:
        return {
            "methods": ["records", "delegation"],
            "edge_domain": DOMAIN,
            "edge_target": ["192.0.2.10", "2001:db8::10"],
            "edge_update_servers": f"localhost:{self.port}",
            "edge_update_key": KEY,
        }

    def start(self) -> None:
        self._daemon = Daemon([program("knotd"), "-c", str(self._conf)], self._folder / "log")
        self._daemon.wait_until(self._answers)

    def stop(self) -> None:
        self._daemon.stop()

    def ask(self, name: str, rdtype: str = "A") -> list[str] | str:
        """The values, or the response code where there are none."""
        answer = dns.query.udp(dns.message.make_query(name, rdtype), "127.0.0.1", timeout=60, port=self.port)
        found = [item.to_text() for rrset in answer.answer for item in rrset]
        return found or dns.rcode.to_text(answer.rcode())

    def _answers(self) -> bool:
        try:
            query = dns.message.make_query(DOMAIN, "SOA")
            answer = dns.query.udp(query, "127.0.0.1", timeout=0.2, port=self.port)
        except (OSError, dns.exception.Timeout):
            return False
        return bool(answer.flags & dns.flags.AA)
