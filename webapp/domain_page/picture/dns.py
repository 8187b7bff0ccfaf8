"""The nodes that DNS decides: the zone's servers, and our name servers or the token and the target."""

from __future__ import annotations

from webapp.dns.delegation import DOMAIN_MISSING, GONE, PARKED, AtParent, Verdict, as_typed
from webapp.dns.judgement.report import Report
from webapp.dns.records_method import RecordsReport
from webapp.domain_page.picture.nodes import Condition, Instead, Kind, Node, Part
from webapp.domain_page.picture.scene import Scene
from webapp.domain_page.records.instructions import Value
from webapp.messages import formatting
from webapp.models import DomainState, Method
from webapp.proofs.base.method import Stage

#: A condition and its words.
Told = tuple[Condition, str]

#: The most values that a node shows of what stands in its place, and the longest that one is before it is cut.
_MOST_INSTEAD = 2
_LONGEST = 72


def dns_nodes(scene: Scene) -> tuple[Node, ...]:
    if scene.method is Method.DELEGATION:
        return (_zone(scene), _name_servers(scene))
    return (_zone(scene), _token(scene), _target(scene))


def _zone(scene: Scene) -> Node:
    (condition, words), seen = _of_zone(scene), scene.latest or scene.report
    answers = seen is not None and seen.verdict.facts.at_parent in {AtParent.OURS, AtParent.DIVIDED}
    return Node(
        kind=Kind.ZONE,
        title=scene.zone,
        condition=condition,
        words=words,
        evidence=scene.evidence("saw-facts"),
        breaks_behind=condition is Condition.WRONG and answers and not scene.alarm,
    )


#: The reasons by which the zone itself is to blame.
_OF_REASON: dict[str, Told] = {
    DOMAIN_MISSING: (Condition.MISSING, "Not in DNS"),
    PARKED: (Condition.WRONG, "Parked or expired"),
}


def _of_zone(scene: Scene) -> Told:
    """The newest check tells of the servers, also where it could not tell of the records."""
    seen = scene.latest or scene.report
    if scene.alarm:
        return Condition.WRONG, "Led to us as a whole"
    if seen is None:
        return Condition.NOT_ASKED, "Not asked yet"
    stands = scene.report or seen
    blamed = None if scene.undecided else _OF_REASON.get(stands.reason)
    return blamed or _of_servers(scene, seen)


def _of_servers(scene: Scene, seen: Report) -> Told:
    facts = seen.verdict.facts
    if not seen.parent_asked:
        return (Condition.NOT_ASKED, "Not asked yet") if facts.waits else (Condition.UNKNOWN, _unheard(seen))
    if facts.at_parent is AtParent.DIVIDED:
        reports = [one for one in (scene.report, seen) if one is not None]
        lasts = any(one.verdict.facts.at_parent is AtParent.DIVIDED and not one.transient for one in reports)
        return Condition.WRONG if lasts else Condition.WAITING, "Its servers differ"
    if facts.at_parent is AtParent.OURS and facts.mistake:
        return Condition.WRONG, "Has an old DS record"
    return Condition.FOUND, f"Answers{f' at {scene.provider}' if scene.provider else ''}"


def _unheard(seen: Report) -> str:
    # Some may have answered, and too few, or not in every way.
    return "We could not ask" if seen.who_acts == "we" else "No answer to rely on"


def _unprepared(scene: Scene, kind: Kind) -> Told | None:
    if scene.stage is Stage.REFUSED:
        return Condition.WRONG, "Cannot be prepared"
    return None if scene.values.get(kind) else (Condition.WAITING, "Being prepared")


def _name_servers(scene: Scene) -> Node:
    condition, words = _unprepared(scene, Kind.NAME_SERVERS) or _of_name_servers(scene)
    return Node(
        kind=Kind.NAME_SERVERS,
        title="Our name servers",
        condition=condition,
        words=words,
        parts=_parts(scene, Kind.NAME_SERVERS, condition),
        instead=_instead(scene) if condition.stops or scene.undecided else None,
        evidence=scene.evidence("records"),
    )


