from __future__ import annotations

from pathlib import Path

from tests.app_fixtures import make_settings
from webapp.staff.queries.system_facts import system_facts


def test_password_of_the_database_is_not_among_the_facts(tmp_path: Path) -> None:
    url = "postgresql://nameplate:hunter2@db.internal/nameplate"
    found = system_facts(make_settings(tmp_path, database_url=url, redis_url="redis://:hunter2@cache/0"))
    facts = {one.name: one.value for one in found}
    assert facts["Database"] == "postgresql at db.internal, nameplate"
    assert facts["Queue"] == "Redis"
    assert "hunter2" not in str(facts)


def test_every_fact_names_a_setting_that_there_is_and_says_what_it_means(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    for fact in system_facts(settings):
        assert hasattr(settings, fact.setting.lower()), fact
        assert fact.means.endswith(".")
