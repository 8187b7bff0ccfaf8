"""Kinds of findings in words. The sentence of each finding says what to do."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.zones.findings import FindingKind

_F = FindingKind
WORDS: Mapping[str, str] = {
    _F.ORPHAN: "Zone without a claim",
    _F.DUPLICATE: "Second zone",
    _F.RETURNED: "Deleted zone is back",
    _F.VANISHED: "Zone is gone",
    _F.UNMARKED: "Zone without our tags",
    _F.FOREIGN_RECORD: "Foreign records",
    _F.MISSING_RECORD: "Records lost",
    _F.APEX_CHANGED: "NS records changed",
    _F.DELEGATION_SET: "Zone without name servers of its own",
    _F.ALL_LISTED: "Every set was listed before",
    _F.OTHER_ACCOUNT: "Wrong AWS account?",
    _F.CHECK_FAULT: "Our fault in a check",
    _F.CLAIM_REFUSED: "Proved, but refused",
    _F.LOOKALIKE: "Looks like another name",
    _F.EDGE_ZONE: "Updates of the edge’s zone",
    _F.CONTEST: "May move to another account",
}


def words_of(kind: str) -> str:
    return WORDS.get(kind, kind)
