from __future__ import annotations

from webapp.health.status import Component
from webapp.staff.words.parts import part_of


def test_every_part_says_what_it_does_and_what_to_do_when_it_is_red() -> None:
    for component in Component:
        part = part_of(component)
        assert part.name != component.value
        assert part.does.endswith(".")
        assert part.when_red.endswith(".")


def test_part_of_a_newer_release_keeps_its_name() -> None:
    assert part_of("archive").name == "archive"
