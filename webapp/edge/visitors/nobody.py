"""The page for a name that leads to the edge and is not connected, as HTML, plain text and JSON.

It is the same for every name, so that it tells nobody whether a name is registered, not verified yet, suspended or
removed. It has no link to the dashboard: anybody can have it shown below a name of their own, and people are not to
learn to sign in by the links of such pages.
"""

from __future__ import annotations

import base64
import hashlib
import json

TITLE = "This name leads here, but is not connected."
_VISITOR = (
    "You opened an address that leads to this service. Nothing is connected to it at the moment, so there is nothing "
    "to show. Check that the address is spelled correctly, or ask whoever gave it to you."
)
_HEADING = "If this name is yours"
_REGISTERED = (
    "Sign in where you registered the name for your LLM client. The name has a page there, which says what is "
    "missing and what to do next."
)
_UNREGISTERED = (
    "If you have not registered the name yet, register it there first. "
    "The entry that leads it here is not enough."
)
_UNWANTED = (
    "If you no longer want the name to lead here, delete its entry at the company that manages your domain’s DNS. "
    "Often that is the company where you bought the domain."
)
_OWNER = (_REGISTERED, _UNREGISTERED, _UNWANTED)

_STYLE = """
:root { color-scheme: light dark; }
body { --paper: #f6f4ee; --sheet: #fffefb; --ink: #1b2430; --line: #ddd8cb; --plate: #17375e; }
@media (prefers-color-scheme: dark) {
  body { --paper: #11161c; --sheet: #1a2129; --ink: #ebe8df; --line: #303a45; --plate: #93c1f2; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.55 system-ui, sans-serif; }
main { max-width: 40rem; margin: 8vh auto; padding: clamp(1.25rem, 5vw, 2.5rem); overflow-wrap: break-word; }
main { background: var(--sheet); border: 1px solid var(--line); border-top: 4px solid var(--plate); }
h1 { margin: 0 0 1rem; font-size: clamp(1.5rem, 1.2rem + 1.6vw, 2rem); line-height: 1.25; }
h2 { margin: 1.75rem 0 0.5rem; font-size: 1.25rem; }
p, ul { margin: 0; }
ul { padding-left: 1.25rem; }
li + li { margin-top: 0.5rem; }
@media (max-width: 42rem) { main { margin: 0; border-width: 4px 0 0; } }
"""

_ITEMS = "\n".join(f"<li>{sentence}</li>" for sentence in _OWNER)
HTML = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{TITLE}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{TITLE}</h1>
<p>{_VISITOR}</p>
<h2>{_HEADING}</h2>
<ul>
{_ITEMS}
</ul>
</main>
</body>
</html>
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
#: Content-Security-Policy (CSP level 3): nothing but this style, by its hash.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TEXT = "\n".join((TITLE, "", _VISITOR, "", f"{_HEADING}:", *(f"- {sentence}" for sentence in _OWNER), ""))
_DETAIL = " ".join((_VISITOR, f"{_HEADING}:", *_OWNER))
#: A problem (RFC 9457).
JSON = json.dumps(
    {"type": "about:blank", "title": TITLE, "status": 404, "detail": _DETAIL}, ensure_ascii=False
)
#: What it can be, by media type. The first is for whoever takes anything, as curl does.
TYPES = {
    "text/plain": TEXT,
    "text/html": HTML,
    "application/json": JSON,
    "application/problem+json": JSON,
}
