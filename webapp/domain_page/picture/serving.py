"""The nodes behind DNS: the certificate, and our edge with the LLM client."""

from __future__ import annotations

from webapp.domain_page.picture.nodes import Condition, Kind, Node
from webapp.domain_page.picture.scene import Scene
from webapp.domains.rules.status import Situation
from webapp.live.status import ProbeStatus
from webapp.models import DomainState, ProbeOutcome

_LATER = Condition.NOT_ASKED, "Comes later"
#: What a probe saw of the certificate, before it came to what answers behind it.
_ABOUT_CERTIFICATE = {
    ProbeOutcome.TLS_BROKEN,
    ProbeOutcome.CERTIFICATE_OTHER,
    ProbeOutcome.CERTIFICATE_UNTRUSTED,
    ProbeOutcome.CERTIFICATE_ENDED,
}


def serving_nodes(scene: Scene, *, led: bool, sound: bool) -> tuple[Node, ...]:
    """`led`: DNS leads visitors to us. If not, what a probe saw before says nothing.

    `sound`: nothing is wrong in DNS. A name that leads to us goes on for a while without its proof.
    """
    probe = scene.probe if led and scene.served else None
    certificate = _certificate(scene, probe)
    told = _of_edge(scene, probe, certificate.condition if certificate else None, led=led)
    if told[0] is Condition.FOUND and not sound:
        told = Condition.WAITING, "Served for now"
    edge = _edge(scene, *told)
    return (certificate, edge) if certificate else (edge,)


def _certificate(scene: Scene, probe: ProbeStatus | None) -> Node | None:
    """None where the edge sees to certificates by itself, and nobody has looked."""
    told = _of_certificate(scene, probe)
    if told is None:
        return None
    condition, words = told
    return Node(
        kind=Kind.CERTIFICATE,
        title="Certificate",
        condition=condition,
        words=words,
        evidence=scene.evidence("certificate", "outside"),
    )


def _of_certificate(scene: Scene, probe: ProbeStatus | None) -> tuple[Condition, str] | None:
    if probe is not None and probe.outcome in _ABOUT_CERTIFICATE:
        return _by_tone(probe), probe.headline
    status = scene.certificate
    if status is None:
        return _uncertified(scene, probe)
    if status.works and status.situation is Situation.VERIFIED:
        return Condition.FOUND, status.headline
    if status.situation is Situation.REMOVING:
        return Condition.NOT_ASKED, status.headline
    # Visitors who were seen to trust another certificate are stopped by none that is still to come.
    stops = status.who_acts == "you" and (probe is None or not probe.works)
    return Condition.WRONG if stops else Condition.WAITING, status.headline


def _uncertified(scene: Scene, probe: ProbeStatus | None) -> tuple[Condition, str] | None:
    """We get no certificate for the name: it is too early, or the edge does."""
    if not scene.served:
        return _LATER
    if probe is None:
        return None
    return (Condition.FOUND, "Trusted") if probe.works else (Condition.NOT_ASKED, "Not seen yet")


def _by_tone(probe: ProbeStatus) -> Condition:
    return Condition.WAITING if probe.tone == "wait" else Condition.WRONG


def _edge(scene: Scene, condition: Condition, words: str) -> Node:
    return Node(
        kind=Kind.EDGE,
        title=scene.client or "Your LLM client",
        condition=condition,
        words=words,
        evidence=scene.evidence("outside"),
    )


def _of_edge(
    scene: Scene, probe: ProbeStatus | None, certificate: Condition | None, *, led: bool
) -> tuple[Condition, str]:
    if (kept := _kept_off(scene, led=led)) is not None:
        return kept
    if scene.client is None:
        return Condition.WAITING, "None chosen yet"
    if not scene.deployed:
        return Condition.WRONG, "Switched off"
    if probe is not None and probe.works:
        return Condition.FOUND, probe.headline
    if certificate not in {None, Condition.FOUND}:
        return Condition.WAITING, "Waits for the certificate"
    return _of_probe(probe) if probe is not None else (Condition.FOUND, "Served")


def _kept_off(scene: Scene, *, led: bool) -> tuple[Condition, str] | None:
    """Why visitors do not come as far as our edge, or are not served there."""
    if scene.shut:
        return Condition.WRONG, scene.shut
    if scene.contested:
        return Condition.WAITING, "Claimed by two accounts"
    if not scene.served:
        return _unserved(scene)
    return None if led else (Condition.NOT_ASKED, "Not reached")


def _unserved(scene: Scene) -> tuple[Condition, str]:
    right = scene.seen is not None and scene.seen.verified
    if right and scene.state is not DomainState.EXPIRED:
        return Condition.WAITING, "With the next check"
    return (Condition.WRONG, "Not served") if scene.state is DomainState.LAPSED else _LATER


def _of_probe(probe: ProbeStatus) -> tuple[Condition, str]:
    if probe.outcome is ProbeOutcome.NOT_ASKED:
        return Condition.UNKNOWN, probe.headline
    return _by_tone(probe), probe.headline
