"""What the commands of `flask sandbox` share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import click

from webapp.sandbox.shared.store import DEFAULT_PATH

CANNOT_RUN, USAGE, NOT_FOUND, REFUSED = 1, 2, 3, 5


def _default_store() -> Path:
    """Beside everything else that `make run` keeps."""
    instance = os.environ.get("NAMEPLATE_INSTANCE")
    return Path(instance) / "sandbox.sqlite" if instance else DEFAULT_PATH


store_option = click.option(
    "--store",
    "store_path",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="SANDBOX_STORE",
    default=_default_store,
    help="The file with everything the sandbox keeps.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def end(sentence: str, code: int) -> NoReturn:
    click.echo(sentence, err=True)
    raise SystemExit(code)
