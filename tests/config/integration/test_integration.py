"""Settings of what programs use."""

from __future__ import annotations

from pathlib import Path

from tests.app_fixtures import make_settings
from webapp.config.integration import IntegrationSettings


def test_all_settings_have_them(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    assert IntegrationSettings.model_fields.keys() <= type(settings).model_fields.keys()
    assert settings.api_requests_per_minute == 600
