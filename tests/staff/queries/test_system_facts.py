from __future__ import annotations

from pathlib import Path

from tests.app_fixtures import make_settings
from webapp.staff.queries.system_facts import system_facts


def test_password_of_the_database_is_not_among_the_facts(tmp_path: Path) -> None:
    url = "postgresql://nameplate:hunter2@db.internal/nameplate"
    facts = dict(
        system_facts(make_settings(tmp_path, database_url=url, redis_url="redis://:hunter2@cache/0"))
    )
    assert facts["Database"] == "postgresql at db.internal, nameplate"
    assert facts["Broker"] == "Redis"
    assert "hunter2" not in str(facts)
