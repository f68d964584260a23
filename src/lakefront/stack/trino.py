"""`trino`: the engine, one node, with an Iceberg catalog and an external database beside it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final, cast

from lakefront.config import LOOPBACK, Settings, read_json
from lakefront.errors import LakefrontError
from lakefront.stack.audit import listener
from lakefront.stack.audit.event import READ_A_TABLE
from lakefront.stack.component import Artifact, Component, Context, Launch
from lakefront.stack.download import unpacked
from lakefront.stack.java_runtime import java, write_properties
from lakefront.trino import Trino

_SERVER: Final = Artifact(
    "io.trino",
    "trino-server",
    "476",
    "cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f",
    821_045_832,
    packaging="tar.gz",
)
#: Loading all of them would double the start time; these are what the stack uses.
_PLUGINS: Final = (
    *("iceberg", "duckdb", "tpch", "memory", "jmx", "opensearch", "postgresql", "geospatial"),
    *("http-event-listener", "openlineage", "password-authenticators", "resource-group-managers"),
)
CRM_CATALOG: Final = "crm"
#: A change of the policies takes effect without a restart.
_RELOADED_WITHIN: Final = "2s"
_LEVELS: Final = "log.properties"
#: They have a line for each look at the rules, changed or not, and two for each table that is read.
_TELL_TOO_MUCH: Final = (
    "io.trino.plugin.base.security.FileBasedSystemAccessControlModule",
    "org.apache.iceberg.SnapshotScan",
    "org.apache.iceberg.metrics.LoggingMetricsReporter",
)


def _prepare(context: Context) -> None:
    server = unpacked(_SERVER, context)
    plugins = context.etc / "plugin"
    shutil.rmtree(plugins, ignore_errors=True)
    plugins.mkdir()
    for plugin in _PLUGINS:
        (plugins / plugin).symlink_to(server / "plugin" / plugin)
    write_properties(context.etc / "config.properties", _server_properties(context))
    write_properties(context.etc / _LEVELS, dict.fromkeys(_TELL_TOO_MUCH, "WARN"))
    catalogs = context.etc / "catalog"
    shutil.rmtree(catalogs, ignore_errors=True)
    catalogs.mkdir()
    write_properties(catalogs / f"{context.settings.env.iceberg_catalog}.properties", _iceberg_properties(context))
    crm = context.settings.home.data / "crm"
    crm.mkdir(exist_ok=True)
    write_properties(
        catalogs / f"{CRM_CATALOG}.properties",
        {"connector.name": "duckdb", "connection-url": f"jdbc:duckdb:{crm / 'crm.db'}"},
    )
    # Trino looks for what is in here below the folder that it runs in.
    own = context.etc / "etc"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir()
    _prepare_audit(context, catalogs, own)
    write_properties(catalogs / "jmx.properties", {"connector.name": "jmx"})
    write_properties(catalogs / "tpch.properties", {"connector.name": "tpch", "tpch.splits-per-node": "2"})
    _prepare_access(context, own)


def _prepare_access(context: Context, own: Path) -> None:
    settings = context.settings
    if settings.manifest.stack.access == "open":
        return
    # Every command that looks at the stack loads this module; only this start needs the semantic layer.
    from lakefront.semantic.emit.trino_access import (  # noqa: PLC0415 - see above
        GROUPS_FILE,
        RULES_FILE,
        access_files,
        write_access,
    )
    from lakefront.semantic.policy.load import policies_here, require_maintainer  # noqa: PLC0415 - see above

    rules = settings.home.access_rules
    loaded = policies_here(settings)
    require_maintainer(loaded, settings.env.trino_user)
    # What tables really have is known when Trino runs: `up` and `lakefront policy build` then complete these.
    known = cast("dict[str, list[str]]", read_json(settings.home.known_columns))
    write_access(access_files(loaded, catalog=settings.env.iceberg_catalog, physical=known), rules)
    write_properties(
        own / "access-control.properties",
        {
            "access-control.name": "file",
            "security.config-file": str(rules / RULES_FILE),
            "security.refresh-period": _RELOADED_WITHIN,
        },
    )
    write_properties(
        own / "group-provider.properties",
        {
            "group-provider.name": "file",
            "file.group-file": str(rules / GROUPS_FILE),
            "file.refresh-period": _RELOADED_WITHIN,
        },
    )


def _prepare_audit(context: Context, catalogs: Path, own: Path) -> None:
    for name, properties in listener.listeners(context).items():
        write_properties(own / _listener_file(name), properties)
    if listener.has_opensearch(context.settings):
        write_properties(catalogs / f"{listener.OPENSEARCH_CATALOG}.properties", listener.opensearch_catalog(context))


def _listener_file(name: str) -> str:
    return f"event-listener-{name}.properties"


def _server_properties(context: Context) -> dict[str, str]:
    listeners = [f"etc/{_listener_file(name)}" for name in listener.listeners(context)]
    return {
        **({"event-listener.config-files": ",".join(listeners)} if listeners else {}),
        "coordinator": "true",
        "node-scheduler.include-coordinator": "true",
        "http-server.http.port": str(context.port),
        "discovery.uri": f"http://{LOOPBACK}:{context.port}",
        "node.internal-address": LOOPBACK,
        "node.bind-ip": LOOPBACK,
        "catalog.management": "static",
        # On a laptop many small queries matter more than one large one.
        "query.max-memory-per-node": "800MB",
        "query.max-run-time": "10m",
        # What has ended is kept for who looks at it, and is looked through by Trino itself five times a second.
        "query.max-history": "500",
        "query.min-expire-age": "2m",
        "task.info.max-age": "2m",
        "web-ui.preview.enabled": "true",
        "log.console-format": "json",
        "log.levels-file": str(context.etc / _LEVELS),
    }


def _iceberg_properties(context: Context) -> dict[str, str]:
    settings = context.settings
    return {
        "connector.name": "iceberg",
        "iceberg.catalog.type": "rest",
        "iceberg.rest-catalog.uri": context.url("catalog"),
        "iceberg.rest-catalog.warehouse": f"s3://{settings.env.warehouse_bucket}/",
        "iceberg.rest-catalog.view-endpoints-enabled": "true",
        "iceberg.file-format": "PARQUET",
        "iceberg.unique-table-location": "true",
        "fs.native-s3.enabled": "true",
        "s3.endpoint": context.url("objects"),
        "s3.region": settings.env.region,
        "s3.path-style-access": "true",
        "s3.aws-access-key": settings.secrets.s3_access_key,
        "s3.aws-secret-key": settings.secrets.s3_secret_key,
    }


def _launch(context: Context) -> Launch:
    server = unpacked(_SERVER, context)
    etc = context.etc
    options = {
        "node.environment": "local",
        "node.id": "lakefront-local",
        "node.data-dir": str(context.data),
        "config": str(etc / "config.properties"),
        "catalog.config-dir": str(etc / "catalog"),
        "plugin.dir": str(etc / "plugin"),
    }
    # In a heap that is small for what Trino keeps, G1 never stops marking beside the queries; and on a machine that is
    # not the server of a company the second compiler takes more than what it compiles is asked for gains.
    argv = (
        *java(context, f"-Xmx{context.settings.manifest.stack.memory.trino_heap}"),
        *("-XX:+UseParallelGC", "-XX:TieredStopAtLevel=1"),
        *("-XX:+ExitOnOutOfMemoryError", "-XX:-OmitStackTraceInFastThrow", "-Djdk.attach.allowAttachSelf=true"),
        *("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Duser.timezone=UTC"),
        *(f"-D{key}={value}" for key, value in options.items()),
        *("-cp", f"{server}/lib/*", "io.trino.server.TrinoServer"),
    )
    return Launch(argv, cwd=etc)


def _probe(settings: Settings) -> str | None:
    # Trino says that it has started before its catalogs can be asked: a real query per catalog is what counts.
    engine = Trino.from_settings(settings, source="lakefront-readiness", timeout=10)
    asked = {settings.env.iceberg_catalog: f"SHOW SCHEMAS FROM {settings.env.iceberg_catalog}"}
    if not settings.service("trino").external:
        asked[CRM_CATALOG] = f"SHOW SCHEMAS FROM {CRM_CATALOG}"
        # The coordinator answers those by itself. Which catalogs a node has, its own one too, is told to it and taken
        # up every few seconds; until then whatever reads a table fails (NO_NODES_AVAILABLE), of whichever catalog.
        asked["tpch"] = READ_A_TABLE
    for catalog, statement in asked.items():
        try:
            engine.query(statement)
        except LakefrontError as error:
            return f"catalog {catalog}: {error.what[:160]}"
    return None


COMPONENT: Final = Component(
    name="trino",
    title="Trino 476",
    prepare=_prepare,
    launch=_launch,
    probe=_probe,
    memory_mb=2400,
    disk_mb=1_800,
    beside=("audit", "opensearch"),
    ready_within=300,
    stop_within=20,
)
