"""`opensearch`: one OpenSearch node for logs and for Trino's audit log. Optional: `lakefront up --with ops`."""

from __future__ import annotations

import json
import os
from typing import Final

from lakefront.config import LOOPBACK, Settings
from lakefront.stack.component import Artifact, Component, Context, Launch
from lakefront.stack.download import unpacked
from lakefront.stack.java_runtime import java
from lakefront.stack.opensearch_setup import read_setup, settle
from lakefront.stack.probes import http_status

_SERVER: Final = Artifact(
    "org.opensearch.distribution.integ-test-zip",
    "opensearch",
    "3.6.0",
    "a91faa1dc1cadc78cb278b4f63847e19e1627a4e9de698e14e7efc14ee37b286",
    161_609_640,
    packaging="zip",
)
#: `analysis-common` wants Thai locale data, which the runtime of the wheel lacks: no index could be made. The others
#: are of no use here, and starting without them is quicker.
_LEFT_OUT: Final = (
    *("modules/analysis-common", "modules/geo", "modules/ingest-geoip", "modules/ingest-user-agent"),
    *("modules/opensearch-dashboards", "modules/percolator", "modules/rank-eval", "modules/repository-url"),
    *("modules/store-subdirectory", "modules/transport-grpc"),
)
#: OpenSearch refuses to run as root, and asks for its user through JNA. Where the stack is root's (a container, CI) so
#: are its folders, which no other user may enter: there JNA's library is left out, and with it the question, the
#: locking of memory and the system call filter.
_AS_ROOT: Final = ("-Djna.nosys=true", "-Djna.noclasspath=true")

_LOGGING: Final = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = {"timestamp":"%d{yyyy-MM-dd'T'HH:mm:ss.SSS}{UTC}+00:00","level":"%p",\
"logger":"%c{1.}","message":"%enc{%m}{JSON}%enc{%notEmpty{ %throwable{6}{separator( | )}}}{JSON}"}%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
# Without JNA it would say so seven times at each start.
logger.natives.name = org.opensearch.bootstrap.Natives
logger.natives.level = error
"""


def _prepare(context: Context) -> None:
    read_setup(context.settings.part("deploy"))  # a mistake in it is told before anything is downloaded
    unpacked(_SERVER, context, without=_LEFT_OUT)
    (context.etc / "opensearch.yml").write_text(server_config(context), encoding="utf-8")
    (context.etc / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")


def server_config(context: Context) -> str:
    """Return `opensearch.yml`: one node that only this machine reaches. JSON is YAML, so any path is quoted well."""
    options: dict[str, str | bool | int] = {
        "cluster.name": "lakefront-local",
        "node.name": "lakefront-local",
        "path.data": str(context.data),
        "path.logs": str(context.settings.home.logs),
        "network.host": LOOPBACK,
        "http.port": context.port,
        "transport.port": 0,  # any free one: nobody joins
        "discovery.type": "single-node",
        # A laptop's disk may be nearly full; the index would be made read-only.
        "cluster.routing.allocation.disk.threshold_enabled": False,
        "action.destructive_requires_name": True,
    }
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in options.items())


def _launch(context: Context) -> Launch:
    server = unpacked(_SERVER, context, without=_LEFT_OUT)
    heap = context.settings.manifest.stack.memory.opensearch_heap
    options = {
        "opensearch.path.home": str(server),
        "opensearch.path.conf": str(context.etc),
        "opensearch.distribution.type": "zip",
        "opensearch.bundled_jdk": "false",
        "opensearch.networkaddress.cache.ttl": "60",
        "opensearch.networkaddress.cache.negative.ttl": "10",
        "java.awt.headless": "true",
        "io.netty.noUnsafe": "true",
        "io.netty.noKeySetOptimization": "true",
        "log4j.shutdownHookEnabled": "false",
        "log4j2.disable.jmx": "true",
        "org.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits": "1",
    }
    argv = (
        *java(context, f"-Xms{heap}", f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        *("-XX:+ExitOnOutOfMemoryError", "-XX:+UseCompactObjectHeaders", "--enable-native-access=ALL-UNNAMED"),
        *("--sun-misc-unsafe-memory-access=allow", f"-javaagent:{server}/agent/opensearch-agent.jar"),
        *(_AS_ROOT if os.geteuid() == 0 else ()),
        *(f"-D{key}={value}" for key, value in options.items()),
        *("-cp", f"{server}/lib/*", "org.opensearch.bootstrap.OpenSearch"),
    )
    return Launch(argv, cwd=context.data)


def _probe(settings: Settings) -> str | None:
    # Yellow: indices can be read and written. Asked with a short limit of its own, it says no with 408.
    url = settings.service("opensearch").url
    return http_status(f"{url}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=5)


COMPONENT: Final = Component(
    name="opensearch",
    title="OpenSearch 3.6",
    prepare=_prepare,
    launch=_launch,
    probe=_probe,
    memory_mb=900,
    disk_mb=400,
    ready_within=120,
    stop_within=20,
    settle=settle,
)
