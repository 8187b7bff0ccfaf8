"""`/help` and the pages below it, and what programs look for at addresses that are the same everywhere.

None of it needs a sign-in.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Flask, Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from webapp.dns.delegation import AtParent, Verdict
from webapp.help_pages.glossary import GLOSSARY, TERMS
from webapp.help_pages.providers import OTHER, listed, provider_help
from webapp.help_pages.verdict import turn
from webapp.help_pages.verdicts import VERDICTS
from webapp.messages.formatting import every
from webapp.models import Event, EventKind, utcnow
from webapp.runtime.public_url import own_address
from webapp.stores import settings

well_known = Blueprint("well_known", __name__)
help_pages = Blueprint("help", __name__, url_prefix="/help")

#: What says the same to everybody. Whatever else there is needs a sign-in or a secret link.
_PUBLIC = ("/$", "/help", "/api/v1/$", "/docs/", "/llms.txt", "/static/", "/bootstrap/static/")
#: RFC 9116 asks for less than a year.
_LASTS = timedelta(days=180)


def init_help(app: Flask) -> None:
    """Let every page explain a word where it first appears, and a verdict where it is told."""
    app.jinja_env.globals.update(term=GLOSSARY.__getitem__, verdict_help=VERDICTS.__getitem__)
    app.jinja_env.filters.update(labelled=labelled, was_found=was_found)


def was_found(event: Event) -> str | None:
    """What a check saw, for a history: the report's own sentence says what was to be done then. None for all else,
    and for a reason of which the verdict's help does not speak.
    """
    code = (event.evidence or {}).get("verdict")
    if event.kind is not EventKind.VERDICT_CHANGED or code not in set(Verdict):
        return None
    verdict, reason = Verdict(code), (event.message_params or {}).get("reason")
    if verdict.facts.at_parent is not AtParent.CONTRARY or reason in VERDICTS[verdict].words_by_reason:
        return None
    return VERDICTS[verdict].means


def labelled(text: str) -> str:
    """An example with the label of this installation before the name of the TXT record."""
    return text.replace("{label}", settings().challenge_label)


@help_pages.get("")
def index() -> str:
    chosen = settings()
    least, most = (timedelta(hours=one) for one in (chosen.live_check_hours_min, chosen.live_check_hours_max))
    return render_template("help/index.html", terms=TERMS, often=every(least, most))


@help_pages.get("/providers")
def providers() -> str:
    return render_template(
        "help/providers.html", providers=listed(sandbox=settings().in_sandbox), other=OTHER
    )


@help_pages.get("/providers/<key>")
def provider(key: str) -> str:
    chosen = settings()
    found = provider_help(key, chosen.challenge_label, sandbox=chosen.in_sandbox)
    if found is None:
        abort(404)
    return render_template("help/provider.html", provider=found, methods=chosen.methods)


@help_pages.get("/verdicts")
def verdicts() -> str:
    """What everybody waits for comes first."""
    others = [one for one in VERDICTS if one is not Verdict.VERIFIED]
    found = [(one, VERDICTS[one], turn(one)) for one in (Verdict.VERIFIED, *others)]
    return render_template("help/verdicts.html", verdicts=found)


@help_pages.get("/verdicts/<code>")
def verdict(code: str) -> ResponseReturnValue:
    """The page of a verdict. Its code is in capitals; other spellings are led there."""
    normal = code.upper().replace("-", "_")
    if normal not in Verdict.__members__:
        abort(404)
    if normal != code:
        return redirect(url_for("help.verdict", code=normal), code=301)
    found = Verdict(normal)
    return render_template("help/verdict.html", code=normal, help=VERDICTS[found], turn=turn(found))


@well_known.get("/robots.txt")
def robots() -> Response:
    """RFC 9309: the longest rule that fits holds, so that all else is left out."""
    lines = ["User-agent: *", *(f"Allow: {path}" for path in _PUBLIC), "Disallow: /"]
    return _text(lines)


@well_known.get("/.well-known/change-password")
def change_password() -> BaseResponse:
    """Where programs that keep passwords lead their users, by the specification of the W3C."""
    return redirect(url_for("security.change_password"), code=302)


@well_known.get("/.well-known/security.txt")
def security_txt() -> Response:
    """RFC 9116, where operators have said whom to write to. Nobody may read what comes to the sender of e-mails."""
    chosen = settings()
    if not chosen.support_contact:
        abort(404)
    lines = [
        f"Contact: {chosen.contact_link}",
        f"Expires: {(utcnow() + _LASTS).strftime('%Y-%m-%dT00:00:00Z')}",
        "Preferred-Languages: en",
        f"Canonical: {own_address(chosen)}/.well-known/security.txt",
    ]
    return _text(lines)


def _text(lines: list[str]) -> Response:
    response = Response("\n".join(lines) + "\n", mimetype="text/plain")
    response.cache_control.public = True
    response.cache_control.max_age = 3600
    return response
