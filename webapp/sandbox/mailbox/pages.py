"""Everybody's mailbox: the e-mails that Nameplate would have sent."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from webapp.sandbox.mailbox.messages import DIRECTORY, newest, one_of
from webapp.sandbox.provider.providers import REGISTRAR

mailbox = Blueprint("mailbox", __name__, url_prefix="/mail")

_LINK = re.compile(r"https?://[^\s<>\"”]*[^\s<>\"”.,;:)]")


@mailbox.get("")
def inbox() -> ResponseReturnValue:
    """All e-mails, or those `to` one address."""
    to = request.args.get("to", "").strip()
    found = newest(_directory(), to)
    people = sorted({one.to for one in (newest(_directory()) if to else found)})
    return render_template("mailbox.html", provider=REGISTRAR, emails=found, people=people, to=to)


@mailbox.get("/<file>/<int:place>")
def email(file: str, place: int) -> ResponseReturnValue:
    found = one_of(_directory(), file, place)
    if found is None:
        abort(404)
    return render_template("email.html", provider=REGISTRAR, email=found, text=with_links(found.text))


def with_links(text: str) -> Markup:
    """The text with its addresses as links. Each is escaped by itself, so that an address holds no markup."""
    pieces, at = [], 0
    for found in _LINK.finditer(text):
        pieces.append(escape(text[at : found.start()]))
        pieces.append(Markup('<a href="{0}">{0}</a>').format(found.group()))
        at = found.end()
    return Markup().join([*pieces, escape(text[at:])])


def _directory() -> Path:
    path: Path = current_app.extensions["sandbox-account"].store.path
    return path.parent / DIRECTORY
