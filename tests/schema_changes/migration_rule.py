"""The rule for migrations, as `migrations/script.py.mako` states it, read from their source: nothing is executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

#: What a docstring says; somebody decides by it when to upgrade.
SAID = ("Locks:", "Took:", "Old code:")
#: Calls that reach the database past our operations.
RAW = {"execute", "exec_driver_sql", "scalar", "scalars", "begin", "commit"}
#: Of `op`, beside the operations of ours: asking which database it is.
READS = {"get_bind", "has_table", "has_column", "has_collation", "f"}
OURS = re.compile(r"\w+_(online|in_batches)$|with_lock_retries$")


@dataclass(frozen=True)
class Breach:
    """`function` is the one of the migration in which the call stands."""

    function: str
    call: str


def breaches(source: str) -> set[Breach]:
    tree = ast.parse(source)
    return {
        Breach(name, call)
        for name, node in _functions(tree)
        for call in _calls(node)
        if not OURS.match(call) and call not in READS
    }


def unsaid(source: str) -> list[str]:
    told = ast.get_docstring(ast.parse(source)) or ""
    return [word for word in SAID if word not in told]


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in tree.body:
        yield getattr(node, "name", "module"), node


def _calls(node: ast.AST) -> Iterator[str]:
    """Every attribute of `op`, called or handed on; and raw statements by whomever. A batch is reached by `op`."""
    for found in ast.walk(node):
        if not isinstance(found, ast.Attribute):
            continue
        if (isinstance(found.value, ast.Name) and found.value.id == "op") or found.attr in RAW:
            yield found.attr
