"""README says about settings and files what the code does."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.browser.readme_pictures import PICTURES
from webapp.config.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", README, flags=re.MULTILINE))


def test_the_table_has_every_setting_once_in_the_order_of_the_code() -> None:
    assert list(TABLE) == [name.upper() for name in Settings.model_fields]


@pytest.mark.parametrize(
    "name", [n for n, f in Settings.model_fields.items() if isinstance(f.default, int | float)]
)
def test_the_table_has_the_defaults_that_are_numbers(name: str) -> None:
    assert TABLE[name.upper()] == f"`{Settings.model_fields[name].default:g}`"


@pytest.mark.parametrize(
    "name",
    [
        *("aws_region", "installation_id", "platform_domain", "mail_url", "mail_from"),
        *("challenge_label", "certificates"),
    ],
)
def test_the_table_has_the_defaults_that_are_words(name: str) -> None:
    assert TABLE[name.upper()] == f"`{Settings.model_fields[name].default}`"


def test_every_file_that_is_linked_is_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_pictures_are_those_that_the_story_takes() -> None:
    assert sorted(re.findall(r"docs/([\w-]+\.png)", README)) == sorted(PICTURES)
    assert sorted(path.name for path in (ROOT / "docs").glob("*.png")) == sorted(PICTURES)


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z]+)`", README))
    assert named
    assert [target for target in named if f"\n{target}:" not in makefile] == []


def test_everything_that_make_test_installs_is_named() -> None:
    """By the first word of the package, as its project writes it."""
    lines = (ROOT / ".ci" / "debian-packages").read_text(encoding="utf-8").splitlines()
    packages = [line.partition("-")[0] for line in lines if line and not line.startswith("#")]
    said = README.partition("    make test\n")[2].partition("\n\n    ")[0].casefold()
    assert len(packages) > 5
    assert [name for name in packages if name not in said] == []


def test_a_wheel_takes_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [taken] = project["tool"]["setuptools"]["packages"]["find"]["include"]
    packages = {".".join(path.parent.relative_to(ROOT).parts) for path in ROOT.glob("webapp/**/*.py")}
    assert len(packages) > 1
    assert {name for name in packages if not fnmatchcase(name, taken)} == set()


@pytest.mark.parametrize("name", ["AWS_CALLS_PER_SECOND", "AWS_CREATIONS_PER_SECOND"])
def test_the_budget_of_calls_is_said_to_be_the_machines(name: str) -> None:
    """`webapp.aws.shared.budget` shares it through a file, so that more processes make no more calls."""
    [line] = [line for line in README.splitlines() if line.startswith(f"| `{name}`")]
    assert "a process" not in line
