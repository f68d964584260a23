"""Alert rules that ask Prometheus, as rules of its own: where there is no Grafana, they fire all the same.

Rules that ask Trino or OpenSearch stay Grafana's. What it records is Prometheus' own.
Formats: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ and …/recording_rules/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lakefront.grafana.alert_model import AlertFile, AlertRule
from lakefront.grafana.recording_model import RecordingFile
from lakefront.semantic.source import Source as YamlSource

Json = dict[str, Any]


def prometheus_rules(files: Iterable[tuple[YamlSource, AlertFile]], runbooks: str) -> Json:
    """Return the file of rules; `runbooks`: the address that their pages are below."""
    groups = [
        {"name": said.group, "interval": said.every, "rules": [_rule(rule, runbooks) for rule in of_prometheus]}
        for _, said in files
        if (of_prometheus := [rule for rule in said.rules if rule.promql])
    ]
    return {"groups": groups}


def recording_rules(files: Iterable[tuple[YamlSource, RecordingFile]]) -> Json:
    """Return the file of what is recorded."""
    groups = [
        {
            "name": said.group,
            "interval": said.every,
            "rules": [{"record": rule.name, "expr": " ".join(rule.promql.split())} for rule in said.rules],
        }
        for _, said in files
    ]
    return {"groups": groups}


def _rule(rule: AlertRule, runbooks: str) -> Json:
    bound = f"> {rule.over:g}" if rule.over is not None else f"< {rule.under:g}"
    asked = f"({' '.join(str(rule.promql).split())})"
    # Nothing that answers is a fault of its own where the rule says so.
    expression = f"{asked} {bound} or absent({asked})" if rule.silent == "fires" else f"{asked} {bound}"
    return {
        "alert": rule.title,
        "expr": expression,
        "for": rule.lasting,
        "labels": {"severity": rule.severity, "uid": rule.uid, **rule.labels},
        "annotations": {
            "summary": rule.summary,
            "description": rule.description,
            "runbook_url": f"{runbooks.rstrip('/')}/{rule.runbook}.md",
        },
    }
