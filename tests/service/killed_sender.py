"""A worker of its own that is killed after the mail server has taken an e-mail and before its commit.

python -m tests.service.killed_sender DATABASE_URL MAIL_URL DIRECTORY
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn
from unittest.mock import patch

from tests.app_fixtures import make_app
from webapp.notifications import outbox
from webapp.notifications import tasks as notification_tasks


def _die(*_given: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process goes on")


if __name__ == "__main__":
    database_url, mail_url, directory = sys.argv[1:]
    app = make_app(Path(directory), database_url=database_url, mail_url=mail_url)
    with app.app_context(), patch.object(outbox, "record", _die):
        notification_tasks.send_mail.run()
