"""The configuration of Flask and its extensions, made from our settings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import make_url

from webapp.config.keys import one_time_code_keys
from webapp.config.mail import mail_config
from webapp.config.passwords import SaltedArgon2
from webapp.config.schedule import beat_schedule
from webapp.config.settings import Settings

HOUR = timedelta(hours=1)

#: Time-outs in seconds, and no retries, of which redis-py makes three. A Redis that does not answer must delay a page
#: only briefly, and never block its worker.
REDIS_PATIENCE = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "retry": Retry(NoBackoff(), 0)}
#: A worker waits one second for a message, so that its time-out must be longer.
BROKER_PATIENCE = {"socket_timeout": 5, "socket_connect_timeout": 2}


#: Connections beyond the five that a process keeps. There are more than places for requests that use one
#: (`resilience.gate`), so that only a fault makes anybody wait for one, and for two seconds at most.
POOL_OVERFLOW = 20
POOL_SECONDS = 2


def flask_config(settings: Settings) -> dict[str, Any]:
    https = settings.public_url.startswith("https://")
    return {
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": settings.secret_keys[1:],
        **_cookie_names(https),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": https,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": https,
        "REMEMBER_COOKIE_DURATION": timedelta(days=settings.signed_in_days),
        "MAX_CONTENT_LENGTH": 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
        "SQLALCHEMY_DATABASE_URI": database_url(settings.database_url),
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings),
        "BOOTSTRAP_SERVE_LOCAL": True,
        "CELERY": celery_config(settings),
        **cache_config(settings),
        **mail_config(settings.mail_url, settings.mail_from),
        **_security_config(settings),
    }


def _cookie_names(https: bool) -> dict[str, str]:
    """Browsers take a cookie with this prefix from this host alone, so that no neighbouring host can set ours."""
    prefix = "__Host-" if https else ""
    return {"SESSION_COOKIE_NAME": f"{prefix}session", "REMEMBER_COOKIE_NAME": f"{prefix}remember_token"}


def database_url(url: str) -> str:
    """The URL with SQLAlchemy's scheme for psycopg: hosting companies give out one that SQLAlchemy does not know."""
    return "postgresql://" + url.removeprefix("postgres://") if url.startswith("postgres://") else url


def engine_options(settings: Settings) -> dict[str, Any]:
    """Errors leave out the parameters of statements: they contain what people typed, which must not be logged."""
    return {"hide_parameters": True, "pool_pre_ping": True, **_pool(settings)}


def _pool(settings: Settings) -> dict[str, Any]:
    """SQLite's database in memory has no such pool."""
    if make_url(database_url(settings.database_url)).database in {None, "", ":memory:"}:
        return {}
    return {"pool_timeout": POOL_SECONDS, "max_overflow": POOL_OVERFLOW}


def cache_config(settings: Settings) -> dict[str, Any]:
    if settings.redis_url:
        return {
            "CACHE_TYPE": "webapp.resilience.patient_cache.PatientRedisCache",
            "CACHE_REDIS_URL": settings.redis_url,
            "CACHE_KEY_PREFIX": f"{settings.installation_id}:",
            "CACHE_OPTIONS": REDIS_PATIENCE,
        }
    return {
        "CACHE_TYPE": "webapp.resilience.lasting_cache.LastingFileCache",
        "CACHE_DIR": str(settings.cache_directory),
    }


def celery_config(settings: Settings) -> dict[str, Any]:
    """Celery's configuration. Rows say what is due and a message only wakes a worker, so that no results are kept."""
    broker = settings.redis_url or f"sqla+sqlite:///{settings.broker_path}"
    return {
        "broker_url": broker,
        "broker_connection_retry_on_startup": True,
        # For ever: a worker that ended while the broker was away would stay away when it is back.
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
        # Once more, since the connection may be of before a restart of the broker. Somebody waits meanwhile.
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0},
        "broker_transport_options": BROKER_PATIENCE if settings.redis_url else {},
        "task_ignore_result": True,
        "task_default_queue": settings.installation_id,
        "worker_hijack_root_logger": False,
        "worker_prefetch_multiplier": 1,
        "beat_schedule_filename": str(settings.broker_path.with_name("beat-schedule")),
        "beat_schedule": beat_schedule(),
    }


