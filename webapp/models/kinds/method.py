"""The methods by which a claim is proved."""

from __future__ import annotations

from enum import StrEnum


class Method(StrEnum):
    """How a claim is proved; `webapp.proofs` has what follows from each."""

    DELEGATION = "delegation"
    RECORDS = "records"

    @property
    def has_zone(self) -> bool:
        """Whether a claim has a hosted zone of ours, so that the limits on zones are its limits as well."""
        return self in ZONED_METHODS

    @property
    def holds_subtree(self) -> bool:
        """Whether all names below the claim's name are in a zone of ours, so that nobody else can prove one."""
        return self in SUBTREE_METHODS


#: The methods by which a claim has a zone, for SQL, and those that hold what is below the name.
ZONED_METHODS = (Method.DELEGATION,)
SUBTREE_METHODS = (Method.DELEGATION,)
