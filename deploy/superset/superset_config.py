"""Superset's settings for Lakefront, read from the environment only.

LAKEFRONT_SUPERSET_HOME          folder of the metadata database (SQLite) and of other state; required
LAKEFRONT_SUPERSET_SECRET_KEY    at least 32 characters; required
LAKEFRONT_SUPERSET_URL           where people reach this Superset; default http://127.0.0.1:8088
LAKEFRONT_SUPERSET_DATABASE_URI  metadata database in place of SQLite: postgresql://user:password@host/superset
LAKEFRONT_SUPERSET_REDIS_URL     caches, sessions, results and the queue of workers: redis://host:6379/0; without it
                                 caches are files in LAKEFRONT_SUPERSET_HOME, and no reports are sent. Wants a database
                                 that several machines can share
LAKEFRONT_SMTP_URL               where alerts and reports are sent: smtp://user:password@host:587, smtps:// for TLS from
                                 the start, ?starttls=no for a server without TLS; without it none is sent
LAKEFRONT_MAIL_FROM              their sender; required with LAKEFRONT_SMTP_URL
LAKEFRONT_SUPERSET_GUEST_SECRET  what pages that show a dashboard in a frame sign with, for whoever looks: at least 32
                                 characters, another than the secret key; without it nothing is embedded
LAKEFRONT_SUPERSET_EMBED_ORIGINS the origins of those pages, apart by spaces: https://pages.example.com
LAKEFRONT_LOOK                   JSON of the [look] table of lakefront.toml; default: the tokens below
LAKEFRONT_DATA_OWNER             whom to ask for a role, as people are told who may not see something
LAKEFRONT_LOG_LEVEL              DEBUG, INFO, WARNING or ERROR; default WARNING
PROMETHEUS_MULTIPROC_DIR         a folder that the web server's processes share, emptied at its start, so that /metrics
                                 adds them up
"""

import json
import os
import secrets
import sqlite3
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml
from cachelib.redis import RedisCache
from celery.schedules import crontab
from flask import Flask, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user
from redis import Redis
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import QueuePool

# PyYAML's safe reader and writer in C: exports and imports of assets spend most of their time in those in Python.
if yaml.__with_libyaml__:
    yaml.SafeDumper = yaml.CSafeDumper
    yaml.SafeLoader = yaml.CSafeLoader

# Superset loads this file by its path, which does not make its neighbours known.
sys.path.insert(0, str(Path(__file__).resolve().parent))
import figures
import guests
import health
import label_colours
import request_ids
from as_of import Processors
from audit_events import EventLogger, ToldLogins
from joins import without_unused_joins
from json_log import ToStdout
from look import Look
from query_origin import remember_request, tell_trino
from refusals import dashboard_page, database_errors, plain_answers, security_manager, told_by_trino
from rights import AskedOnce


def _refuse(what: str, fix: str) -> None:
    # Superset logs a failed import of this module with its traceback; a person needs the two lines only.
    sys.stderr.write(f"superset: {what} [superset-config]\n  to mend it: {fix}\n")
    # gunicorn starts a worker that failed again and again, but for this exit code.
    raise SystemExit(3)


