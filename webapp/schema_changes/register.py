"""How an operation of ours comes into Alembic's `op`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from alembic.operations import MigrateOperation, Operations

Function = TypeVar("Function", bound=Callable[..., Any])


def operation(function: Function) -> Function:
    """Lets a migration call `function(operations, …)` as `op.<its name>(…)`."""

    class Called(MigrateOperation):
        @classmethod
        def call(cls, operations, *args, **kwargs):  # type: ignore[no-untyped-def] # Alembic executes the signature
            return function(operations, *args, **kwargs)

    Operations.register_operation(function.__name__, "call")(Called)
    return function
