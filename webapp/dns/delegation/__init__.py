"""Verifying a delegation: `look_up` measures, `judge` decides, `verify` does both."""

from __future__ import annotations

from webapp.dns.delegation.expectation import Expectation
from webapp.dns.delegation.report import Asked, DelegationReport, Hint, Mark, Role, WhoActs
from webapp.dns.delegation.verdict import Verdict

__all__ = ["Asked", "DelegationReport", "Expectation", "Hint", "Mark", "Role", "Verdict", "WhoActs"]
