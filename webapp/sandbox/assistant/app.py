"""A demo LLM client, as a customer of the platform could have one: a page to ask on, and the API of it.

It stands behind the sandbox's edge alone, which tells it of each visitor (`webapp.sandbox.assistant.visitor`).
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

from flask import Flask, Response, jsonify, render_template, request, stream_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from webapp.config.places import STATIC, TEMPLATES
from webapp.sandbox.assistant import answers, completions
from webapp.sandbox.assistant.visitor import Visitor, visitor_of

_LONGEST_QUESTION = 2000
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'"
)


def create_assistant(sleep: Callable[[float], object] = time.sleep) -> Flask:
    """`sleep` passes the time between two words."""
    app = Flask(
        "assistant",
        template_folder=str(TEMPLATES / "sandbox" / "assistant"),
        static_folder=str(STATIC / "sandbox" / "assistant"),
        static_url_path="/static",
        root_path=str(TEMPLATES.parent),
    )
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.add_url_rule("/", view_func=functools.partial(_page, sleep), endpoint="page")
    app.add_url_rule(
        "/v1/chat/completions",
        view_func=functools.partial(_completions, sleep),
        endpoint="completions",
        methods=["POST"],
    )
    app.register_error_handler(HTTPException, _explain)
    app.after_request(_add_headers)
    return app


def _page(sleep: Callable[[float], object]) -> ResponseReturnValue:
    """For people, with the answer as it is made; for a terminal, what can be asked, as text."""
    visitor = _visitor()
    kinds = ["text/plain", "text/html"]
    if request.accept_mimetypes.best_match(kinds) == "text/plain":
        return Response(render_template("page.txt", **_described(visitor)) + "\n", mimetype="text/plain")
    question = request.args.get("question", "").strip()[:_LONGEST_QUESTION]
    text = answers.answer(question, visitor.name, visitor.default_host) if question else ""
    words = answers.spoken(text, sleep)
    page = stream_template("page.html", question=question, words=words, **_described(visitor))
    return Response(page, mimetype="text/html")


def _completions(sleep: Callable[[float], object]) -> ResponseReturnValue:
    try:
        asked = completions.read(request.get_json(force=True, silent=True))
    except completions.NotUnderstoodError as err:
        return jsonify(completions.fault(str(err))), 400
    visitor = _visitor()
    text = answers.answer(asked.question[:_LONGEST_QUESTION], visitor.name, visitor.default_host)
    if not asked.stream:
        return jsonify(completions.whole(text))
    return Response(completions.streamed(answers.spoken(text, sleep)), mimetype="text/event-stream")


def _explain(err: HTTPException) -> ResponseReturnValue:
    if request.path.startswith("/v1/"):
        return jsonify(completions.fault(err.description or err.name)), err.code or 500
    return Response(f"{err.description}\n", err.code or 500, mimetype="text/plain")


def _add_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _visitor() -> Visitor:
    return visitor_of(request.environ)


def _described(visitor: Visitor) -> dict[str, object]:
    """The label is made from the name that the customer gave, so that it reads as one with a capital."""
    return {
        "visitor": visitor,
        "title": visitor.label.replace("-", " ").capitalize(),
        "model": completions.MODEL,
    }