def _required(name: str, fix: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        _refuse(f"{name} is not set", fix)
    return value


def _look() -> dict[str, Any]:
    tokens: dict[str, Any] = {
        "ink": "#0F2A3D",
        "primary": "#0B6E99",
        "accent": "#F2A65A",
        "good": "#2E8B57",
        "warning": "#D98E04",
        "bad": "#C8443C",
        "surface": "#FFFFFF",
        "surface_alt": "#F5F8FA",
        "dark_surface": "#0E1A24",
        "dark_surface_alt": "#152534",
        "series": ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"],
    }
    try:
        tokens.update(json.loads(os.environ.get("LAKEFRONT_LOOK") or "{}"))
    except (TypeError, ValueError) as error:
        _refuse(f"LAKEFRONT_LOOK is not a JSON object: {error}", "give the [look] table of lakefront.toml as JSON")
    return tokens


# --- State and secrets -------------------------------------------------------------------------------------------

_HOME = Path(_required("LAKEFRONT_SUPERSET_HOME", "name a folder that this user may write"))
DATA_DIR = str(_HOME)
SECRET_KEY = _required("LAKEFRONT_SUPERSET_SECRET_KEY", "set it to a random text: openssl rand -base64 42")
#: What examples and older versions of Superset sign with: known to everybody.
_KNOWN_KEYS = (
    *("CHANGE_ME", "thisISaSECRET", "thisismyscretkey", "TEST_NON_DEV_SECRET", "YOUR_OWN_RANDOM_GENERATED"),
    "test-guest-secret",
)


def _is_weak(key: str) -> bool:
    return len(key) < 32 or len(set(key)) < 8 or any(known in key for known in _KNOWN_KEYS)


if _is_weak(SECRET_KEY):
    _refuse("LAKEFRONT_SUPERSET_SECRET_KEY is too short or too plain to sign sessions", "use openssl rand -base64 42")

_GUEST_SECRET = os.environ.get("LAKEFRONT_SUPERSET_GUEST_SECRET", "").strip()
if _GUEST_SECRET and _is_weak(_GUEST_SECRET):
    _refuse("LAKEFRONT_SUPERSET_GUEST_SECRET is too short or too plain to sign with", "use openssl rand -base64 42")
if _GUEST_SECRET == SECRET_KEY:
    _refuse(
        "LAKEFRONT_SUPERSET_GUEST_SECRET is the secret key: whoever shows a dashboard could sign sessions of admins",
        "use another text for it: openssl rand -base64 42",
    )
_EMBED_ORIGINS = os.environ.get("LAKEFRONT_SUPERSET_EMBED_ORIGINS", "").split()
for _problem in filter(None, map(guests.origin_problem, _EMBED_ORIGINS)):
    _refuse(f"LAKEFRONT_SUPERSET_EMBED_ORIGINS: {_problem}", "write scheme, host and port, without a path or '*'")

_URL = os.environ.get("LAKEFRONT_SUPERSET_URL", "http://127.0.0.1:8088").rstrip("/")
_HTTPS = _URL.startswith("https://")

SQLALCHEMY_DATABASE_URI = os.environ.get("LAKEFRONT_SUPERSET_DATABASE_URI") or f"sqlite:///{_HOME / 'superset.db'}"
_REDIS_URL = os.environ.get("LAKEFRONT_SUPERSET_REDIS_URL", "").strip()
if SQLALCHEMY_DATABASE_URI.startswith("sqlite"):
    if _REDIS_URL:
        _refuse(
            "LAKEFRONT_SUPERSET_REDIS_URL is set, but the metadata database is SQLite, which web server and workers "
            "cannot share",
            "set LAKEFRONT_SUPERSET_DATABASE_URI to a PostgreSQL database",
        )
    # Without a pool each request opens the file anew and, when it was the last to have it open, writes its log back.
    SQLALCHEMY_ENGINE_OPTIONS = {
        "poolclass": QueuePool,
        "pool_size": 20,
        "connect_args": {"check_same_thread": False, "timeout": 30},
    }
else:
    # A database that was started anew in between is noticed before a person's request fails.
    SQLALCHEMY_ENGINE_OPTIONS = {"pool_pre_ping": True, "pool_recycle": 1800}
SQLALCHEMY_EXAMPLES_URI = SQLALCHEMY_DATABASE_URI


@event.listens_for(Engine, "connect")
def _tune_sqlite(connection: Any, _record: Any) -> None:
    # Readers do not wait for the writer; a power cut may lose the last moment, never the file.
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")


# --- Look --------------------------------------------------------------------------------------------------------

_LOOK = Look(_look())
APP_NAME = "Lakefront"
APP_ICON = _LOOK.logo(_LOOK.tokens["ink"], _LOOK.tokens["primary"])
LOGO_TOOLTIP = "Lakefront"
FAVICONS = [{"href": _LOOK.favicon, "type": "image/svg+xml", "rel": "icon"}]
THEME_DEFAULT = _LOOK.theme(dark=False)
THEME_DARK = _LOOK.theme(dark=True)
THEME_FONT_URL_ALLOWED_DOMAINS: list[str] = []
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "lakefront",
        "label": "Lakefront",
        "description": "Told apart by colour-blind people too",
        "isDefault": True,
        "colors": _LOOK.series,
    }
]
EXTRA_SEQUENTIAL_COLOR_SCHEMES = [
    {
        "id": "lakefront_lake",
        "label": "Lakefront lake",
        "description": "From surface to lake blue",
        "isDiverging": False,
        "isDefault": True,
        "colors": _LOOK.shades,
    }
]

# --- Languages and formats ---------------------------------------------------------------------------------------

BABEL_DEFAULT_LOCALE = "en"
LANGUAGES = {"en": {"flag": "us", "name": "English"}, "ko": {"flag": "kr", "name": "한국어"}}
D3_TIME_FORMAT = {"date": "%Y-%m-%d", "time": "%H:%M:%S", "dateTime": "%Y-%m-%d %H:%M:%S"}
DEFAULT_TIME_FILTER = "No filter"

# --- Behaviour ---------------------------------------------------------------------------------------------------

