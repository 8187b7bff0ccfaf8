"""The schedule of background work: beat sends these tasks, and `flask domains sweep` runs them.

Each task finds in the database what is due, so that a lost message delays work by one period at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True)
class Row:
    """`says`: what `flask domains sweep` prints for the row.

    `expires`: seconds after which a message that no worker has taken is dropped, because the next one does its work.
    `seldom`: the task does not know whether it is due, so that a sweep runs it only when `seconds` have passed since
    a sweep last did. A sweep each minute would otherwise read whole tables each minute.
    """

    name: str
    task: str
    seconds: float
    expires: float | None
    says: str
    seldom: bool = False


#: In the order of a sweep: zones come before checks, which need a ready zone, and e-mails last, to tell of all.
SCHEDULE = (
    Row("sweep-zones", "webapp.zones.tasks.sweep_zones", 2.0, 4.0, "Preparing zones"),
    Row("sweep-records", "webapp.zones.tasks.sweep_records", 5.0, 5.0, "Writing records"),
    Row("sweep-targets", "webapp.proofs.records.tasks.sweep_targets", 5.0, 5.0, "Publishing targets"),
    Row(
        "want-certificates",
        "webapp.certificates.tasks.want_certificates",
        HOUR,
        HOUR,
        "Finding names without a certificate",
        seldom=True,
    ),
    Row(
        "sweep-certificates",
        "webapp.certificates.tasks.sweep_certificates",
        5.0,
        5.0,
        "Requesting and watching certificates",
    ),
    Row("sweep-removals", "webapp.removal.tasks.sweep_removals", 15.0, 15.0, "Removing zones"),
    Row("sweep-looks", "webapp.proofs.records.tasks.sweep_looks", 15.0, 15.0, "Looking for removed records"),
    Row(
        "let-former-methods-go",
        "webapp.proofs.tasks.let_former_methods_go",
        HOUR,
        HOUR,
        "Giving back what former methods had",
        seldom=True,
    ),
    Row("sweep-deletions", "webapp.accounts.tasks.sweep_deletions", 15.0, 15.0, "Deleting accounts"),
    Row("sweep", "webapp.checks.tasks.sweep", 15.0, 15.0, "Checking domains"),
    Row("sweep-imports", "webapp.imports.tasks.sweep_imports", 15.0, 15.0, "Registering imported names"),
    Row(
        "forget-imports",
        "webapp.imports.tasks.forget_imports",
        DAY,
        None,
        "Dropping old imports",
        seldom=True,
    ),
    Row(
        "want-probes",
        "webapp.probes.tasks.want_probes",
        HOUR,
        HOUR,
        "Finding live names that nobody has checked",
        seldom=True,
    ),
    Row("sweep-probes", "webapp.probes.tasks.sweep_probes", 15.0, 15.0, "Checking live names from outside"),
    Row(
        "reconcile",
        "webapp.zones.reconcile.tasks.reconcile_zones",
        MINUTE,
        MINUTE,
        "Comparing the zones at AWS with ours",
    ),
    Row("probe", "webapp.health.tasks.probe", MINUTE, MINUTE, "Probing what is in trouble", seldom=True),
    Row("prune", "webapp.health.tasks.prune", DAY, None, "Deleting old checks", seldom=True),
    Row(
        "report-lookalikes",
        "webapp.staff.tasks.report_lookalikes",
        DAY,
        None,
        "Finding names that look like others",
        seldom=True,
    ),
    Row(
        "prune-unconfirmed",
        "webapp.accounts.tasks.prune_unconfirmed",
        HOUR,
        HOUR,
        "Forgetting people who never confirmed their address",
        seldom=True,
    ),
    Row("tell-of-transfers", "webapp.transfers.tasks.tell_due", MINUTE, MINUTE, "Telling of transfers"),
    Row("sweep-webhooks", "webapp.webhooks.delivery.tasks.sweep_webhooks", 2.0, 4.0, "Sending webhooks"),
    Row("send-mail", "webapp.notifications.tasks.send_mail", 15.0, 15.0, "Sending e-mails"),
)


def beat_schedule() -> dict[str, dict[str, Any]]:
    """The schedule under the names that Celery's beat reads."""
    return {row.name: _entry(row) for row in SCHEDULE}


def _entry(row: Row) -> dict[str, Any]:
    options = {"options": {"expires": row.expires}} if row.expires is not None else {}
    return {"task": row.task, "schedule": row.seconds, **options}
