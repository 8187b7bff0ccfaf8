"""The constraints and indexes of `webapp.models.custom_domain`: which claims the database refuses, and what it finds
without reading all of them.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, text

VERIFIED_ELSEWHERE = "uq_llm_client_custom_domain_verified_name"
ALREADY_YOURS = "uq_llm_client_custom_domain_account_name"
#: What may be wrong with a name that is verified. Queries repeat it term by term, or SQLite uses no index for it.
TROUBLED = "contrary_since IS NOT NULL OR unsettled = 'owner' OR verdict = 'STALE_DS'"

_NOT_GONE = "state NOT IN ('removing', 'removed')"


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


TABLE_ARGS = (
    CheckConstraint(
        "is_verified = (state IN ('verified', 'failing') AND held_at IS NULL)",
        name="verified_follows_state",
    ),
    _partial(VERIFIED_ELSEWHERE, "domain_name", unique=True, where="is_verified"),
    _partial(
        ALREADY_YOURS,
        "account_id",
        "domain_name",
        unique=True,
        where=_NOT_GONE,
    ),
    Index("ix_llm_client_custom_domain_created_at", "created_at"),
    Index("ix_llm_client_custom_domain_state_next_check_at", "state", "next_check_at"),
    # What is due of each account. SQLite ranks all that is due, see `webapp.jobs.backlog`.
    # `using` tells `webapp.extensions` that SQLite has no such index.
    Index(
        "ix_llm_client_custom_domain_due",
        "account_id",
        "next_check_at",
        postgresql_using="btree",
        postgresql_where=text("next_check_at IS NOT NULL AND held_at IS NULL"),
    ).ddl_if(dialect="postgresql"),
    # Staff's lists, newest first.
    Index("ix_llm_client_custom_domain_state_id", "state", "id"),
    Index("ix_llm_client_custom_domain_state_domain_name", "state", "domain_name"),
    Index("ix_llm_client_custom_domain_state_registrable_domain", "state", "registrable_domain"),
    Index("ix_llm_client_custom_domain_account_id_id", "account_id", "id"),
    Index("ix_llm_client_custom_domain_account_id_domain_name", "account_id", "domain_name"),
    # The customer's domains that need action.
    Index("ix_llm_client_custom_domain_account_id_state", "account_id", "state"),
    _partial("ix_llm_client_custom_domain_troubled", "account_id", where=TROUBLED),
    # Parts of names, by trigrams. SQLite, which serves one machine, scans an index of names instead.
    Index(
        "ix_llm_client_custom_domain_name_part",
        "domain_name",
        postgresql_using="gin",
        postgresql_ops={"domain_name": "gin_trgm_ops"},
    ).ddl_if(dialect="postgresql"),
    # Domains whose time in their state is over, or has been seen to be over.
    Index("ix_llm_client_custom_domain_state_state_changed_at", "state", "state_changed_at"),
    _partial("ix_llm_client_custom_domain_overdue", "state", where="overdue_since IS NOT NULL"),
    _partial("ix_llm_client_custom_domain_alarmed", "account_id", where="alarm_since IS NOT NULL"),
    _partial("ix_llm_client_custom_domain_held", "id", where="held_at IS NOT NULL"),
    _partial("ix_llm_client_custom_domain_former", "former_until", where="former_until IS NOT NULL"),
)
