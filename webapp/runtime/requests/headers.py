"""Security headers on every answer, with one Content-Security-Policy nonce per request."""

from __future__ import annotations

import secrets

from flask import Flask, Response, current_app, g, request

from webapp.runtime.requests.programs import POLICY, is_for_programs


def csp_nonce() -> str:
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def init_headers(app: Flask) -> None:
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    headers = response.headers
    if request.blueprint == "visitors":  # Answers at customers' names, which we may not bind to HTTPS.
        return response
    headers["Content-Security-Policy"] = POLICY if is_for_programs(current_app, request.path) else _of_pages()
    headers["X-Content-Type-Options"] = "nosniff"
    # Flask-WTF compares the referrer on HTTPS, so `no-referrer` would break every form.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    # A proxy may not say that it was asked over HTTPS. Where PUBLIC_URL is https://, nobody is to come otherwise.
    if request.is_secure or current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if not _may_be_kept(response):
        headers["Cache-Control"] = "no-store"
    return response


def _of_pages() -> str:
    return (
        f"default-src 'none'; script-src 'nonce-{csp_nonce()}'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def _may_be_kept(response: Response) -> bool:
    """Static files, and what a view of ours says so of. Flask-Security writes “no-store=True”, which browsers do not
    read as no-store (RFC 9111, 5.2.2.5): pages with tokens and passwords would be kept.
    """
    endpoint = request.endpoint or ""
    if endpoint == "static" or endpoint.endswith(".static"):
        return True
    chosen = response.headers.get("Cache-Control", "")
    return chosen != "" and "no-store" not in chosen and not endpoint.startswith("security.")
