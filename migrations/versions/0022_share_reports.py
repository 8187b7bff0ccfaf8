"""Checks that saw the same share one report, which is stored packed.

Checks of before keep their reports as they are and are read so; the daily `prune` moves them a part at a time. So the
upgrade itself takes a moment, and as long as one index of `domain_check` takes to build, during which everybody goes
on. The release before goes on with this schema: it stores whole reports, and finds none in the checks of this one.

Locks on PostgreSQL: `domain_check` and `llm_client_custom_domain` for a moment each; the indexes are built and
dropped concurrently. On SQLite, dropping a column writes all of `domain_check` anew, and nobody else writes
meanwhile: about a minute for ten gigabytes.

Back again, each report is unpacked, 500 checks at a time, each in a transaction of its own: about half an hour for a
million checks.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

AT_ONCE = 500
CHECK, DOMAIN = "domain_check", "llm_client_custom_domain"
BY_DOMAIN = "ix_domain_check_custom_domain_id_id"
BEFORE = {
    "ix_domain_check_status_lease_until": ["status", "lease_until"],
    "ix_domain_check_custom_domain_id_created_at": ["custom_domain_id", "created_at"],
}
BIG = sa.BigInteger()
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "domain_check_report",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("custom_domain_id", sa.Integer().with_variant(BIG, "postgresql"), nullable=False),
        sa.Column("check_id", BIG, nullable=False),
        sa.Column("transient", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["custom_domain_id"], [f"{DOMAIN}.id"]),
        sa.UniqueConstraint("custom_domain_id", "digest"),
    )
    op.create_table(
        "domain_check_measurement",
        sa.Column("custom_domain_id", sa.Integer().with_variant(BIG, "postgresql"), nullable=False),
        sa.Column("transient", sa.Boolean(), nullable=False),
        sa.Column("check_id", BIG, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["custom_domain_id"], [f"{DOMAIN}.id"]),
        sa.PrimaryKeyConstraint("custom_domain_id", "transient"),
    )
    op.add_column(CHECK, sa.Column("report_id", BIG, nullable=True))
    if _is_postgresql():
        op.alter_column(CHECK, "updated_at", existing_type=TIME, nullable=True)
        # Taking and ending a check adds two more entries for a while. Without room, each page would be split in half.
        op.execute(f"ALTER INDEX pk_{CHECK} SET (fillfactor = 75)")
    else:
        # Two statements of SQLite's own, where a batch would copy the table once more.
        op.execute(f"ALTER TABLE {CHECK} DROP COLUMN updated_at")
        op.execute(f"ALTER TABLE {CHECK} ADD COLUMN updated_at DATETIME")
    with _one_by_one():
        _create_index(BY_DOMAIN, ["custom_domain_id", "id"])
        for name in BEFORE:
            _drop_index(name)


def downgrade() -> None:
    with _one_by_one():
        for name, columns in BEFORE.items():
            _create_index(name, columns)
        _drop_index(BY_DOMAIN)
        _unpack_reports()
    if _is_postgresql():
        # The validated constraint spares `SET NOT NULL` the look at every row, which nobody may read meanwhile.
        op.execute(
            f"ALTER TABLE {CHECK} ADD CONSTRAINT has_updated_at CHECK (updated_at IS NOT NULL) NOT VALID"
        )
        with _one_by_one():
            op.execute(f"ALTER TABLE {CHECK} VALIDATE CONSTRAINT has_updated_at")
        op.alter_column(CHECK, "updated_at", existing_type=TIME, nullable=False)
        op.execute(f"ALTER TABLE {CHECK} DROP CONSTRAINT has_updated_at")
        op.execute(f"ALTER INDEX pk_{CHECK} RESET (fillfactor)")
        op.drop_column(CHECK, "report_id")
    else:
        with op.batch_alter_table(CHECK) as altered:
            altered.alter_column("updated_at", existing_type=TIME, nullable=False)
            altered.drop_column("report_id")
    for table in ("domain_check_measurement", "domain_check_report"):
        op.drop_table(table)
    op.execute("DELETE FROM system_status WHERE component = 'retention'")


def _is_postgresql() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


@contextmanager
def _one_by_one() -> Iterator[None]:
    """Outside the migration's transaction, so that no lock is held from one statement to the next."""
    with op.get_context().autocommit_block():
        yield


def _create_index(name: str, columns: list[str]) -> None:
    """Anew, if an upgrade that broke off has left a part of it."""
    _drop_index(name)
    op.create_index(name, CHECK, columns, postgresql_concurrently=True)


