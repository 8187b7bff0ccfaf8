"""What staff should know: about zones at AWS, which reconciliation compares, and about claims on names.

A finding is opened, seen again, and resolved by what no longer finds it. Staff alone resolve one about a look-alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import func, select, update

from webapp.extensions import db
from webapp.jobs.batches import batches
from webapp.models import Finding, LLMClientCustomDomain, Message


class FindingKind(StrEnum):
    """Stable ids.

    orphan: tagged as ours, and no row knows it. duplicate: a second zone for a claim that has one.
    returned: we took it for deleted. vanished: it should be at AWS and is not. unmarked: it is there without our
    tags or under another name. foreign-record, missing-record: its records are not those we keep. apex-changed: its
    own NS records do not name its delegation set. delegation-set: it came without four name servers of its own.
    all-listed: its parent listed every set that we drew, so we stopped drawing for a day.
    other-account: so much is missing that we must be looking into the wrong AWS account. check-fault: a check of the
    domain broke off for a fault of ours. claim-refused: a claim was proved and is not served, because of another
    claim, a suspension or the deny list. lookalike: the name is in other letters and looks like another name.
    edge-zone: the servers of the edge's zone do not take our updates.
    contest: a claim was proved whose name another account holds, and moves unless staff suspend one of the two.
    """

    ORPHAN = "orphan"
    DUPLICATE = "duplicate"
    RETURNED = "returned"
    VANISHED = "vanished"
    UNMARKED = "unmarked"
    FOREIGN_RECORD = "foreign-record"
    MISSING_RECORD = "missing-record"
    APEX_CHANGED = "apex-changed"
    DELEGATION_SET = "delegation-set"
    ALL_LISTED = "all-listed"
    OTHER_ACCOUNT = "other-account"
    CHECK_FAULT = "check-fault"
    CLAIM_REFUSED = "claim-refused"
    LOOKALIKE = "lookalike"
    EDGE_ZONE = "edge-zone"
    CONTEST = "contest"


#: About claims on names. All other kinds are about zones at AWS, the edge's zone, or a fault of ours.
OF_CLAIMS = (FindingKind.CLAIM_REFUSED, FindingKind.LOOKALIKE, FindingKind.CONTEST)


def report(
    kind: FindingKind,
    message: Message,
    now: datetime,
    *,
    aws_zone_id: str | None = None,
    domain_id: int | None = None,
    repaired: bool = False,
) -> Finding:
    """A new finding, or the open one of this kind about this zone seen again. A repaired one is resolved at once."""
    found = None if repaired else _open(kind, aws_zone_id, domain_id)
    if found is None:
        found = Finding(
            kind=kind.value,
            aws_hosted_zone_id=aws_zone_id,
            custom_domain_id=domain_id,
            repaired=repaired,
            created_at=now,
        )
        db.session.add(found)
    found.message, found.last_seen_at = message, now
    found.resolved_at = now if repaired else None
    db.session.flush()
    return found


def open_about(kind: FindingKind, domain_id: int) -> Finding | None:
    """The open finding of this kind about this domain."""
    return _open(kind, None, domain_id)


def _open(kind: FindingKind, aws_zone_id: str | None, domain_id: int | None) -> Finding | None:
    return db.session.scalar(
        select(Finding)
        .where(
            Finding.kind == kind.value,
            Finding.resolved_at.is_(None),
            Finding.aws_hosted_zone_id == aws_zone_id,
            Finding.custom_domain_id == domain_id,
        )
        .limit(1)
    )


def resolve(
    kinds: Collection[FindingKind],
    now: datetime,
    *,
    unseen_since: datetime | None = None,
    aws_zone_id: str | None = None,
    domain_id: int | None = None,
) -> int:
    """Close open findings of these kinds: those about one zone or domain, or those not seen since a run began.

    Returns how many. So of several who close the same one at once, one knows that it was they.
    """
    closing = update(Finding).where(Finding.resolved_at.is_(None), Finding.kind.in_([k.value for k in kinds]))
    if unseen_since is not None:
        closing = closing.where(Finding.last_seen_at < unseen_since)
    if aws_zone_id is not None:
        closing = closing.where(Finding.aws_hosted_zone_id == aws_zone_id)
    if domain_id is not None:
        closing = closing.where(Finding.custom_domain_id == domain_id)
    closed = db.session.execute(closing.values(resolved_at=now))
    return cast("int", closed.rowcount)  # type: ignore[attr-defined]


def resolve_domains(kinds: Collection[FindingKind], domain_ids: Collection[int], now: datetime) -> None:
    """Close open findings of these kinds about these domains."""
    if domain_ids:
        of_domains = Finding.custom_domain_id.in_(domain_ids)
        still_open = Finding.resolved_at.is_(None)
        closing = update(Finding).where(still_open, Finding.kind.in_([k.value for k in kinds]), of_domains)
        db.session.execute(closing.values(resolved_at=now))


def is_open(kind: FindingKind, aws_zone_id: str | None) -> bool:
    """Whether a finding of this kind about this zone waits for staff."""
    about = Finding.kind == kind.value, Finding.aws_hosted_zone_id == aws_zone_id
    query = select(Finding.id).where(*about, Finding.resolved_at.is_(None))
    return db.session.scalar(query.limit(1)) is not None


def waiting(limit: int = 100) -> Sequence[Finding]:
    """Open ones, newest first, without those about claims on names."""
    others = Finding.kind.not_in([kind.value for kind in OF_CLAIMS])
    query = select(Finding).where(Finding.resolved_at.is_(None), others)
    return db.session.scalars(query.order_by(Finding.id.desc()).limit(limit)).all()


def all_waiting() -> Iterator[Sequence[Finding]]:
    """As `waiting`, without an end and in batches: so many may be open after a restore."""
    others = Finding.kind.not_in([kind.value for kind in OF_CLAIMS])
    query = select(Finding).where(Finding.resolved_at.is_(None), others)
    return batches(query, Finding.id, newest_first=True)


def all_repaired_since(since: datetime) -> Iterator[Sequence[Finding]]:
    query = select(Finding).where(Finding.repaired, Finding.last_seen_at >= since)
    return batches(query, Finding.id, newest_first=True)


def of_claims(kind: FindingKind, limit: int = 100) -> Sequence[Finding]:
    """Open ones of this kind: the newest of each account, newest first, then each account's second. So an account
    with many claims does not hide another's only one.
    """
    place = func.row_number().over(partition_by=LLMClientCustomDomain.account_id, order_by=Finding.id.desc())
    query = (
        select(Finding)
        .join(LLMClientCustomDomain, LLMClientCustomDomain.id == Finding.custom_domain_id)
        .where(Finding.resolved_at.is_(None), Finding.kind == kind.value)
    )
    return db.session.scalars(query.order_by(place, Finding.id.desc()).limit(limit)).all()


def ever_about(kind: FindingKind, domain_ids: Collection[int]) -> set[int]:
    """The ids of those domains that a finding of this kind is or was about."""
    query = select(Finding.custom_domain_id).where(
        Finding.kind == kind.value, Finding.custom_domain_id.in_(domain_ids)
    )
    return {which for which in db.session.scalars(query) if which is not None}


def repaired_since(since: datetime, limit: int = 20) -> Sequence[Finding]:
    return db.session.scalars(
        select(Finding)
        .where(Finding.repaired, Finding.last_seen_at >= since)
        .order_by(Finding.id.desc())
        .limit(limit)
    ).all()
