"""`catalog`: Apache Iceberg's own REST catalog server, over SQLite."""

from __future__ import annotations

from typing import Final

from lakefront.config import Settings
from lakefront.stack.component import Artifact, Component, Context, Launch
from lakefront.stack.download import fetch
from lakefront.stack.java_runtime import compiled, java
from lakefront.stack.probes import http_status

_SERVER: Final = Artifact(
    "org.apache.iceberg",
    "iceberg-open-api",
    "1.10.0",
    "99379edef1a65b51c40a63971ffab46d38966821af26ef6224bd217eeacae8d7",
    211_869_107,
)


def _prepare(context: Context) -> None:
    compiled("LoopbackCatalogServer.java", fetch(_SERVER, context), context)


def _launch(context: Context) -> Launch:
    settings = context.settings
    jar = fetch(_SERVER, context)
    classes = compiled("LoopbackCatalogServer.java", jar, context)
    argv = (
        *java(context, f"-Xmx{settings.manifest.stack.memory.catalog_heap}", "-XX:+UseSerialGC"),
        # It has a stack trace for whatever is not found; what is a fault of its own our server tells.
        "-Dorg.slf4j.simpleLogger.log.org.apache.iceberg.rest.RESTCatalogServlet=off",
        *("--enable-native-access=ALL-UNNAMED", "-cp", f"{classes}:{jar}"),
        *("org.apache.iceberg.rest.LoopbackCatalogServer", str(context.port)),
    )
    env = {
        "CATALOG_CATALOG__IMPL": "org.apache.iceberg.jdbc.JdbcCatalog",
        # One connection, readers beside the writer, patience: with more, SQLite answers writers with SQLITE_BUSY.
        "CATALOG_URI": f"jdbc:sqlite:file:{context.data / 'catalog.db'}?journal_mode=WAL&busy_timeout=30000",
        "CATALOG_CLIENTS": "1",
        "CATALOG_JDBC_SCHEMA__VERSION": "V1",  # V1 has views
        "CATALOG_WAREHOUSE": f"s3://{settings.env.warehouse_bucket}/",
        "CATALOG_IO__IMPL": "org.apache.iceberg.aws.s3.S3FileIO",
        "CATALOG_S3_ENDPOINT": context.url("objects"),
        "CATALOG_S3_PATH__STYLE__ACCESS": "true",
        "AWS_REGION": settings.env.region,
        "AWS_ACCESS_KEY_ID": settings.secrets.s3_access_key,
        "AWS_SECRET_ACCESS_KEY": settings.secrets.s3_secret_key,
    }
    return Launch(argv, cwd=context.data, env=env)


def _probe(settings: Settings) -> str | None:
    # 401 is the healthy answer of a catalog that wants a token.
    return http_status(f"{settings.service('catalog').url}/v1/config", accept=(200, 401))


COMPONENT: Final = Component(
    name="catalog",
    title="Iceberg REST catalog 1.10",
    prepare=_prepare,
    launch=_launch,
    probe=_probe,
    memory_mb=350,
    disk_mb=220,
    ready_within=60,
)