def _drop_index(name: str) -> None:
    op.drop_index(name, CHECK, postgresql_concurrently=True, if_exists=True)


def _unpack_reports() -> None:
    after, connection = 0, op.get_bind()
    while rows := connection.execute(_CHECKS, {"after": after, "most": AT_ONCE}).mappings().all():
        connection.exec_driver_sql("BEGIN")
        connection.execute(_STORE, [_row(row) for row in rows])
        connection.exec_driver_sql("COMMIT")
        after = rows[-1]["id"]


_CHECKS = sa.text(
    "SELECT c.id, c.report, c.started_at, c.finished_at, c.created_at, c.updated_at, r.body, r.check_id,"
    " m.check_id AS newest_id, m.body AS newest FROM domain_check c"
    " LEFT JOIN domain_check_report r ON r.id = c.report_id"
    " LEFT JOIN domain_check_measurement m"
    " ON m.custom_domain_id = c.custom_domain_id AND m.transient = r.transient AND m.check_id = c.id"
    " WHERE c.id > :after AND (c.report_id IS NOT NULL OR c.updated_at IS NULL) ORDER BY c.id LIMIT :most"
).columns(
    id=BIG,
    report=sa.JSON(none_as_null=True),
    started_at=TIME,
    finished_at=TIME,
    created_at=TIME,
    updated_at=TIME,
    body=sa.LargeBinary(),
    newest=sa.LargeBinary(),
)
_STORE = sa.text(
    f"UPDATE {CHECK} SET report = :report, updated_at = :updated_at WHERE id = :which"  # noqa: S608
).bindparams(sa.bindparam("report", type_=sa.JSON(none_as_null=True)), sa.bindparam("updated_at", type_=TIME))


def _row(row: Any) -> dict[str, Any]:
    times = row["updated_at"], row["finished_at"], row["started_at"], row["created_at"]
    changed = next(time for time in times if time is not None)
    report = _report(row) if row["body"] is not None else row["report"]
    return {"which": row["id"], "report": report, "updated_at": changed}


def _report(row: Any) -> dict[str, Any]:
    began, ended = _utc(row["started_at"] or row["created_at"]), row["finished_at"]
    both = _unpacked(row["body"])
    if row["id"] == row["check_id"]:
        measured = both["measured"]
    elif row["newest_id"] is not None:
        measured = _unpacked(row["newest"])
    else:
        measured = both["measured"] | _times(both["measured"], began, ended and _utc(ended))
    return _joined(both["seen"], measured)


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time


def _times(first: dict[str, Any], began: datetime, ended: datetime | None) -> dict[str, Any]:
    times: dict[str, Any] = {"checked_at": began.isoformat()}
    if ended is not None:
        times["duration_ms"] = max(0, round((ended - began) / timedelta(milliseconds=1)))
    if first.get("old_answers_until") is not None:
        until, seen_at = map(datetime.fromisoformat, (first["old_answers_until"], first["checked_at"]))
        times["old_answers_until"] = (began + (until - seen_at)).isoformat()
    return times


def _unpacked(packed: bytes) -> Any:
    """The two forms of `webapp.reports.codec`; a test compares the dictionary with the one there."""
    inflate = zlib.decompressobj(zdict=DICTIONARY) if packed[:1] == b"\x01" else zlib.decompressobj()
    return json.loads(inflate.decompress(packed[1:]) + inflate.flush())


def _joined(seen: dict[str, Any], measured: dict[str, Any]) -> dict[str, Any]:
    asked: list[dict[str, Any]] = [{}] * len(seen["asked"])
    for fixed, differs, place in zip(seen["asked"], measured["asked"], measured["order"], strict=True):
        asked[place] = _together(fixed, differs)
    times = {name: measured[name] for name in TIMES if name in measured}
    return {**seen["rest"], **times, "asked": asked}


def _together(fixed: dict[str, Any], differs: list[Any]) -> dict[str, Any]:
    ms, ttl, note, label = [*differs, None, None, None][:4]
    one = dict(fixed)
    if label is not None:
        for name in ("question", "dig"):
            one[name] = one[name].replace("\x00", label)
    if note is not None:
        one["notes"] = [note, *one.get("notes", ())]
    if one.get("role") == "resolver":
        one["ttl"] = ttl
    return one | {"ms": ms}


