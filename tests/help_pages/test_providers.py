"""Each provider that we know has a guide for both methods of proof."""

from __future__ import annotations

import pytest

from webapp.dns.providers import PROVIDERS
from webapp.help_pages.providers import OTHER, listed, provider_help
from webapp.help_pages.verdict import CHECK

KEYS = [one.id for one in PROVIDERS]


@pytest.mark.parametrize("key", [*KEYS, OTHER])
def test_guide_is_whole_and_fills_its_places_in(key: str) -> None:
    found = provider_help(key, "_challenge", sandbox=True)
    assert found is not None
    for steps in (found.delegation, found.records):
        assert len(steps) > 3
        assert steps[-1] == CHECK
        assert not any("Come back here" in step for step in steps)
    said = "\n".join((*found.delegation, *found.traps, *found.limits, *found.records, *found.records_traps))
    assert "{" not in said
    assert "acme.com" in said
    assert "_challenge.chat" in said


def test_limits_of_a_provider_are_told() -> None:
    found = provider_help("cloudflare", "_challenge", sandbox=False)
    assert found is not None
    assert any("no record of another type" in limit for limit in found.limits)


def test_sandbox_has_its_providers_alone() -> None:
    assert provider_help("sandbox", "_challenge", sandbox=False) is None
    assert [one.id for one in listed(sandbox=False) if one.id.startswith("sandbox")] == []
    assert sorted(one.id for one in listed(sandbox=True)) == sorted(KEYS)


def test_provider_that_nobody_knows_has_no_page() -> None:
    assert provider_help("acme", "_challenge", sandbox=True) is None
