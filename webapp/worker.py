"""Celery's entry: `celery -A webapp.worker worker -P threads -c 4 -B`."""

from kombu.transport import sqlalchemy as sqlite_transport

import webapp.domains.tasks
import webapp.domains.tasks_reconcile  # noqa: F401 - registers the tasks, as the line above
from webapp import create_app

# The SQL transport asks for new messages once a second unless told otherwise, and takes the setting only here.
sqlite_transport.Transport.polling_interval = 0.2

celery_app = create_app().extensions["celery"]