def _of_name_servers(scene: Scene) -> Told:
    seen = scene.seen
    if seen is None or (seen.verdict is Verdict.ZONE_PENDING and not scene.once_verified):
        return _unseen(scene, "Waiting for your records")
    facts = seen.verdict.facts
    early = _before_records(seen) or (_nothing(scene, seen) if facts.nothing else None)
    if early is not None:
        return early
    if facts.at_parent is not AtParent.OURS:
        return _others(scene)
    if facts.transient and not facts.mistake:
        return Condition.WAITING, "Found, and our side is not ready"
    return Condition.FOUND, "All found"


def _others(scene: Scene) -> Told:
    """Something else stands in the place of our name servers, or of some of them."""
    if scene.undecided:
        return Condition.WAITING, "Waiting for your decision"
    values = scene.values[Kind.NAME_SERVERS]
    found = sum(value.mark == "found" for value in values)
    if found and found == len(values):
        return Condition.WRONG, "All found, and others besides"
    return Condition.WRONG, f"{found} of {len(values)} found" if found else "None of them found"


def _unseen(scene: Scene, words: str) -> Told:
    """Where no report can be read. That the name is verified is known without one."""
    if scene.denied:
        return Condition.NOT_ASKED, "Not needed"
    if scene.state is DomainState.VERIFIED:
        return Condition.FOUND, "Found"
    return (Condition.NOT_ASKED, "Not checked yet") if scene.once_verified else (Condition.WAITING, words)


def _before_records(seen: Report) -> Told | None:
    """What there is to say where a check did not come as far as the records, or cannot tell of them."""
    facts = seen.verdict.facts
    if not seen.parent_asked:
        return Condition.NOT_ASKED, "Not asked"
    if facts.at_parent is AtParent.DIVIDED:
        return Condition.WAITING, "Not the same everywhere"
    if seen.reason == DOMAIN_MISSING:
        return Condition.NOT_ASKED, "Nowhere to look"
    return None


def _nothing(scene: Scene, seen: Report) -> Told:
    if scene.once_verified or seen.reason == GONE:
        return Condition.MISSING, "Gone"
    return Condition.WAITING, "Not added yet"


def _proved(seen: Report | None) -> bool:
    return isinstance(seen, RecordsReport) and (seen.proved or seen.verdict.facts.reserved)


def _token(scene: Scene) -> Node:
    condition, words = _unprepared(scene, Kind.TOKEN) or _of_token(scene)
    there = scene.there.get(Kind.TOKEN, ())
    instead = _shortened("Found instead", there) if there else _instead(scene)
    return Node(
        kind=Kind.TOKEN,
        title="Your TXT record",
        condition=condition,
        words=words,
        instead=instead if condition.stops else None,
        evidence=scene.evidence("records-reserve", "records"),
    )


def _of_token(scene: Scene) -> Told:
    seen = scene.seen
    if seen is None:
        return _unseen(scene, "Waiting for your record")
    if _proved(seen):
        return Condition.FOUND, "Found: the name is yours"
    if (early := _before_records(seen)) is not None:
        return early
    facts = seen.verdict.facts
    if facts.nothing:
        return _nothing(scene, seen)
    if facts.at_parent is AtParent.OURS:
        return Condition.WAITING, "Not ready yet"
    return Condition.WRONG, "Not as it should be"


def _target(scene: Scene) -> Node:
    refused = scene.stage is Stage.REFUSED
    condition, words = (
        (Condition.NOT_ASKED, "Comes later")
        if refused or not scene.values.get(Kind.TARGET)
        else _of_target(scene)
    )
    there = scene.there.get(Kind.TARGET, ())
    shows = there and condition in {Condition.WRONG, Condition.WAITING}
    led = "Leads to" if condition.stops else "Leads today to"
    return Node(
        kind=Kind.TARGET,
        title="Your address records" if scene.apex else "Your CNAME record",
        condition=condition,
        words=words,
        parts=_parts(scene, Kind.TARGET, condition) if scene.apex else (),
        instead=_shortened(led, there) if shows else None,
        evidence=scene.evidence("records-switch", "records"),
    )


