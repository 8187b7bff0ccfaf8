"""Rows of an installation with many names, as SQL for PostgreSQL, by the migration that made their tables."""

# ruff: noqa: ISC004, E501 - each of them is one statement

from __future__ import annotations

#: Ten names in an account.
_PER_ACCOUNT = 10
_NOW = "now(), now()"

_FIRST = [
    "INSERT INTO account (id, number, name, created_at, updated_at)"
    " SELECT n, lpad(n::text, 14, '0'), 'Shop ' || n, {now} FROM generate_series(1, {accounts}) AS n",
    "INSERT INTO users (id, email, password, active, fs_uniquifier)"
    " SELECT n, 'person' || n || '@shop.example', '$argon2id$' || md5(n::text), true, md5(n::text)"
    " FROM generate_series(1, {accounts}) AS n",
    "INSERT INTO membership (account_id, user_id, role, created_at, updated_at)"
    " SELECT n, n, 'owner', {now} FROM generate_series(1, {accounts}) AS n",
    "INSERT INTO llm_client_custom_domain (account_id, domain_name, registrable_domain, state, is_verified,"
    " state_changed_at, check_attempt, version, created_at, updated_at)"
    " SELECT (n - 1) / {per} + 1, 'chat.shop' || n || '.example', 'shop' || n || '.example',"
    " CASE WHEN n % 20 = 0 THEN 'pending' ELSE 'verified' END, n % 20 <> 0, now(), 0, 1, {now}"
    " FROM generate_series(1, {rows}) AS n",
    "INSERT INTO hosted_zone (custom_domain_id, domain_name, generation, caller_reference, state,"
    " aws_hosted_zone_id, name_servers, error, attempts, created_at, updated_at)"
    " SELECT n, 'chat.shop' || n || '.example', 1, 'reference-' || n, 'ready', 'Z' || n,"
    " json_build_array('ns-' || n % 512 || '.awsdns-1.com', 'ns-' || n % 512 || '.awsdns-2.net',"
    " 'ns-' || n % 512 || '.awsdns-3.org', 'ns-' || n % 512 || '.awsdns-4.co.uk'),"
    " CASE WHEN n % 50 = 0 THEN 'AWS said no.' END, 0, {now} FROM generate_series(1, {rows}) AS n",
    "INSERT INTO event (account_id, custom_domain_id, kind, actor_kind, actor_name, sentence, created_at, updated_at)"
    " SELECT (n - 1) / {per} + 1, n, kind, 'system', 'Nameplate', 'chat.shop' || n || '.example' || said, {now}"
    " FROM generate_series(1, {rows}) AS n,"
    " (VALUES ('registered', ' was registered.'), ('verified', ' is verified, and is served.')) AS what (kind, said)",
    "INSERT INTO domain_check (custom_domain_id, origin, status, verdict, report, created_at, updated_at)"
    " SELECT n, 'schedule', 'done', 'VERIFIED', json_build_object('asked', (SELECT string_agg(md5(n::text || part), '')"
    " FROM generate_series(1, 40) AS part)), {now} FROM generate_series(1, {rows}) AS n",
]
_FILL = {
    "0001": _FIRST,
    "0002": [
        "INSERT INTO certificate (custom_domain_id, domain_name, generation, state, idempotency_token, attempts, error,"
        " created_at, updated_at) SELECT n, 'chat.shop' || n || '.example', 1, 'issued', md5(n::text), 0,"
        " CASE WHEN n % 50 = 0 THEN 'Amazon said no.' END, {now} FROM generate_series(1, {rows}) AS n",
        "INSERT INTO mail (account_id, custom_domain_id, kind, occasion, sentence, send_after, sent_at, attempts,"
        " created_at, updated_at) SELECT (n - 1) / {per} + 1, n, 'verified', now(), 'It is verified.', {now}, 0, {now}"
        " FROM generate_series(1, {rows}) AS n",
    ],
    "0004": [
        "INSERT INTO letter (custom_domain_id, user_id, state, next_attempt_at, attempts, created_at, updated_at)"
        " SELECT n, (n - 1) / {per} + 1, 'sent', now(), 1, {now} FROM generate_series(1, {rows}) AS n",
    ],
}


def fill(revision: str, rows: int) -> list[str]:
    """The statements for right after this migration."""
    values = {"rows": rows, "accounts": -(-rows // _PER_ACCOUNT), "per": _PER_ACCOUNT, "now": _NOW}
    return [statement.format(**values) for statement in _FILL.get(revision, [])]
