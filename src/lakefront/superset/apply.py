"""Make a Superset show what `superset_assets/` says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit

from lakefront.config import Settings, read_json, write_json
from lakefront.errors import CheckFailedError, PartlyDoneError, UnreachableError
from lakefront.semantic.emit.superset import DATABASE, SQL_DATABASE, asset_uuid
from lakefront.superset.access import AccessApplied, apply_access
from lakefront.superset.access_files import read_access
from lakefront.superset.bundle import KINDS, Bundle, Connection, pack, read_bundle
from lakefront.superset.client import Kind, SupersetClient
from lakefront.trino import Trino

#: The Trino user that Superset signs in as; Trino is then asked in the name of the person who looks.
TRINO_USER: Final = "superset"
_DATABASES: Final = (DATABASE, SQL_DATABASE)
_FILES: Final = tuple(f"databases/{name}.yaml" for name in _DATABASES)


@dataclass(frozen=True)
class Dashboard:
    """A dashboard as it is on the server."""

    title: str
    url: str


@dataclass(frozen=True)
class Applied:
    """What an apply did. `changed`: False when Superset already had exactly these assets, roles and people."""

    changed: bool
    dashboards: tuple[Dashboard, ...]
    charts: int
    datasets: int
    seconds: float
    access: AccessApplied


def apply(settings: Settings, report: Callable[[str], None]) -> Applied:
    """Push the bundle into the environment's Superset, unless it is there already and nobody changed it.

    Accounts for the people of the policies are made in a Superset that we started; another has single sign-on.

    Raises BadInputError for a broken bundle, UnreachableError, NotAllowedError, CheckFailedError with the server's
    words, and PartlyDoneError (`superset-incomplete`) when assets are missing after the import.
    """
    started = time.monotonic()
    report("reading superset_assets")
    folder = settings.part("superset_assets")
    bundle, access = read_bundle(folder), read_access(folder)
    connection = lakehouse_connection(settings)
    packed = pack(bundle, {asset_uuid("database", name): connection for name in _DATABASES})
    state_file = settings.home.run / f"superset-{settings.env_name}.json"
    with SupersetClient.from_settings(settings, timeout=180) as client:
        report("asking Superset what it has")
        remembered = read_json(state_file)
        live = live_state(client, bundle)
        wanted = {"url": client.url, "content": _fingerprint(packed, connection, settings)}
        changed = remembered != {**wanted, "assets": live} or len(live) < len(bundle.assets)
        if changed:
            report(f"importing {len(bundle.assets)} assets")
            # A trailing password is Superset's to keep: it is sent beside the zip, never inside it.
            names = [item.name for item in bundle.of("databases") if item.name in _FILES]
            passwords = dict.fromkeys(names, connection.password) if connection.password else None
            _import(client, packed, passwords, settings)
            report("checking what arrived")
            live = live_state(client, bundle)
        missing = [asset.name for asset in bundle.assets if asset.uuid not in live]
        if missing:
            raise PartlyDoneError(
                "superset-incomplete",
                f"Superset said yes, but does not have {', '.join(missing)}",
                fix="run `lakefront superset apply` again; `lakefront logs superset` has more",
            )
        report("setting roles and row filters")
        local = not settings.service("superset").external
        password = settings.secrets.people_password if local else None
        granted = apply_access(client, access, password=password, keep=settings.env.superset_user)
        settings.home.run.mkdir(parents=True, exist_ok=True)
        write_json(state_file, {**wanted, "assets": live})
        dashboards = tuple(
            Dashboard(asset.title, f"{client.url}/superset/dashboard/{asset.data.get('slug') or asset.uuid}/")
            for asset in bundle.of("dashboards")
        )
    return Applied(
        changed=changed or bool(granted.changes),
        access=granted,
        dashboards=dashboards,
        charts=len(bundle.of("charts")),
        datasets=len(bundle.of("datasets")),
        seconds=round(time.monotonic() - started, 2),
    )


def _fingerprint(packed: bytes, connection: Connection, settings: Settings) -> str:
    """Name what is sent, password included, so that a new one is sent too; keyed, so that it gives nothing away."""
    message = packed + (connection.password or "").encode()
    return hmac.new(settings.secrets.signing_key.encode(), message, hashlib.sha256).hexdigest()


def _import(client: SupersetClient, packed: bytes, passwords: Mapping[str, str] | None, settings: Settings) -> None:
    try:
        client.import_assets(packed, passwords)
    except CheckFailedError as refusal:
        # Superset lists Trino's catalogs while it imports, and says "unknown reason" when Trino does not answer.
        try:
            Trino.from_settings(settings, source="lakefront-apply", timeout=10).query("SELECT 1")
        except UnreachableError as error:
            raise error from refusal
        raise


def live_state(client: SupersetClient, bundle: Bundle) -> dict[str, str]:
    """Return uuid -> moment of last change for those assets of the bundle that the server has."""
    ours = {asset.uuid for asset in bundle.assets}
    return {
        asset.uuid: asset.changed
        for kind in KINDS.values()
        for asset in client.assets(cast(Kind, kind))
        if asset.uuid in ours
    }


def lakehouse_connection(settings: Settings) -> Connection:
    """Return how Superset reaches the environment's Trino and its lake catalog."""
    parts = urlsplit(settings.service("trino").url)
    https = parts.scheme == "https"
    port = parts.port or (443 if https else 80)
    password = settings.secrets.trino_password if settings.service("trino").external else None
    user = settings.env.trino_user if password else TRINO_USER
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    login = quote(user, safe="") + (":XXXXXXXXXX" if password else "")
    connect_args: dict[str, Any] = {"source": "superset"}
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
    )
