"""Drawing: the nodes in the order of the way, and a line between each two of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from webapp.domain_page.picture.dns import dns_nodes
from webapp.domain_page.picture.nodes import Condition, Kind, Line, Node, Picture
from webapp.domain_page.picture.scene import Page, Scene, scene_of
from webapp.domain_page.picture.serving import serving_nodes


def picture_of(page: Page, *, stranger: bool = False) -> Picture | None:
    """The picture of a domain's page. `stranger`: for whoever may see its records and nothing else."""
    return draw(scene_of(page, stranger=stranger))


def draw(scene: Scene) -> Picture | None:
    """None for a domain that is removed or being removed: no way is to lead to it."""
    if scene.state.is_gone:
        return None
    visitors = Node(kind=Kind.VISITORS, title="Visitors")
    zone, *ours = dns_nodes(scene)
    led = ours[-1].condition is Condition.FOUND and not zone.breaks_behind
    sound = not any(one.condition is not None and one.condition.stops for one in (zone, *ours))
    behind = () if scene.stranger else serving_nodes(scene, led=led, sound=sound)
    nodes = tuple(_joined((visitors, zone, *ours, *behind)))
    return Picture(f"The way of a visitor of {scene.host}", nodes)


def _joined(nodes: Iterable[Node]) -> Iterator[Node]:
    """The same with their lines. Behind the place where the way breaks no line is whole."""
    broken, before = False, None
    for node in nodes:
        yield replace(node, line=_line(node, before, broken=broken) if before else None)
        broken = broken or node.breaks_behind or (node.condition is not None and node.condition.stops)
        before = node


def _line(node: Node, before: Node, *, broken: bool) -> Line:
    condition = node.condition
    if before.breaks_behind or (condition is not None and condition.stops and not node.breaks_behind):
        return Line.BROKEN
    if broken:
        return Line.OPEN
    return Line.WHOLE if condition is Condition.FOUND or node.breaks_behind else Line.OPEN
