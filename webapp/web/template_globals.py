"""What every template may use: times, names, and how long a limit lasts."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

from flask import Flask, abort, request
from flask_limiter import RequestLimit
from markupsafe import Markup, escape
from structlog.contextvars import get_contextvars

from webapp.extensions import limiter, settings
from webapp.messages import catalogue, formatting
from webapp.messages.catalogue import event_sentence
from webapp.models import utcnow

#: In an escaped sentence, with the signs around it: a quotation mark may be one of a record's value.
_NAME = r"(?:[(“]|&#34;)*[\w-]+(?:\.[\w-]+)+(?:[.,;:”)]|&#34;)*"


def init_pages(app: Flask) -> None:
    app.jinja_env.filters.update(
        breakable=breakable,
        clock=formatting.clock,
        contact_linked=contact_linked,
        event_sentence=event_sentence,
        kept_for=lambda days: formatting.kept_for(timedelta(days=days)),
        moment=moment,
        names_whole=names_whole,
        sentence=catalogue.sentence,
        shown=formatting.shown,
        visit=visit,
    )
    app.jinja_env.globals.update(
        contact=lambda: settings().contact,
        contact_link=lambda: settings().contact_link,
        request_id=lambda: get_contextvars().get("request_id"),
        sandbox_url=lambda: settings().sandbox_url.rstrip("/"),
        seconds_until_next_try=seconds_until_next_try,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(_no_nul)
    app.add_url_rule("/favicon.ico", "favicon", lambda: app.send_static_file("favicon.ico"))


def moment(time: datetime | None, *, coming: bool = False, day: bool = False) -> str:
    """A `<time>` that says the exact time; a script makes it relative and keeps the exact one in its title.

    `coming`: the time is one at which a worker will act, so that a time in the past reads as about to happen.
    `day`: only the day is told where it is more than two days away.
    """
    if time is None:
        return "never"
    when = Markup(" data-coming") if coming else ""
    if day and time - utcnow() > timedelta(days=2):
        return Markup('<time datetime="{}" data-day>{}</time>').format(
            time.isoformat(timespec="seconds"), formatting.day(time)
        )
    return Markup('<time datetime="{}"{}>{}</time>').format(
        time.isoformat(timespec="seconds"), when, formatting.clock(time)
    )


def names_whole(sentence: str, *, breaks: bool = False) -> Markup:
    """The sentence with its domain names marked, so that no line breaks at a hyphen inside a name, and the contact a
    link. `breaks`: a name that is longer than its line breaks after a dot, as in large letters.
    """
    return _marked(sentence, names=True, breaks=breaks)


def contact_linked(sentence: str) -> Markup:
    """The sentence, in which “contact us” or the contact itself is a link."""
    return _marked(sentence, names=False)


def _marked(sentence: str, *, names: bool, breaks: bool = False) -> Markup:
    opened = Markup('<a href="{}">').format(settings().contact_link)

    def mark(found: re.Match[str]) -> str:
        whole = found.group()
        if found.lastgroup != "name":
            return f"{opened}{whole}</a>"
        return f'<span class="name">{whole.replace(".", ".<wbr>") if breaks else whole}</span>'

    return Markup(_pattern(settings().contact, names).sub(mark, str(escape(sentence))))  # noqa: S704 - escaped before


@lru_cache(maxsize=8)
def _pattern(contact: str, names: bool) -> re.Pattern[str]:
    """What is marked in an escaped sentence."""
    people = rf"\b[Cc]ontact us\b|(?<![\w@.-]){re.escape(str(escape(contact)))}(?![\w@-])"
    return re.compile(f"{people}|(?P<name>{_NAME})" if names else people)


def breakable(name: str) -> Markup:
    """A domain name, an address or a URL that breaks after a dot, an @ or a slash if it is too long for its line. A
    copy of it has no break.
    """
    return Markup(re.sub(r"[.@]|/+", r"\g<0><wbr>", str(escape(name))))  # noqa: S704 - escaped before


def visit(name: str) -> str:
    """Where a person sees what this A-label name shows: at the name itself, unless `VISIT_URL` says otherwise."""
    chosen = settings().visit_url
    return f"{chosen}{name}" if chosen else f"https://{name}/"


def seconds_until_next_try() -> int | None:
    """Seconds until the rate limit that refused this request allows the next one."""
    broken: RequestLimit | None = limiter.current_limit
    return max(1, int(broken.reset_at - utcnow().timestamp()) + 1) if broken else None


def _no_nul() -> None:
    """Refuse a request with a NUL character, which PostgreSQL cannot store and no valid input contains.

    Proxies get one line of text instead of a page.
    """
    if request.blueprint != "edge" and any(
        "\0" in value for values in request.values.listvalues() for value in values
    ):
        abort(400)
