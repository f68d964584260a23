"""How an environment's Superset reaches its Trino."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final
from urllib.parse import quote, urlsplit

from lakefront.config import Settings
from lakefront.semantic.emit.superset import DATABASE, SQL_DATABASE
from lakefront.superset.names import Connection

#: The Trino user that Superset signs in as; Trino is then asked in the name of the person who looks.
TRINO_USER: Final = "superset"
#: How long Trino works on a question of Superset: as long as its web server and its workers wait for the answer.
_LONGEST: Final = "120s"
_LONGEST_IN_WORKER: Final = "300s"
#: The databases of a bundle whose address is the environment's.
LAKEHOUSE_FILES: Final = tuple(f"databases/{name}.yaml" for name in (DATABASE, SQL_DATABASE))


def lakehouse_connection(settings: Settings) -> Connection:
    """Return how Superset reaches the environment's Trino and its lake catalog."""
    parts = urlsplit(settings.service("trino").url)
    https = parts.scheme == "https"
    port = parts.port or (443 if https else 80)
    password = settings.secrets.trino_password if settings.service("trino").external else None
    user = settings.env.trino_user if password else TRINO_USER
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    login = quote(user, safe="") + (":XXXXXXXXXX" if password else "")
    longest = _LONGEST_IN_WORKER if settings.env.superset_workers else _LONGEST
    # Superset's own limits end a query only where a worker runs it.
    connect_args: dict[str, Any] = {"source": "superset", "session_properties": {"query_max_run_time": longest}}
    if https:
        connect_args["http_scheme"] = "https"
    else:
        # Trino takes the name of who signs in from here and, without https, wants no password. The user that it is
        # asked as is then another: the person who looks, if Trino's rules let this service act for her.
        login_only = base64.b64encode(f"{TRINO_USER}:".encode()).decode()
        connect_args["http_headers"] = {"Authorization": f"Basic {login_only}"}
    return Connection(
        uri=f"trino://{login}@{host}:{port}/{settings.env.iceberg_catalog}",
        extra={"engine_params": {"connect_args": connect_args}},
        password=password,
        workers=settings.env.superset_workers,
    )


def password_mark(connection: Connection, settings: Settings) -> str:
    """Name the password that was sent, so that a new one is sent too.

    All machines that apply know both passwords, and so make the same mark; who reads it knows neither. scrypt, so that
    trying passwords out is slow.
    """
    if not connection.password:
        return ""
    salt = f"lakefront:{settings.manifest.bundle.name}:{settings.secrets.superset_password}".encode()
    return hashlib.scrypt(connection.password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=24).hex()
