"""What every template may use: times, names, and how long a limit lasts."""

from __future__ import annotations

import re
from datetime import datetime

from flask import Flask, abort, request
from flask_limiter import RequestLimit
from markupsafe import Markup, escape

from webapp.extensions import limiter
from webapp.messages import formatting
from webapp.messages.catalogue import event_sentence
from webapp.models import utcnow

_NAME = re.compile(r"[(“]*[\w-]+(?:\.[\w-]+)+[.,;:”)]*")


def init_pages(app: Flask) -> None:
    app.jinja_env.filters.update(
        breakable=breakable,
        clock=formatting.clock,
        event_sentence=event_sentence,
        moment=moment,
        names_whole=names_whole,
        shown=formatting.shown,
    )
    app.jinja_env.globals.update(seconds_until_next_try=seconds_until_next_try)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(_no_nul)
    app.add_url_rule("/favicon.ico", "favicon", lambda: app.send_static_file("favicon.ico"))


def moment(time: datetime | None, *, coming: bool = False) -> str:
    """A `<time>` that says the exact time; a script makes it relative and keeps the exact one in its title.

    `coming` is for what the worker does soon: when the time is over, it is about to happen.
    """
    if time is None:
        return "never"
    when = Markup(" data-coming") if coming else ""
    return Markup('<time datetime="{}"{}>{}</time>').format(
        time.isoformat(timespec="seconds"), when, formatting.clock(time)
    )


def names_whole(sentence: str) -> Markup:
    """The sentence with its names marked, so that a line never ends at a hyphen inside one."""
    return Markup(_NAME.sub(r'<span class="name">\g<0></span>', str(escape(sentence))))  # noqa: S704 - escaped before


def breakable(name: str) -> Markup:
    """A name that, where it is too long for its line, is broken behind a dot, and copied without the break."""
    return Markup(".<wbr>").join(name.split("."))


def seconds_until_next_try() -> int | None:
    """When the limit that this request ran into lets go again."""
    broken: RequestLimit | None = limiter.current_limit
    return max(1, int(broken.reset_at - utcnow().timestamp()) + 1) if broken else None


def _no_nul() -> None:
    """No name, search or reason has a NUL in it, and PostgreSQL cannot hold one. Proxies get a line of text."""
    if request.blueprint != "edge" and any(
        "\0" in value for values in request.values.listvalues() for value in values
    ):
        abort(400)
