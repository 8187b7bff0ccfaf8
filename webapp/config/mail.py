"""How e-mails are sent: Flask-Mailman's configuration from one URL."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def mail_config(url: str, sender: str) -> dict[str, object]:
    """Flask-Mailman's configuration from one URL; `console:` and `file:DIRECTORY` send nothing.

    A password is sent over TLS only.
    """
    parts = urlsplit(url)
    config: dict[str, object] = {"MAIL_DEFAULT_SENDER": sender, "MAIL_TIMEOUT": 10}
    if parts.scheme == "console":
        return {**config, "MAIL_BACKEND": "console"}
    if parts.scheme == "file":
        return {**config, "MAIL_BACKEND": "file", "MAIL_FILE_PATH": unquote(parts.path)}
    return {
        **config,
        "MAIL_BACKEND": "smtp",
        "MAIL_SERVER": parts.hostname,
        "MAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "MAIL_USERNAME": unquote(parts.username or "") or None,
        "MAIL_PASSWORD": unquote(parts.password or "") or None,
        "MAIL_USE_SSL": parts.scheme == "smtps",
        "MAIL_USE_TLS": parts.scheme == "smtp" and bool(parts.username) and parts.hostname not in _HERE,
    }