FEATURE_FLAGS = {
    # Trino filters rows by person, so what one person's query left in the cache is not for another. Not shared by role
    # either: Superset may learn of a new role later than Trino, and a query may ask for current_user.
    "CACHE_IMPERSONATION": True,
    "CACHE_QUERY_BY_USER": True,
    "DRILL_BY": True,
    "DASHBOARD_VIRTUALIZATION": True,
    "ESCAPE_MARKDOWN_HTML": True,
    # Not Jinja: as_of.py fills a date into datasets that are asked as of one, and leaves all else as it is.
    "ENABLE_TEMPLATE_PROCESSING": True,
    # Alerts and reports are kept and edited here; nothing is sent before there is a worker to send it.
    "ALERT_REPORTS": True,
    "TAGGING_SYSTEM": True,
    "EMBEDDED_SUPERSET": bool(_GUEST_SECRET),
}
CUSTOM_TEMPLATE_PROCESSORS = Processors()


def COMMON_BOOTSTRAP_OVERRIDES_FUNC(data: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Superset's name for it
    """Return what pages are told otherwise: they offer no parameters for templates, which there are none of."""
    return {"feature_flags": {**data["feature_flags"], "ENABLE_TEMPLATE_PROCESSING": False}}


ROW_LIMIT = 10_000
SQL_MAX_ROW = 100_000
SQLLAB_TIMEOUT = 60
SUPERSET_WEBSERVER_TIMEOUT = 120
SQLLAB_ASYNC_TIME_LIMIT_SEC = 300
WEBDRIVER_BASEURL = f"{_URL}/"
WEBDRIVER_BASEURL_USER_FRIENDLY = f"{_URL}/"
# Pages that show a dashboard do so in a frame, which asks its own server.
ENABLE_CORS = False
# Who compares a whole Superset with git asks lists of thousands: a request costs more than its rows.
FAB_API_MAX_PAGE_SIZE = 1000
ENABLE_UI_THEME_ADMINISTRATION = False
FAB_API_SWAGGER_UI = False
CONTENT_SECURITY_POLICY_WARNING = False
ENABLE_PROXY_FIX = _HTTPS

_MINUTES_5 = int(timedelta(minutes=5).total_seconds())
CACHE_DEFAULT_TIMEOUT = _MINUTES_5
_PREFIX = f"lakefront_{os.environ.get('LAKEFRONT_ENV') or 'local'}_"


def _redis_cache(name: str, seconds: int) -> dict[str, Any]:
    return {
        "CACHE_TYPE": "RedisCache",
        "CACHE_REDIS_URL": _REDIS_URL,
        "CACHE_KEY_PREFIX": f"{_PREFIX}{name}_",
        "CACHE_DEFAULT_TIMEOUT": seconds,
    }


def _file_cache(name: str, most: int) -> dict[str, Any]:
    # Seen by every process of the local Superset, and by nobody else on the machine.
    return {
        "CACHE_TYPE": "FileSystemCache",
        "CACHE_DIR": str(_HOME / "cache" / name),
        "CACHE_THRESHOLD": most,
        "CACHE_OPTIONS": {"mode": 0o600},
        "CACHE_DEFAULT_TIMEOUT": _MINUTES_5,
    }


_redis = Redis.from_url(_REDIS_URL) if _REDIS_URL else None
if _REDIS_URL:
    CACHE_CONFIG = _redis_cache("metadata", _MINUTES_5)
    DATA_CACHE_CONFIG = _redis_cache("data", _MINUTES_5)
    # A link to a filtered dashboard or an unsaved chart, which people send to each other, holds this long.
    FILTER_STATE_CACHE_CONFIG = _redis_cache("filters", int(timedelta(days=90).total_seconds()))
    EXPLORE_FORM_DATA_CACHE_CONFIG = _redis_cache("explore", int(timedelta(days=7).total_seconds()))
    SESSION_SERVER_SIDE = True
    SESSION_TYPE = "redis"
    SESSION_REDIS = _redis
    SESSION_KEY_PREFIX = f"{_PREFIX}session_"
    RESULTS_BACKEND = RedisCache(host=_redis, key_prefix=f"{_PREFIX}results_")
else:
    CACHE_CONFIG = _file_cache("metadata", 1000)
    DATA_CACHE_CONFIG = _file_cache("data", 500)

# --- Workers, alerts and reports ---------------------------------------------------------------------------------

# `celery --app=superset.tasks.celery_app:app worker`, and one `beat` beside all workers.
_QUEUE = {"global_keyprefix": f"{_PREFIX}queue_"}
_WORKERS: dict[str, Any] = {
    "broker_url": _REDIS_URL,
    "result_backend": _REDIS_URL,
    "broker_transport_options": _QUEUE,
    "result_backend_transport_options": _QUEUE,
    "broker_connection_retry_on_startup": True,
    "imports": ("superset.sql_lab", "superset.tasks.scheduler", "superset.tasks.cache"),
    # A task that its worker did not finish is done by another; one at a time, so that a long one holds up no other.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "beat_schedule_filename": str(_HOME / "beat-schedule"),
    "beat_schedule": {
        "reports.scheduler": {"task": "reports.scheduler", "schedule": crontab(), "options": {"expires": 3600}},
        "reports.prune_log": {"task": "reports.prune_log", "schedule": crontab(minute="0", hour="3")},
    },
}
CELERY_CONFIG = _WORKERS if _REDIS_URL else None

_SMTP = urlsplit(os.environ.get("LAKEFRONT_SMTP_URL", "").strip())
ALERT_REPORTS_NOTIFICATION_DRY_RUN = not _SMTP.hostname
EMAIL_REPORTS_SUBJECT_PREFIX = "[Lakefront] "
EMAIL_REPORTS_CTA = "Open in Superset"
if _SMTP.hostname:
    SMTP_HOST = _SMTP.hostname
    SMTP_PORT = _SMTP.port or (465 if _SMTP.scheme == "smtps" else 587)
    SMTP_SSL = _SMTP.scheme == "smtps"
    SMTP_STARTTLS = not SMTP_SSL and parse_qs(_SMTP.query).get("starttls") != ["no"]
    SMTP_SSL_SERVER_AUTH = SMTP_SSL or SMTP_STARTTLS
    SMTP_USER = unquote(_SMTP.username or "")
    SMTP_PASSWORD = unquote(_SMTP.password or "")
    SMTP_MAIL_FROM = _required("LAKEFRONT_MAIL_FROM", "name the address that reports come from")

# --- Walls -------------------------------------------------------------------------------------------------------

SESSION_COOKIE_NAME = "lakefront_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _HTTPS
PERMANENT_SESSION_LIFETIME = timedelta(hours=12)
TALISMAN_ENABLED = True
# Nothing but this server: no map tiles, no fonts, and the front end's own usage pixel is refused by the browser.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "script-src": ["'self'", "'strict-dynamic'"],
        "frame-ancestors": ["'self'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": _HTTPS,
}


def _drop_anonymous_events() -> ResponseReturnValue | None:
    # The login page reports usage events too. Superset's answer to them carries a session cookie, and when it comes
    # after the answer to a quick login, the browser forgets that it is logged in.
    if request.path == "/superset/log/" and not current_user.is_authenticated:
        session.modified = False
        return "", 204
    return None


def FLASK_APP_MUTATOR(app: Flask) -> None:  # noqa: N802 - Superset's name for it
    """Add to the application what settings cannot say."""
    told_by_trino()
    app.wsgi_app = request_ids.RequestIds(app.wsgi_app)  # type: ignore[method-assign]
    app.before_request(request_ids.remember)
    figures.tell(app)
    health.tell(app, _redis)
    label_colours.keep_none(app)
    app.before_request(remember_request)
    app.before_request(_drop_anonymous_events)
    colours = (_LOOK.tokens["ink"], _LOOK.tokens["surface_alt"], _LOOK.tokens["primary"])
    app.after_request(dashboard_page(_OWNER, *colours))
    app.after_request(plain_answers(_OWNER))
    if _GUEST_SECRET:
        guests.welcome(app, _EMBED_ORIGINS)


# --- Refusals ----------------------------------------------------------------------------------------------------

_OWNER = os.environ.get("LAKEFRONT_DATA_OWNER", "").strip() or "an admin"
CUSTOM_SECURITY_MANAGER = type(
    "SecurityManager", (AskedOnce, ToldLogins, guests.security_manager(security_manager(_OWNER))), {}
)
# By the names that people see, as superset_assets/databases has them.
CUSTOM_DATABASE_ERRORS = dict.fromkeys(("Lakehouse", "Lakehouse SQL"), database_errors(_OWNER))

# --- Guests ------------------------------------------------------------------------------------------------------

GUEST_ROLE_NAME = guests.ROLE
# Superset has a secret that everybody knows where none is set; without ours no token can be right.
GUEST_TOKEN_JWT_SECRET = _GUEST_SECRET or secrets.token_urlsafe(48)
GUEST_TOKEN_JWT_AUDIENCE = guests.audience(os.environ.get("LAKEFRONT_ENV") or "local")
GUEST_TOKEN_JWT_EXP_SECONDS = guests.LIFE
GUEST_TOKEN_HEADER_NAME = guests.HEADER

# --- Logs and the audit ------------------------------------------------------------------------------------------

LOGGING_CONFIGURATOR = ToStdout(os.environ.get("LAKEFRONT_LOG_LEVEL", "WARNING").upper())
ALEMBIC_SKIP_LOG_CONFIG = True
EVENT_LOGGER = EventLogger()
DB_CONNECTION_MUTATOR = tell_trino
SQL_QUERY_MUTATOR = without_unused_joins
