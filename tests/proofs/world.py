"""A customer's zone, our zone for a name in it, and the edge's zone: both methods can prove the name."""

from __future__ import annotations

from tests.twins.dns import MemoryDns
from webapp.models import HostedZone, RecordsProof

PARENT, HOST, EDGE_DOMAIN = "acme.com", "chat.acme.com", "edge.nameplate.net"
LABEL = f"_nameplate-challenge.{HOST}"
EDGE = "45.76.10.1"
#: The settings with which both methods are offered.
BOTH = {"methods": ["delegation", "records"], "edge_domain": EDGE_DOMAIN, "edge_target": [EDGE]}


class World:
    def __init__(self, dns: MemoryDns) -> None:
        self.dns = dns
        self.acme = dns.zone(PARENT, "ns1.acme.com", "ns2.acme.com")
        self.edge = dns.zone(EDGE_DOMAIN, f"ns1.{EDGE_DOMAIN}")

    def serve(self, zone: HostedZone) -> None:
        """Our name servers answer for the zone, which nobody delegates yet."""
        self.dns.zone(HOST, *zone.name_servers, delegate=False).put(HOST, "A", EDGE)

    def delegate(self, zone: HostedZone) -> None:
        self.clear()
        self.acme.put(HOST, "NS", *zone.name_servers)

    def reserve(self, proof: RecordsProof) -> None:
        self.edge.put(proof.target, "A", EDGE)
        self.acme.put(HOST, "NS")
        self.acme.put(LABEL, "TXT", f'"{proof.token}"')

    def switch(self, proof: RecordsProof) -> None:
        self.reserve(proof)
        self.acme.put(HOST, "CNAME", proof.target)

    def clear(self) -> None:
        """Nothing at the name, as between two records that a customer types."""
        for name, kind in ((HOST, "NS"), (HOST, "CNAME"), (LABEL, "TXT")):
            self.acme.put(name, kind)
