"""The groups of commands under `flask`. The commands are in `webapp.commands` and `webapp.sandbox.cli`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click
from flask import Flask

from webapp.commands import orphan_zones, zones  # noqa: F401 - add their commands to `domains`
from webapp.commands.doctor import doctor
from webapp.commands.domains import domains
from webapp.commands.many import exports, hand_over, imports  # noqa: F401 - add their commands to `domains`
from webapp.commands.output import shelter
from webapp.commands.people import acts, lists  # noqa: F401 - add their commands to `users` and `accounts`
from webapp.commands.people.accounts import accounts
from webapp.commands.people.keys import keys
from webapp.commands.people.users import users


class Lazy(click.Command):
    """Stands for a command in another module until somebody uses it; only its help text is here.

    `target` is `module:attribute`. Pages and workers never import what only a command needs, such as the sandbox.
    """

    kind: type[click.Command] = click.Command

    def __init__(self, name: str, target: str, help_text: str) -> None:
        super().__init__(name, help=help_text)
        self.target = target

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the real command, which from here on is the one that runs."""
        return self._load().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        return ctx.command.invoke(ctx)

    def _load(self) -> click.Command:
        module, _, attribute = self.target.partition(":")
        found = getattr(import_module(module), attribute)
        if not isinstance(found, self.kind):
            raise TypeError(f"{self.target} is not a {self.kind.__name__.lower()}")
        shelter(found)
        return found


class LazyGroup(Lazy, click.Group):
    kind = click.Group


def init_commands(app: Flask) -> None:
    """Add the groups. Our `users`, which knows accounts, replaces the group of that name in Flask-Security, and
    `users promote` its `roles`, which would leave no trace. Flask-Migrate's commands end with our codes.
    """
    app.cli.commands.pop("roles", None)
    if migrations := app.cli.commands.get("db"):
        shelter(migrations)
    app.cli.add_command(accounts)
    app.cli.add_command(doctor)
    app.cli.add_command(domains)
    app.cli.add_command(keys)
    app.cli.add_command(users)
    app.cli.add_command(
        Lazy("mcp", "webapp.mcp_server.command:mcp", "Serve assistants by MCP, over the API.")
    )
    app.cli.add_command(
        LazyGroup("dns", "webapp.commands.dns:dns", "Look up delegations without a database.")
    )
    app.cli.add_command(LazyGroup("sandbox", "webapp.sandbox.cli:sandbox", "A pretended AWS and Internet."))