TIMES = ("checked_at", "duration_ms", "old_answers_until")
DICTIONARY = (
    b'{"code":"truncated","params":{}}{"code":"name-servers-shown","params":{"count":"outcome":"TIMEOU'
    b'T","outcome":"SERVFAIL","outcome":"REFUSED","outcome":"NOT_ASKED","outcome":"LAME","reason":"res'
    b'olver-silent","reason":"parent-suffix","reason":"domain-missing","params":{"asked_in":""verdict"'
    b':"PARENT_UNREACHABLE","verdict":"DELEGATION_PARTIAL","verdict":"DELEGATION_MIXED","transient":tr'
    b'ue,"who_acts":"we","who_acts":"you","transport":"udp","ttl":86400},"ttl":172800},"ttl":900},.ns.'
    b'cloudflare.com",".domaincontrol.com",".gandi.net",".ui-dns.com",".registrar-servers.com",".gtld-'
    b'servers.net","a.gtld-servers.net","192.5.6.30","com NS","net NS","org NS",{"address":"127.0.0.1:'
    b'53","authoritative":false,"dig":"dig @127.0.0.1 "authoritative":true,"dig":"dig +norecurse @ns1.'
    b' SOA","name_servers":[],"outcome":"NXDOMAIN","question":" SOA","name_servers":[],"outcome":"NXDO'
    b'MAIN","question":"\\u0000. A","name_servers":[],"outcome":"NOERROR","question":"ns-1.awsdns-00.co'
    b'm A","role":"resolver","server":" AAAA","name_servers":[],"outcome":"NODATA","question":" AAAA",'
    b'"role":"resolver","server":"{"asked":[{"address":"2600:9000:5300::1","authoritative":false,"dig"'
    b':"dig +norecurse +tcp @","name_servers":["ns1.","ns2."],"outcome":"REFERRAL","question":" NS","r'
    b'ole":"above","server":"ns1.","transport":"tcp","ttl":3600},{"address":"205.251.19","authoritativ'
    b'e":true,"dig":"dig +norecurse @ns- NS","name_servers":["ns-1.awsdns-00.com","ns-1024.awsdns-00.o'
    b'rg","ns-1536.awsdns-00.co.uk","ns-512.awsdns-00.net"],"outcome":"NOERROR","question":"chat.examp'
    b'le.com NS","role":"ours","server":"ns-1.awsdns-00.com","transport":"udp","ttl":172800},{"address'
    b'":"205.251.196.1","authoritative":true,"dig":"dig +norecurse @ns- SOA","name_servers":[],"outcom'
    b'e":"NOERROR","question":"chat.example.com SOA","role":"ours","server":"ns-","transport":"tcp","t'
    b'tl":900},{"address":"","authoritative":true,"dig":"dig +norecurse +tcp @ns1. DS","name_servers":'
    b'[],"outcome":"NODATA","question":"chat.example.com DS","role":"parent","server":"ns1. NS","name_'
    b'servers":["ns-","outcome":"REFERRAL","question":"chat.example.com NS","role":"parent","server":"'
    b'ns2.","transport":"tcp","ttl":300},{"address":"127.0.0.1:53","authoritative":false,"dig":"dig @1'
    b'27.0.0.1  NS","name_servers":["ns1.","outcome":"NOERROR","question":"example.com NS","role":"res'
    b'olver","server":"127.0.0.1:53","transport":"udp"},{"address":"127.0.0.1:53","authoritative":fals'
    b'e,"dig":"dig @127.0.0.1 ns-1.awsdns-00.com A","name_servers":[],"outcome":"NOERROR","question":"'
    b'ns-1.awsdns-00.com A","role":"resolver","server":"127.0.0.1:53","transport":"udp"}],"rest":{"del'
    b'egations":{"example.com":["ns1.","ns2."]},"expected":["ns-1.awsdns-00.com",""],"found":["ns-1.aw'
    b'sdns-00.com","ns-1024.awsdns-00.org","ns-1536.awsdns-00.co.uk","ns-512.awsdns-00.net"],"hints":['
    b'],"host":"chat.example.com","missing":["ns-1.awsdns-00.com","ns-1024.awsdns-00.org","missing":[]'
    b',"params":{},"parent_zone":"example.com","reason":"","relative_name":"chat","transient":false,"u'
    b'nexpected":[],"verdict":"NOT_DELEGATED","who_acts":"you"}},"unexpected":[],"verdict":"VERIFIED",'
    b'"who_acts":"nobody"}}{"seen":{"asked":[],"measured":{"asked":[[1],[1,300],[2],[3],[12,60],[24,36'
    b'00],[35,86400]],"checked_at":"2026-11-26T00:00:00.000000+00:00","duration_ms":120,"old_answers_u'
    b'ntil":null,"order":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]}'
)
