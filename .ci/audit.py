"""`make audit`: asks whether anything that is locked has a known vulnerability.

pip-audit ends well when its source knows none of the packages, as behind a mirror that has files and no advisories.
Nothing was learned then, so that is told apart here: 0 for no known vulnerability, 1 for some, 4 for “could not ask”.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCKS = sorted(Path("requirements").glob("*.txt"))
AUDIT = Path(sys.executable).with_name("pip-audit")


def main() -> int:
    asked: dict[str, dict[str, Any]] = {}
    for lock in LOCKS:
        answer = ask(lock)
        if answer is None:
            return 4
        asked |= {f"{one['name']} {one.get('version', '')}": one for one in answer}
    return report(list(asked.values()))


def ask(lock: Path) -> list[dict[str, Any]] | None:
    """What is known of each package in the list; None after a sentence on why nobody could be asked."""
    command = [str(AUDIT), "--require-hashes", "--disable-pip", "--progress-spinner", "off"]
    done = subprocess.run(  # noqa: S603 - our own words
        [*command, "--format", "json", "--requirement", str(lock)],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return list(json.loads(done.stdout)["dependencies"])
    except (ValueError, KeyError, TypeError):
        last = (done.stderr.strip().splitlines() or ["It said nothing."])[-1]
        tell(f"Could not ask about {lock}: {last}")
        return None


def report(found: list[dict[str, Any]]) -> int:
    skipped = [one for one in found if "skip_reason" in one]
    known = [one for one in found if one.get("vulns")]
    for one in known:
        for flaw in one["vulns"]:
            better = ", ".join(flaw["fix_versions"]) or "no version"
            tell(f"{one['name']} {one['version']}: {flaw['id']}, corrected in {better}")
    if skipped:
        tell(f"Could not ask about {len(skipped)} of {len(found)} packages: {skipped[0]['skip_reason']}")
    if known:
        return 1
    if skipped:
        return 4
    tell(f"No known vulnerability in {len(found)} packages.")
    return 0


def tell(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")


if __name__ == "__main__":
    sys.exit(main())
