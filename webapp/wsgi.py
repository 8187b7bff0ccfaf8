"""What gunicorn loads, `webapp.wsgi:app`; `wsgi:app` in a checkout is the same."""

from flask import Flask

from webapp import create_app
from webapp.boot.starting import starting
from webapp.config.private_files import keep_private
from webapp.config.settings import ConfigurationError
from webapp.runtime.gc_tuning import collect_seldom


def _app() -> Flask:
    with starting():
        try:
            return create_app()
        except ConfigurationError as err:
            from webapp.commands.doctor import instead_of  # noqa: PLC0415 - servers never need a command

            if patient := instead_of(err):
                return patient
            raise


collect_seldom()
keep_private()
app = _app()
