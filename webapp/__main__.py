"""The command `nameplate`: all that `flask` does in a checkout, from any directory.

python -m webapp
"""

from __future__ import annotations

from importlib.metadata import version

import click
from flask import Flask
from flask.cli import FlaskGroup


def _app() -> Flask:
    from webapp.wsgi import app  # noqa: PLC0415 - a wrong setting ends the import, and --version needs none

    return app


class _Commands(FlaskGroup):
    """Without settings there is no application and so none of its commands; the help says why."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Without Flask's choice of an application, since this command is of one."""
        return [parameter for parameter in super().get_params(ctx) if parameter.name != "app"]

    def list_commands(self, ctx: click.Context) -> list[str]:
        try:
            return super().list_commands(ctx)
        except SystemExit as err:
            click.echo(f"{err.code}\n", err=True)
            return sorted(self.commands)


@click.version_option(version("nameplate"), prog_name="nameplate")
@click.group(cls=_Commands, create_app=_app, add_version_option=False)
def main() -> None:
    """Nameplate's commands. Settings come from the environment and from `.env` in the working directory."""


if __name__ == "__main__":
    main(prog_name="nameplate")
