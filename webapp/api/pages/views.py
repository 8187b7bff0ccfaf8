"""The document of the API for programs and for people, and a page for each code of a problem."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, render_template
from werkzeug.wrappers import Response

from webapp.api.codes import KINDS
from webapp.api.pages.openapi import TAGS, document, operations
from webapp.api.problems import PREFIX
from webapp.extensions import settings
from webapp.runtime.public_url import own_address

api_pages = Blueprint("api_pages", __name__)


@api_pages.get(f"{PREFIX}/openapi.json")
def openapi() -> Response:
    return jsonify(document())


@api_pages.get(f"{PREFIX}/")
def reference() -> str:
    """The operations, for people."""
    by_tag: dict[str, list[tuple[str, str, dict[str, object]]]] = {tag: [] for tag in TAGS}
    for path, method, operation in operations():
        by_tag[operation["tags"][0]].append((path.removeprefix(PREFIX), method, operation))
    address = f"{own_address(settings())}{PREFIX}"
    return render_template("api/reference.html", by_tag=by_tag, tags=TAGS, address=address)


@api_pages.get("/help/problems/<code>")
def problem(code: str) -> str:
    kind = KINDS.get(code) or abort(404)
    return render_template("api/problem.html", code=code, kind=kind)


@api_pages.get("/help/problems")
def problems() -> str:
    return render_template("api/problems.html", kinds=sorted(KINDS.items()))
