"""From our settings to the names that Flask and its extensions read."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry

from webapp.config.settings import Settings
from webapp.extensions import mail_config

HOUR = timedelta(hours=1)

#: Seconds. A Redis that is silent must cost a page a moment, never its worker: redis-py would try three more times.
REDIS_PATIENCE = {"socket_timeout": 2, "socket_connect_timeout": 2, "retry": Retry(NoBackoff(), 0)}
#: The worker's own waiting for a message takes a second, which this must outlast.
BROKER_PATIENCE = {"socket_timeout": 5, "socket_connect_timeout": 2}


def flask_config(settings: Settings) -> dict[str, Any]:
    https = settings.public_url.startswith("https://")
    return {
        "SECRET_KEY": settings.secret_key,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": https,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": https,
        "MAX_CONTENT_LENGTH": 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
        "SQLALCHEMY_DATABASE_URI": _psycopg(settings.database_url),
        # What people typed stands in the parameters of statements, and must not stand in a log.
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True, "pool_pre_ping": True},
        "BOOTSTRAP_SERVE_LOCAL": True,
        "CELERY": celery_config(settings),
        **_cache_config(settings),
        **mail_config(settings.mail_url, settings.mail_from),
        **_security_config(settings),
    }


def _psycopg(url: str) -> str:
    """Accept the scheme that hosting companies hand out, which SQLAlchemy does not know."""
    return "postgresql://" + url.removeprefix("postgres://") if url.startswith("postgres://") else url


def _cache_config(settings: Settings) -> dict[str, Any]:
    if settings.redis_url:
        return {
            "CACHE_TYPE": "RedisCache",
            "CACHE_REDIS_URL": settings.redis_url,
            "CACHE_KEY_PREFIX": f"{settings.installation_id}:",
            "CACHE_OPTIONS": REDIS_PATIENCE,
        }
    return {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": str(settings.cache_directory)}


def celery_config(settings: Settings) -> dict[str, Any]:
    """Rows are the truth and the queue only wakes a worker, so nothing here keeps results or retries."""
    broker = settings.redis_url or f"sqla+sqlite:///{settings.broker_path}"
    return {
        "broker_url": broker,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": BROKER_PATIENCE if settings.redis_url else {},
        "task_ignore_result": True,
        "task_default_queue": settings.installation_id,
        "worker_hijack_root_logger": False,
        "worker_prefetch_multiplier": 1,
        "beat_schedule_filename": str(settings.broker_path.with_name("beat-schedule")),
        "beat_schedule": {
            "probe": {"task": "webapp.health.tasks.probe", "schedule": 60.0, "options": {"expires": 60}},
            "prune": {"task": "webapp.health.tasks.prune", "schedule": 86400.0},
            "sweep": {"task": "webapp.checks.tasks.sweep", "schedule": 15.0, "options": {"expires": 15}},
            "sweep-certificates": {
                "task": "webapp.checks.tasks.sweep_certificates",
                "schedule": 5.0,
                "options": {"expires": 5},
            },
            "want-certificates": {
                "task": "webapp.checks.tasks.want_certificates",
                "schedule": 3600.0,
                "options": {"expires": 3600},
            },
            "sweep-zones": {
                "task": "webapp.checks.tasks.sweep_zones",
                "schedule": 2.0,
                "options": {"expires": 4},
            },
            "send-mail": {
                "task": "webapp.checks.tasks.send_mail",
                "schedule": 15.0,
                "options": {"expires": 15},
            },
            "sweep-removals": {
                "task": "webapp.checks.tasks.sweep_removals",
                "schedule": 15.0,
                "options": {"expires": 15},
            },
            "sweep-deletions": {
                "task": "webapp.accounts.tasks.sweep_deletions",
                "schedule": 15.0,
                "options": {"expires": 15},
            },
            "reconcile": {
                "task": "webapp.zones.reconcile.tasks.reconcile_zones",
                "schedule": 60.0,
                "options": {"expires": 60},
            },
        },
    }


def _derived(settings: Settings, purpose: str) -> str:
    return hashlib.sha256(f"{purpose}:{settings.secret_key}".encode()).hexdigest()


def _security_config(settings: Settings) -> dict[str, Any]:
    # The salt only has to be stable and secret; one that is derived needs no second setting.
    salt = _derived(settings, "password-salt")
    return {
        "SECURITY_CLI_ROLES_NAME": False,
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SALT": salt,
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
        "SECURITY_LOGIN_URL": "/login",
        "SECURITY_LOGOUT_URL": "/logout",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_REGISTER_URL": "/register",
        "SECURITY_RESET_URL": "/reset",
        "SECURITY_CHANGE_URL": "/account/password",
        "SECURITY_POST_LOGIN_VIEW": "/domains",
        "SECURITY_POST_LOGOUT_VIEW": "/login",
        "SECURITY_POST_REGISTER_VIEW": "/login",
        "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
        "SECURITY_EMAIL_HTML": False,
        "SECURITY_EMAIL_SUBJECT_REGISTER": "Confirm your e-mail address for Nameplate",
        "SECURITY_EMAIL_SUBJECT_CONFIRM": "Confirm your e-mail address for Nameplate",
        "SECURITY_EMAIL_SUBJECT_PASSWORD_RESET": "Choose a new password for Nameplate",
        "SECURITY_EMAIL_SUBJECT_PASSWORD_NOTICE": "Your password at Nameplate was changed",
        "SECURITY_EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": "Your password at Nameplate was changed",
        "SECURITY_EMAIL_SENDER": settings.mail_from,
        "SECURITY_FLASH_MESSAGES": True,
        "SECURITY_FRESHNESS": HOUR,
        "SECURITY_FRESHNESS_GRACE_PERIOD": HOUR,
        **_second_factor_config(settings),
    }


def _second_factor_config(settings: Settings) -> dict[str, Any]:
    return {
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        # Seconds before and after now, for clocks that differ.
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 60,
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/login/code",
        "SECURITY_TOTP_SECRETS": {"1": _derived(settings, "one-time-codes")},
        "SECURITY_TOTP_ISSUER": "Nameplate",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/login/recovery-code",
        "SECURITY_WEBAUTHN": True,
        "SECURITY_WAN_RP_NAME": "Nameplate",
        # Without a name being typed nobody can find out who has a passkey.
        "SECURITY_WAN_ALLOW_USER_HINTS": False,
        "SECURITY_WAN_SIGNIN_WITHIN": timedelta(minutes=5),
        "SECURITY_WAN_SIGNIN_URL": "/login/passkey",
        "SECURITY_WAN_VERIFY_URL": "/verify/passkey",
        "SECURITY_WAN_REGISTER_URL": "/account/security/passkeys",
        "SECURITY_WAN_DELETE_URL": "/account/security/passkeys/delete",
        "SECURITY_WAN_POST_REGISTER_VIEW": "/account/security",
        "SECURITY_POST_CHANGE_VIEW": "/account/security",
    }
