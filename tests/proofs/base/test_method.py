"""How far our side of a claim has come."""

from __future__ import annotations

import pytest

from webapp.proofs.base.method import Preparation, Stage


@pytest.mark.parametrize("stage", Stage)
def test_only_what_is_ready_is_to_be_typed(stage: Stage) -> None:
    assert Preparation(stage).ready is (stage is Stage.READY)
