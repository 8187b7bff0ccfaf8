"""What gunicorn and `flask` load in a checkout. An installed wheel has `webapp.wsgi` and the command `nameplate`."""

from webapp.wsgi import app

__all__ = ["app"]
