"""One Knot DNS server: zones come and go while it runs, and records change by RFC 2136."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.update

from tests.service.dns_tree.keys import SigningKey
from tests.service.dns_tree.programs import DNS_PORT, PATIENCE_SECONDS, Daemon, program, wait_until

_CONFIGURATION = """\
server:
    rundir: {folder}
    listen: {address}@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: {folder}
acl:
  - id: everybody
    address: 127.0.0.0/8
    action: update
policy:
  - id: one-key
    single-type-signing: on
    manual: on
    algorithm: ECDSAP256SHA256
template:
  - id: default
    storage: {folder}
    file: "%s.zone"
    acl: everybody
    semantic-checks: off
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
  - id: signed
    storage: {folder}
    file: "%s.zone"
    acl: everybody
    semantic-checks: off
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    dnssec-signing: on
    dnssec-policy: one-key
zone:
"""


class Knot:
    """An authoritative server at port 53 of an address."""

    def __init__(self, name: str, address: str, folder: Path, key: SigningKey) -> None:
        self.name, self.address = name, address
        self._folder, self._key = folder, key
        self._zones: dict[str, str] = {}
        self._serial = 0
        folder.mkdir()
        self._conf = folder / "knot.conf"
        self._write_configuration()
        self._daemon = Daemon([program("knotd"), "-c", str(self._conf)], folder / "log")

    def wait_until_ready(self) -> None:
        self._daemon.wait_until((self._folder / "knot.sock").exists)

    def put_zone(self, origin: str, records: Iterable[str], *, signed: bool = False) -> None:
        """Serves a zone from now on. `records` are lines of a zone file, the SOA without serial: see `soa`."""
        self._serial += 1
        lines = [line.replace("SERIAL", str(self._serial)) for line in records]
        self._file(origin).write_text(f"$ORIGIN {_dotted(origin)}\n$TTL 300\n" + "\n".join(lines) + "\n")
        if signed and origin not in self._zones:
            self._import_key(origin)
        self._zones[origin] = "signed" if signed else "default"
        self._reload()
        self._wait_for(origin, lambda answer: bool(answer.flags & dns.flags.AA) and bool(answer.answer))

    def refuse_zone(self, origin: str) -> None:
        """Knows nothing of a zone any more: Knot then answers REFUSED."""
        del self._zones[origin]
        self._reload()
        self._wait_for(origin, lambda answer: answer.rcode() == dns.rcode.REFUSED)

    def break_zone(self, origin: str) -> None:
        """Should serve a zone and has lost its content: Knot then answers SERVFAIL."""
        self.refuse_zone(origin)
        self._file(origin).unlink()
        self._zones[origin] = "default"
        self._reload()
        self._wait_for(origin, lambda answer: answer.rcode() == dns.rcode.SERVFAIL)

    def update(self, origin: str, name: str, rdtype: str, values: Iterable[str], ttl: int = 300) -> None:
        """Makes the record set that of `values`; none of them deletes it (RFC 2136)."""
        message = dns.update.UpdateMessage(_dotted(origin))
        message.delete(_dotted(name), rdtype)
        for value in values:
            message.add(_dotted(name), ttl, rdtype, value)
        answer = dns.query.tcp(message, self.address, timeout=PATIENCE_SECONDS, port=DNS_PORT)
        if answer.rcode() != dns.rcode.NOERROR:
            raise RuntimeError(f"{self.name} refused the update of {name} {rdtype}: {answer}")

    def serves(self, origin: str) -> bool:
        return origin in self._zones

    def pause(self) -> None:
        self._daemon.pause()

    def resume(self) -> None:
        self._daemon.resume()

    def stop(self) -> None:
        self._daemon.stop()

    def _file(self, origin: str) -> Path:
        return self._folder / ("zone.zone" if origin == "." else f"{origin}.zone")

    def _write_configuration(self) -> None:
        zones = "".join(
            f'  - domain: "{origin}"\n    template: {template}\n    file: "{self._file(origin)}"\n'
            for origin, template in self._zones.items()
        )
        general = _CONFIGURATION.format(folder=self._folder, address=self.address, port=DNS_PORT)
        self._conf.write_text(general + zones)

    def _reload(self) -> None:
        self._write_configuration()
        self._run("knotc", "-c", str(self._conf), "reload")

    def _import_key(self, origin: str) -> None:
        how = ("algorithm=13", "ksk=yes", "zsk=yes", "created=now", "publish=now", "active=now", "ready=now")
        self._run("keymgr", "-c", str(self._conf), _dotted(origin), "import-pem", str(self._key.pem), *how)

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run([program(name), *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{name} {arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")

    def _wait_for(self, origin: str, expected: Callable[[dns.message.Message], bool]) -> None:
        def answers_so() -> bool:
            query = dns.message.make_query(_dotted(origin), "SOA")
            with suppress(dns.exception.Timeout):
                return expected(dns.query.udp(query, self.address, timeout=1, port=DNS_PORT))
            return False

        wait_until(answers_so, lambda: f"{self.name} does not serve {origin} as it should: {self._conf}")


def soa(primary: str = "primary", minimum: int = 900) -> str:
    """The apex line of a zone file; the server puts its own serial in."""
    return f"@ SOA {primary} hostmaster SERIAL 7200 900 1209600 {minimum}"


def _dotted(name: str) -> str:
    return name if name.endswith(".") else f"{name}."
