"""Answers to proxies are counted a second later, and none twice, whatever becomes of the figures."""

from __future__ import annotations

from collections import deque

import pytest

from webapp.telemetry import edge_answers
from webapp.telemetry.edge_answers import AnswerCounts


def test_figures_that_cannot_be_written_end_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = AnswerCounts()
    seen: list[tuple[object, ...]] = []
    note = counts.of("ask")

    def full(*_counted: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(edge_answers, "count_answers", full)
    note("200 OK")
    counts.add_up()
    monkeypatch.setattr(edge_answers, "count_answers", lambda *counted: seen.append(counted))
    note("404 NOT FOUND")
    note("404 NOT FOUND")
    counts.add_up()
    assert seen == [("ask", 404, 2)]


def test_answer_that_another_thread_has_taken_is_no_fault() -> None:
    class Emptied(deque[str]):
        def __len__(self) -> int:
            return 3

    assert list(edge_answers._taken(Emptied(["200 OK"]))) == ["200 OK"]
