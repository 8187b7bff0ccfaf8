"""Checks that saw the same share one report, which is stored packed.

Checks of before keep their reports as they are and are read so; the daily `prune` moves them a part at a time.

Locks: `llm_client_custom_domain` against writing for a moment, twice, for the keys that refer to it; `domain_check`
for a moment, for a column that starts empty. Its indexes are built and dropped concurrently.
Took: a second or less with 200,000 names and as many checks; the edge waited at most 0.01 s, others 0.01 s. With more
checks it takes as long as one index of `domain_check` takes to build.
Old code: goes on. It stores whole reports, and finds none in the checks of the new release: restart the web nodes
before the workers. Its daily `prune` reads the whole table of checks without the index that is dropped here.

Back again, each report is unpacked, two hundred checks in a transaction. Stop everything before: what a check of the
new release saw after its batch would be lost. On SQLite the way back copies the table of checks.
"""

from __future__ import annotations

import json
import logging
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

log = logging.getLogger("alembic.share_reports")

CHECK, DOMAIN = "domain_check", "llm_client_custom_domain"
REPORT, MEASUREMENT = "domain_check_report", "domain_check_measurement"
BY_DOMAIN = "ix_domain_check_custom_domain_id_id"
BEFORE = {
    "ix_domain_check_status_lease_until": ["status", "lease_until"],
    "ix_domain_check_custom_domain_id_created_at": ["custom_domain_id", "created_at"],
}
VACUUM = {"autovacuum_vacuum_scale_factor": 0.01, "autovacuum_vacuum_insert_scale_factor": 0.02}
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table_online(
        REPORT,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("custom_domain_id", ROW_ID, nullable=False),
        sa.Column("check_id", sa.BigInteger(), nullable=False),
        sa.Column("transient", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["custom_domain_id"], [f"{DOMAIN}.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("custom_domain_id", "digest"),
    )
    op.create_table_online(
        MEASUREMENT,
        sa.Column("custom_domain_id", ROW_ID, nullable=False),
        sa.Column("transient", sa.Boolean(), nullable=False),
        sa.Column("check_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["custom_domain_id"], [f"{DOMAIN}.id"]),
        sa.PrimaryKeyConstraint("custom_domain_id", "transient"),
    )
    op.add_columns_online(CHECK, sa.Column("report_id", sa.BigInteger(), nullable=True))
    op.create_index_online(BY_DOMAIN, CHECK, ["custom_domain_id", "id"])
    for name in BEFORE:
        op.drop_index_online(name, CHECK)
    # Taking and ending a check adds two more entries for a while. Without room, each page would be split in half.
    _change_storage(f"INDEX pk_{CHECK} SET (fillfactor = 75)")
    # They also leave two dead versions of the row. By default their room would be used again after days only.
    _change_storage(f"TABLE {CHECK} SET ({', '.join(f'{name} = {part}' for name, part in VACUUM.items())})")


def downgrade() -> None:
    """The tables of reports go after the column that points to them, so that a second run knows what is unpacked."""
    for name, columns in BEFORE.items():
        op.create_index_online(name, CHECK, columns)
    if op.has_column(CHECK, "report_id"):
        op.rewrite_in_batches(
            CHECK, READ, "report_id IS NOT NULL AND report IS NULL", rewrite=_unpacked_report
        )
    op.drop_columns_online(CHECK, "report_id")
    op.drop_tables_online(MEASUREMENT, REPORT)
    op.drop_index_online(BY_DOMAIN, CHECK)
    op.delete_in_batches("system_status", "component = 'retention'", key="component")
    _change_storage(f"INDEX pk_{CHECK} RESET (fillfactor)")
    _change_storage(f"TABLE {CHECK} RESET ({', '.join(VACUUM)})")


def _change_storage(change: str) -> None:
    """The catalogue alone changes."""
    if op.get_bind().dialect.name == "postgresql":
        op.with_lock_retries(lambda: op.execute(f"ALTER {change}"))


#: What a report is unpacked from. `newest` is what the check measured, if it is the newest of its kind.
READ = [
    "started_at",
    "finished_at",
    "created_at",
    "updated_at",
    f"(SELECT body FROM {REPORT} WHERE {REPORT}.id = {CHECK}.report_id) AS body",  # noqa: S608
    f"(SELECT check_id FROM {REPORT} WHERE {REPORT}.id = {CHECK}.report_id) AS first_id",  # noqa: S608
    (
        f"(SELECT {MEASUREMENT}.body FROM {MEASUREMENT} JOIN {REPORT} ON {REPORT}.id = {CHECK}.report_id"  # noqa: S608
        f" AND {REPORT}.transient = {MEASUREMENT}.transient"
        f" WHERE {MEASUREMENT}.custom_domain_id = {CHECK}.custom_domain_id"
        f" AND {MEASUREMENT}.check_id = {CHECK}.id) AS newest"
    ),
]


def _unpacked_report(row: dict[str, Any]) -> dict[str, Any] | None:
    """JSON as text, which both databases take for the column. None for what is missing or damaged: its verdict
    stands, and the way back is open for the rest.
    """
    began, ended = row["started_at"] or row["created_at"], row["finished_at"] or row["updated_at"]
    try:
        report = json.dumps(_report(row, _time(began), _time(ended)))
    except (KeyError, IndexError, TypeError, ValueError, zlib.error) as err:
        log.warning("The report of check %s cannot be read: %r", row["row_key"], err)
        return None
    return {"report": report, "started_at": began, "finished_at": ended}


def _report(row: dict[str, Any], began: datetime, ended: datetime) -> dict[str, Any]:
    both = _unpacked(row["body"])
    if row["row_key"] == row["first_id"]:
        measured = both["measured"]
    elif row["newest"] is not None:
        measured = _unpacked(row["newest"])
    else:
        measured = both["measured"] | _times(both["measured"], began, ended)
    return _joined(both["seen"], measured)


def _time(value: datetime | str) -> datetime:
    """SQLite hands out times as text, in UTC and without saying so."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)


def _times(first: dict[str, Any], began: datetime, ended: datetime) -> dict[str, Any]:
    lasted = max(0, round((ended - began) / timedelta(milliseconds=1)))
    times: dict[str, Any] = {"checked_at": began.isoformat(), "duration_ms": lasted}
    if first.get("old_answers_until") is not None:
        until, seen_at = map(datetime.fromisoformat, (first["old_answers_until"], first["checked_at"]))
        times["old_answers_until"] = (began + (until - seen_at)).isoformat()
    return times


def _unpacked(packed: bytes) -> Any:
    """The two forms of `webapp.reports.codec`; a test compares what is done here with what is done there."""
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
        one["notes"] = list(one.get("notes", ()))
        for where, heard in note if isinstance(note, list) else [[0, note]]:
            one["notes"].insert(where, heard)
    if "ttl" not in one:
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
