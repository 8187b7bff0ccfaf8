"""A real DNS tree on this machine: Knot, Unbound and a stub server for faults that no real server makes."""

from __future__ import annotations

from tests.service.dns_tree.programs import CannotStartError
from tests.service.dns_tree.tree import ELSEWHERE, PARENTS, SET_A, SET_B, DnsTree, servers_of

__all__ = ["ELSEWHERE", "PARENTS", "SET_A", "SET_B", "CannotStartError", "DnsTree", "servers_of"]
