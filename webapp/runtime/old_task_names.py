"""The names that tasks had in release 0.1: messages with them may wait in a queue while an installation is upgraded.

A worker drops a message whose task it does not know. The next release no longer needs these names. CHANGELOG.md tells
operators to let the queue run empty before they upgrade to it.
"""

from __future__ import annotations

from celery import Celery

OLD_NAMES = {
    "webapp.domains.tasks.run_check": "webapp.checks.tasks.run_check",
    "webapp.domains.tasks.run_waiting_checks": "webapp.checks.tasks.run_waiting_checks",
    "webapp.domains.tasks.sweep": "webapp.checks.tasks.sweep",
    "webapp.domains.tasks.set_up_zone": "webapp.zones.tasks.set_up_zone",
    "webapp.domains.tasks.write_records": "webapp.zones.tasks.write_records",
    "webapp.domains.tasks.sweep_zones": "webapp.zones.tasks.sweep_zones",
    "webapp.domains.tasks.see_zone_off": "webapp.removal.tasks.see_zone_off",
    "webapp.domains.tasks.sweep_removals": "webapp.removal.tasks.sweep_removals",
    "webapp.domains.tasks.see_to_certificate": "webapp.certificates.tasks.see_to_certificate",
    "webapp.domains.tasks.sweep_certificates": "webapp.certificates.tasks.sweep_certificates",
    "webapp.domains.tasks.want_certificates": "webapp.certificates.tasks.want_certificates",
    "webapp.domains.tasks.send_mail": "webapp.notifications.tasks.send_mail",
    "webapp.domains.tasks_reconcile.reconcile_zones": "webapp.zones.reconcile.tasks.reconcile_zones",
    "webapp.auth.tasks.sweep_deletions": "webapp.accounts.tasks.sweep_deletions",
    "webapp.auth.tasks.go_on_with": "webapp.accounts.tasks.go_on_with",
    "webapp.system.tasks.probe": "webapp.health.tasks.probe",
    "webapp.system.tasks.prune": "webapp.health.tasks.prune",
}


def register_old_names(celery: Celery) -> None:
    """Let a worker take messages with the old names. Raises KeyError for a new name that is no task."""
    for old, new in OLD_NAMES.items():
        celery.task(name=old)(celery.tasks[new].run)
