"""What a Grafana reads that is started beside its sources: dashboards, data sources, and alerts of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from lakefront.config import Settings
from lakefront.grafana.asking.interpolate import Chosen
from lakefront.grafana.asking.run import conditions_of
from lakefront.grafana.asking.sources import present
from lakefront.grafana.build import PROVISIONING, compile_all, dashboard_files, provisioned, tables_here
from lakefront.grafana.load import Definitions
from lakefront.grafana.model import Source
from lakefront.grafana.targets import UIDS
from lakefront.semantic.emit.build import Build

#: What says who is told. Grafana does not start when one of them has no address.
_NOTIFICATIONS: Final = ("contact-points", "policies", "mute-timings")
Json = dict[str, Any]


def start_files(settings: Settings, folder: Path, *, unset: Collection[str], told_elsewhere: bool) -> Build:
    """Return the files of the environment, in `folder`: `dashboards` and `provisioning`.

    Dashboards and rows of what has no metrics are left out; of what is not known, too. `unset`: variables of contact
    points that are not set: nobody is told then. `told_elsewhere`: whether Prometheus tells of its alerts itself, so
    that nobody is told twice. Raises as `compile_all` and `notification_files`.
    """
    tables = tables_here(settings)
    full = compile_all(settings, tables)
    compiled = compile_all(settings, tables, absent=_absent(settings, full.definitions))
    if told_elsewhere:
        compiled = replace(compiled, rules=_without(compiled.rules, UIDS[Source.PROMETHEUS]))
    files = dashboard_files(compiled, folder)
    files |= provisioned(settings, compiled, folder / PROVISIONING, settings.env_name)
    if unset:
        silenced = {folder / PROVISIONING / "alerting" / f"{name}.yaml" for name in _NOTIFICATIONS}
        files = {path: text for path, text in files.items() if path not in silenced}
    return Build(files, {})


def _absent(settings: Settings, definitions: Definitions) -> frozenset[str]:
    conditions = {query for _, said in definitions.dashboards for query in conditions_of(said)}
    now = dt.datetime.now(dt.UTC)
    there, _ = present(settings, conditions, Chosen(now, now))
    return frozenset(conditions - there)


def _without(rules: Json, source: str) -> Json:
    """Return the file of rules without those that ask a data source; where an earlier start had them, they go."""
    groups: list[Json] = []
    gone: list[Json] = []
    for group in rules["groups"]:
        kept = [rule for rule in group["rules"] if rule["data"][0]["datasourceUid"] != source]
        groups += [{**group, "rules": kept}] if kept else []
        gone += [{"orgId": group["orgId"], "uid": rule["uid"]} for rule in group["rules"] if rule not in kept]
    return {**rules, "groups": groups, "deleteRules": gone}
