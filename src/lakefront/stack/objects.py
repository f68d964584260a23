"""`objects`: an S3 API over a folder (S3Proxy)."""

from __future__ import annotations

from typing import Final

from lakefront.config import LOOPBACK, Settings
from lakefront.stack.component import Artifact, Component, Context, Launch
from lakefront.stack.download import fetch
from lakefront.stack.java_runtime import java, write_properties
from lakefront.stack.probes import http_status

_S3PROXY: Final = Artifact(
    "org.gaul",
    "s3proxy",
    "4.1.0",
    "a4d025969aaf796616ed4b1e2491d87d455ce84bb28cb9db086b2e6aaa68b48d",
    54_955_934,
    classifier="jar-with-dependencies",
)


def _prepare(context: Context) -> None:
    fetch(_S3PROXY, context)
    env = context.settings.env
    for bucket in (env.warehouse_bucket, env.media_bucket):
        (context.data / bucket).mkdir(exist_ok=True)  # a bucket is a folder here
    secrets = context.settings.secrets
    properties = {
        "s3proxy.endpoint": f"http://{LOOPBACK}:{context.port}",
        "s3proxy.authorization": "aws-v2-or-v4",
        "s3proxy.identity": secrets.s3_access_key,
        "s3proxy.credential": secrets.s3_secret_key,
        # Trino sends headers that S3Proxy does not know; without this its listings fail.
        "s3proxy.ignore-unknown-headers": "true",
        "jclouds.provider": "filesystem-nio2",
        "jclouds.filesystem.basedir": str(context.data),
    }
    write_properties(context.etc / "s3proxy.properties", properties)


def _launch(context: Context) -> Launch:
    heap = context.settings.manifest.stack.memory.objects_heap
    jar = fetch(_S3PROXY, context)
    argv = java(context, f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", str(jar))
    return Launch((*argv, "--properties", str(context.etc / "s3proxy.properties")), cwd=context.data)


def _probe(settings: Settings) -> str | None:
    # An unsigned request is refused by a server that works.
    return http_status(f"{settings.service('objects').url}/", accept=(200, 403))


COMPONENT: Final = Component(
    name="objects",
    title="S3Proxy 4.1",
    prepare=_prepare,
    launch=_launch,
    probe=_probe,
    memory_mb=350,
    disk_mb=60,
    ready_within=60,
)
