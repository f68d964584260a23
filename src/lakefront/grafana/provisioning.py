"""What Grafana reads when it starts: data sources, where dashboards are, plugins. No address and no secret is in it.

Addresses and secrets come from the environment of Grafana's process, under the names that are listed in VARIABLES.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lakefront.grafana.model import Source
from lakefront.grafana.targets import NAMES, PLUGINS, TIME_FIELD, UIDS

#: What the process of Grafana has to know: name -> what it is.
VARIABLES: Final[Mapping[str, str]] = {
    "LAKEFRONT_PROMETHEUS_URL": "address of Prometheus",
    "LAKEFRONT_OPENSEARCH_URL": "address of OpenSearch",
    "LAKEFRONT_TRINO_URL": "address of Trino",
    "LAKEFRONT_GRAFANA_TRINO_PASSWORD": "password of Trino's user `grafana`, where Trino asks for one",
    "LAKEFRONT_GRAFANA_DASHBOARDS": "the folder grafana_dashboards/dashboards, as Grafana sees it",
}
#: Whom the Trino data source asks as; semantic_layer/policies say what that one sees.
TRINO_USER: Final = "grafana"
#: The data sources that do not come with Grafana.
INSTALLED: Final = (PLUGINS[Source.OPENSEARCH], PLUGINS[Source.TRINO])
_LOGS: Final = "logs"
Json = dict[str, Any]
#: Where an id in a log line leads: to the query in the audit, to all lines of the request. `$$` is a `$` of the file.
_WAYS: Final[list[Json]] = [
    {"field": "query_id", "url": "/d/audit?var-contains=$${__value.raw}"},
    {"field": "request_id", "url": "/d/logs?var-text=request_id%3A%22$${__value.raw}%22"},
]


def provisioning_files(folder: str, folder_uid: str, *, trino_signs_in: bool) -> dict[str, Json]:
    """Return the files: path below `provisioning`, without its ending -> data."""
    return {
        "datasources/lakefront": {"apiVersion": 1, "datasources": _datasources(trino_signs_in=trino_signs_in)},
        "dashboards/lakefront": {"apiVersion": 1, "providers": [_provider(folder, folder_uid)]},
        "plugins/lakefront": {"apiVersion": 1, "apps": []},
    }


def _datasources(*, trino_signs_in: bool) -> list[Json]:
    settings: dict[Source, Json] = {
        Source.PROMETHEUS: {"jsonData": {"httpMethod": "POST", "timeInterval": "15s"}, "isDefault": True},
        Source.OPENSEARCH: {
            "jsonData": {
                "database": _LOGS,
                "dataLinks": _WAYS,
                "flavor": "opensearch",
                "logLevelField": "level",
                "logMessageField": "message",
                "maxConcurrentShardRequests": 5,
                "pplEnabled": False,
                "timeField": TIME_FIELD,
                "version": "3.6.0",
                "versionLabel": "OpenSearch 3.6.0",
            }
        },
        Source.TRINO: {"jsonData": {"enableImpersonation": False}},
    }
    if trino_signs_in:
        settings[Source.TRINO] |= {
            "basicAuth": True,
            "basicAuthUser": TRINO_USER,
            "secureJsonData": {"basicAuthPassword": "$LAKEFRONT_GRAFANA_TRINO_PASSWORD"},
        }
    return [
        {
            "name": NAMES[source],
            "type": PLUGINS[source],
            "uid": UIDS[source],
            "orgId": 1,
            "access": "proxy",
            "url": f"$LAKEFRONT_{source.upper()}_URL",
            "editable": False,
            **settings[source],
        }
        for source in Source
    ]


def _provider(folder: str, folder_uid: str) -> Json:
    return {
        "name": "lakefront",
        "orgId": 1,
        "type": "file",
        "folder": folder,
        "folderUid": folder_uid,
        "disableDeletion": False,
        "allowUiUpdates": True,
        "updateIntervalSeconds": 30,
        "options": {"path": "$LAKEFRONT_GRAFANA_DASHBOARDS"},
    }