def _security_config(settings: Settings) -> dict[str, Any]:
    return {
        "SECURITY_CLI_ROLES_NAME": False,
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_PASSWORD_HASH": "argon2",
        # Argon2 has a salt of its own for each password. One that came from SECRET_KEY besides would make
        # every password worthless with the next key.
        "SECURITY_PASSWORD_SINGLE_HASH": True,
        "SECURITY_PASSWORD_SCHEMES": ["argon2", SaltedArgon2],
        # A link for a new password carries a hash of the stored hash. A slow one, which is the default, would protect
        # nothing more, and took a quarter of a second for each mail.
        "SECURITY_HASHING_SCHEMES": ["hex_sha256", "sha256_crypt"],
        "SECURITY_PASSWORD_LENGTH_MIN": 12,
        "SECURITY_PASSWORD_COMPLEXITY_CHECKER": None,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
        "SECURITY_REGISTERABLE": True,
        "SECURITY_USE_REGISTER_V2": True,
        "SECURITY_CONFIRMABLE": True,
        "SECURITY_RECOVERABLE": True,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_TRACKABLE": True,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        # No bearer tokens: they would outlive signing out.
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_LOGIN_URL": "/login",
        "SECURITY_LOGOUT_URL": "/logout",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_REGISTER_URL": "/register",
        "SECURITY_RESET_URL": "/reset",
        "SECURITY_CHANGE_URL": "/account/password",
        "SECURITY_POST_LOGIN_VIEW": "/",
        "SECURITY_POST_LOGOUT_VIEW": "/login",
        "SECURITY_POST_REGISTER_VIEW": "/login",
        "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
        "SECURITY_EMAIL_HTML": False,
        "SECURITY_EMAIL_SUBJECT_PASSWORD_RESET": "Choose a new password for Nameplate",
        "SECURITY_EMAIL_SUBJECT_PASSWORD_NOTICE": "Your password at Nameplate was changed",
        "SECURITY_EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": "Your password at Nameplate was changed",
        "SECURITY_EMAIL_SENDER": settings.mail_from,
        "SECURITY_FLASH_MESSAGES": True,
        "SECURITY_FRESHNESS": HOUR,
        # With a grace period each guarded page puts the password off, and a browser in use is never asked.
        "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(0),
        **_second_factor_config(settings),
    }


def _second_factor_config(settings: Settings) -> dict[str, Any]:
    return {
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        # Seconds by which the clocks of server and phone may differ.
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 60,
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/login/code",
        "SECURITY_TOTP_SECRETS": one_time_code_keys(settings.secret_keys),
        "SECURITY_TOTP_ISSUER": "Nameplate",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/login/recovery-code",
        "SECURITY_WEBAUTHN": True,
        "SECURITY_WAN_RP_NAME": "Nameplate",
        # Passkeys need no typed name, so that nobody can find out which users have one.
        "SECURITY_WAN_ALLOW_USER_HINTS": False,
        "SECURITY_WAN_SIGNIN_WITHIN": timedelta(minutes=5),
        "SECURITY_WAN_SIGNIN_URL": "/login/passkey",
        "SECURITY_WAN_VERIFY_URL": "/verify/passkey",
        "SECURITY_WAN_REGISTER_URL": "/account/security/passkeys",
        "SECURITY_WAN_DELETE_URL": "/account/security/passkeys/delete",
        "SECURITY_WAN_POST_REGISTER_VIEW": "/account/security",
        "SECURITY_POST_CHANGE_VIEW": "/account/security",
    }
