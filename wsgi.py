"""What gunicorn and `flask` load."""

from webapp import create_app
from webapp.config import ConfigurationError

try:
    app = create_app()
except ConfigurationError as err:
    raise SystemExit(f"Nameplate cannot start.\n{err}") from err
