"""A worker of its own that is killed in the midst of an import, before the commit of its second batch.

python -m tests.service.killed_importer DATABASE_URL IMPORT_ID DIRECTORY
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.app_fixtures import make_app
from webapp.imports import tasks, work

#: Names of one batch.
AT_ONCE = 4

_record = work.record
_batches = 0


def _die_at_the_second(*given: Any) -> Any:
    global _batches  # noqa: PLW0603 - this process is nothing but this
    lease = _record(*given)
    _batches += 1
    if _batches == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return lease


if __name__ == "__main__":
    database_url, import_id, directory = sys.argv[1:]
    app = make_app(Path(directory), database_url=database_url)
    dying = patch.multiple(work, record=_die_at_the_second, REGISTERED=AT_ONCE)
    with app.app_context(), dying:
        tasks.work_on.run(int(import_id))
