"""Where benchmarks say and write what they found."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def say(line: str) -> None:
    """At once, also where the output is a file."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def write(name: str, found: object) -> None:
    """Into `build/benchmark-NAME.json`."""
    written = Path(f"build/benchmark-{name}.json")
    written.parent.mkdir(exist_ok=True)
    written.write_text(json.dumps(found, indent=2) + "\n")
    say(f"\nWritten to {written}.")