def _of_target(scene: Scene) -> Told:
    seen = scene.seen
    if seen is None:
        return _unseen(scene, "Switch when you like")
    if not seen.parent_asked and _proved(seen):
        return Condition.UNKNOWN, "Could not be asked"
    divided = seen.verdict.facts.at_parent is AtParent.DIVIDED
    there = seen.parent_asked and all(value.mark == "found" for value in scene.values[Kind.TARGET])
    if not divided and (there or seen.verified or seen.leads_unproved):
        return Condition.FOUND, "Leads to us"
    return _before_records(seen) or _elsewhere(scene, seen)


def _elsewhere(scene: Scene, seen: Report) -> Told:
    """The name does not lead to us. That is no mistake of somebody who has not switched it yet."""
    elsewhere, proved = bool(scene.there.get(Kind.TARGET)), _proved(seen)
    if proved and (seen.verdict.facts.mistake or _is_tried(seen)):
        return Condition.WRONG, "Leads elsewhere" if elsewhere else "Leads nowhere"
    if scene.once_verified:
        return (Condition.WRONG, "Leads elsewhere") if elsewhere else (Condition.MISSING, "Gone")
    return Condition.WAITING, "Switch when you like" if proved else "Comes after that"


def _is_tried(seen: Report) -> bool:
    return isinstance(seen, RecordsReport) and seen.switch_tried


def _parts(scene: Scene, kind: Kind, of_node: Condition) -> tuple[Part, ...]:
    """The values one by one. They are not better known than the node that they make up, and none where the servers
    of the zone do not say the same."""
    seen = scene.seen
    if seen is not None and seen.verdict.facts.at_parent is AtParent.DIVIDED:
        return ()
    values = scene.values.get(kind, ())
    short = [value.value.split(".")[0] for value in values]
    unique = kind is Kind.NAME_SERVERS and len(set(short)) == len(short)
    unsure = of_node in {Condition.NOT_ASKED, Condition.UNKNOWN}

    def condition(value: Value) -> Condition:
        if unsure or value.mark not in {"found", "missing"}:
            return of_node
        if value.mark == "found":
            return Condition.FOUND
        return of_node if of_node is Condition.WAITING else Condition.MISSING

    return tuple(
        Part(label if unique else value.value, value.value, condition(value))
        for label, value in zip(short, values, strict=True)
    )


def _instead(scene: Scene) -> Instead | None:
    """What the check found in the place of our name servers, or of the token."""
    seen = scene.seen
    if seen is None:
        return None
    there, params = scene.there.get(Kind.NAME_SERVERS, ()), seen.params
    if there:
        beside = all(value.mark == "found" for value in scene.values.get(Kind.NAME_SERVERS, ()))
        return _shortened("Found besides" if beside else "Found instead", there)
    if "types" in params:
        many = "s" if params["types"][1:] else ""
        return Instead("Found instead", (f"{formatting.few(params['types'])} record{many}",))
    if "target" in params:
        return _shortened("Leads to", (params["target"],))
    if seen.verdict.facts.nothing:
        return None
    at = params.get("at") or ([params["zone"]] if "zone" in params else [])
    return _shortened("Found at another name", tuple(at)) if at else None


def _shortened(words: str, values: tuple[str, ...]) -> Instead:
    shown = tuple(cut(as_typed(value)) for value in values[:_MOST_INSTEAD])
    return Instead(words, shown, len(values) - len(shown))


def cut(text: str) -> str:
    """The text with its middle left out if it is long: how a name begins and ends tells most. The page has all of it
    in its table."""
    if len(text) <= _LONGEST:
        return text
    half = _LONGEST // 2
    return f"{text[: half - 1]}…{text[1 - half :]}"
