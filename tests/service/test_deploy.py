"""What deploy/ ships, read by the programs that it is for."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.servers.programs import find

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_prometheus_takes_the_rules_and_they_fire_when_they_should() -> None:
    promtool = find("promtool", "prometheus")
    rules, tests = DEPLOY / "prometheus/nameplate.rules.yml", DEPLOY / "prometheus/nameplate.test.yml"
    assert "SUCCESS" in run(promtool, "check", "rules", rules)
    assert "SUCCESS" in run(promtool, "test", "rules", tests)


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """It wants to find the programs that they start, and a number in the place of %i."""
    for name in ("gunicorn", "celery", "python"):
        program = tmp_path / "venv/bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    units = []
    for path in (DEPLOY / "systemd").glob("*.service"):
        unit = tmp_path / path.name.replace("@.", "@8000.")
        unit.write_text(path.read_text(encoding="utf-8").replace("/srv/nameplate", str(tmp_path)))
        units.append(unit)
    assert len(units) == 4
    assert run(find("systemd-analyze", "systemd"), "verify", "--man=no", *units) == ""
