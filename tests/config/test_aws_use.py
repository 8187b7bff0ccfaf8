"""What of AWS the settings call for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app_fixtures import make_settings
from webapp.config.settings import ConfigurationError, load_settings

EDGE = {"edge_domain": "edge.platform.net", "edge_target": "203.0.113.10"}


@pytest.mark.parametrize(
    ("values", "zones", "acm", "aws"),
    [
        ({}, True, True, True),
        ({"methods": "records"}, False, False, False),
        ({"methods": "records,delegation"}, True, True, True),
        ({"methods": "records", "certificates": "acm"}, False, True, True),
        ({"methods": "records", "certificates": "edge"}, False, False, False),
        ({"certificates": "edge"}, True, False, True),
        ({"certificates": "acm"}, True, True, True),
    ],
)
def test_methods_and_certificates_decide(
    tmp_path: Path, values: dict[str, object], zones: bool, acm: bool, aws: bool
) -> None:
    chosen = make_settings(tmp_path, **{**EDGE, **values})
    assert (chosen.makes_zones, chosen.asks_acm, chosen.uses_aws) == (zones, acm, aws)


@pytest.mark.parametrize("value", ["caddy", "ACM ", "none", ""])
def test_other_sources_of_certificates_are_refused(value: str) -> None:
    with pytest.raises(ConfigurationError, match="CERTIFICATES"):
        load_settings(secret_key="only-for-tests-0123456789", certificates=value)
