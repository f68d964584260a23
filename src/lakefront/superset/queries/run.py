"""Every query of the bundle asked of the live Superset, as each person of the policies."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, cast

from lakefront.config import BUNDLE_NAMES, Schemas, Settings
from lakefront.errors import BadInputError, LakefrontError, NotAllowedError, did_you_mean
from lakefront.superset.access_files import AccessBundle, read_access
from lakefront.superset.bundle import AssetFile, Bundle
from lakefront.superset.client import SupersetClient
from lakefront.superset.queries.context import filter_query, query_of
from lakefront.superset.queries.dashboard import (
    Placed,
    as_sent,
    filter_of_chart,
    filter_of_filter,
    native_filters,
    placed_charts,
)
from lakefront.superset.queries.form import NotDerivedError

#: How many queries run at once: a check must not be what makes a lake slow.
AT_ONCE: Final = 4
_TIMEOUT: Final = 300.0


class State(StrEnum):
    """How a query ended. REFUSED is what the policies want; a refusal that they do not want is an ERROR."""

    OK = "ok"
    EMPTY = "empty"
    REFUSED = "refused"
    ERROR = "error"
    NOT_DERIVED = "not derived"


@dataclass(frozen=True)
class Item:
    """Something that asks: a chart or a filter of a dashboard (`dashboard` is empty for a chart on none).

    `name`: the chart's file below `superset_assets`, or the filter's name. `body` makes the query context of the live
    ids.
    """

    dashboard: str
    kind: str
    name: str
    dataset: str
    body: Callable[[Ids], dict[str, Any]]


@dataclass(frozen=True)
class Ids:
    """Uuid -> id of what is live."""

    charts: Mapping[str, int]
    datasets: Mapping[str, int]
    dashboards: Mapping[str, int]


@dataclass(frozen=True)
class Result:
    """One item as one person. `rows`: of its first query; `bytes`: of all rows, as JSON."""

    person: str
    dashboard: str
    kind: str
    name: str
    state: State
    says: str = ""
    milliseconds: int = 0
    rows: int = 0
    bytes: int = 0


def items(bundle: Bundle, schemas: Schemas = BUNDLE_NAMES) -> list[Item]:
    """Return everything in a bundle that asks, dashboard by dashboard, then the charts that stand on none."""
    found: list[Item] = []
    shown: set[str] = set()
    bundle = as_sent(bundle, schemas)
    for dashboard in bundle.of("dashboards"):
        for placed in placed_charts(dashboard, bundle):
            shown.add(placed.chart.uuid)
            found.append(_chart(placed.chart, dashboard, placed))
        found += [_filter(item, dashboard) for item in native_filters(dashboard)]
    return [*found, *(_chart(chart) for chart in bundle.of("charts") if chart.uuid not in shown)]


def _chart(chart: AssetFile, dashboard: AssetFile | None = None, placed: Placed | None = None) -> Item:
    dataset = str(chart.data["dataset_uuid"])

    def body(ids: Ids) -> dict[str, Any]:
        return query_of(
            chart.data,
            _live(ids.datasets, dataset, "dataset"),
            chart_id=_live(ids.charts, chart.uuid, "chart"),
            dashboard_id=_live(ids.dashboards, dashboard.uuid, "dashboard") if dashboard else None,
            extra_form_data=filter_of_chart(placed, dashboard) if placed and dashboard else None,
        )

    return Item(dashboard.slug if dashboard else "", "chart", chart.name, dataset, body)


def _filter(native_filter: Mapping[str, Any], dashboard: AssetFile) -> Item:
    targets = cast("list[Mapping[str, Any]]", native_filter.get("targets") or [{}])
    dataset = str(targets[0].get("datasetUuid") or "")

    def body(ids: Ids) -> dict[str, Any]:
        return filter_query(
            native_filter,
            _live(ids.datasets, dataset, "dataset") if dataset else 0,
            dashboard_id=_live(ids.dashboards, dashboard.uuid, "dashboard"),
            extra_form_data=filter_of_filter(native_filter, dashboard),
        )

    return Item(dashboard.slug, "filter", str(native_filter.get("name")), dataset, body)


def _live(ids: Mapping[str, int], uuid: str, kind: str) -> int:
    if uuid not in ids:
        raise BadInputError(
            "superset-not-applied",
            f"this Superset has no {kind} with the uuid {uuid}",
            fix="run `lakefront superset apply`, then try again",
        )
    return ids[uuid]


def run(
    settings: Settings,
    bundle: Bundle,
    report: Callable[[int, int], None],
    *,
    only: Sequence[str] = (),
) -> list[Result]:
    """Ask everything as everybody, in the order of people and items.

    `only`: names of people; empty for all. `report(done, of)` is called as answers come. Raises BadInputError
    (`person-unknown`, `superset-not-applied`), and as SupersetClient for a server that cannot be reached or entered.
    """
    access = read_access(settings.part("superset_assets"))
    people = _people(settings, access, only)
    asked = items(bundle, settings.schemas)
    with ExitStack() as stack:
        admin = stack.enter_context(SupersetClient.from_settings(settings))
        ids = Ids(admin.ids("chart"), admin.ids("dataset"), admin.ids("dashboard"))
        bodies = [_derived(item, ids) for item in asked]
        databases = {asset.uuid: str(asset.data["database_uuid"]) for asset in bundle.of("datasets")}
        shared = {asset.slug: asset.data for asset in bundle.of("dashboards")}
        jobs: list[Callable[[], Result]] = []
        for person in people:
            client = stack.enter_context(_session(settings, person))
            opened = Opened.to(person, access, databases)
            for item, body in zip(asked, bodies, strict=True):
                open_to_her = opened.covers(item, shared.get(item.dashboard, {}))
                jobs.append(_job(client, person, item, body, open_to_her))
        return _all(jobs, report)


def _people(settings: Settings, access: AccessBundle, only: Sequence[str]) -> list[str]:
    known = sorted({*access.people, settings.env.superset_user})
    for name in only:
        if name not in known:
            raise BadInputError(
                "person-unknown",
                f"the policies name nobody '{name}'.{did_you_mean(name, known)}",
                fix=f"use one of {', '.join(known)}",
            )
    return [name for name in known if name in only] if only else known


def _session(settings: Settings, person: str) -> SupersetClient:
    if person == settings.env.superset_user:
        return SupersetClient.from_settings(settings, timeout=_TIMEOUT)
    password = settings.secrets.people_password
    return SupersetClient(settings.service("superset").url, person, password, timeout=_TIMEOUT)


def _derived(item: Item, ids: Ids) -> dict[str, Any] | NotDerivedError:
    try:
        return item.body(ids)
    except NotDerivedError as error:
        return error


@dataclass(frozen=True)
class Opened:
    """What the policies open to one person."""

    everything: bool
    datasets: frozenset[str]
    roles: frozenset[str]

    @classmethod
    def to(cls, person: str, access: AccessBundle, databases: Mapping[str, str]) -> Opened:
        """Read it from the generated roles and groups. `databases`: uuid of a dataset -> that of its database."""
        names = frozenset(access.people.get(person, ()))
        roles = [role for role in access.roles if role.name in names]
        groups = [group for group in access.groups if group.name in names]
        whole = {uuid for role in roles for uuid in role.databases.values()}
        single = {uuid for item in (*roles, *groups) for uuid in item.datasets.values()}
        inside = {dataset for dataset, database in databases.items() if database in whole}
        return cls("Admin" in names or person not in access.people, frozenset(single | inside), names)

    def covers(self, item: Item, dashboard: Mapping[str, Any]) -> bool:
        """Say whether she may see what an item asks. Roles on a dashboard open its data with it."""
        invited = self.roles & {str(role) for role in cast("list[Any]", dashboard.get("roles") or [])}
        return self.everything or not item.dataset or item.dataset in self.datasets or bool(invited)


def _job(
    client: SupersetClient, person: str, item: Item, body: dict[str, Any] | NotDerivedError, opened: bool
) -> Callable[[], Result]:
    def ask() -> Result:
        named = (person, item.dashboard, item.kind, item.name)
        if isinstance(body, NotDerivedError):
            return Result(*named, State.NOT_DERIVED, body.what)
        if not body:
            return Result(*named, State.OK, "asks nothing")
        started = time.monotonic()
        try:
            # Answers of Superset's cache would tell neither errors nor times of today.
            answer = client.post("/chart/data", {**body, "force": True})
        except LakefrontError as error:
            if error.code == "superset-unreachable":
                raise
            state = State.REFUSED if isinstance(error, NotAllowedError) and not opened else State.ERROR
            return Result(*named, state, error.what, _since(started))
        return told(named, answer, _since(started), opened)

    return ask


def told(named: tuple[str, str, str, str], answer: Mapping[str, Any], milliseconds: int, opened: bool) -> Result:
    """Return how one answer is to be judged. `named`: person, dashboard, kind and name; `opened`: by the policies."""
    results = cast("list[dict[str, Any]]", answer.get("result") or [])
    failed = [str(result["error"]) for result in results if result.get("error")]
    rows = cast("list[Any]", results[0].get("data") or []) if results else []
    size = sum(len(json.dumps(result.get("data"), separators=(",", ":")).encode()) for result in results)
    if failed:
        state, says = State.ERROR, "; ".join(failed)
    elif not opened:
        state, says = State.ERROR, "the policies close this dataset to her, and Superset shows it"
    else:
        state, says = (State.EMPTY if _is_empty(rows) else State.OK), ""
    return Result(*named, state, says, milliseconds, len(rows), size)


def _is_empty(rows: list[Any]) -> bool:
    """Say whether there is nothing to see: no row, or a total of nothing."""
    if len(rows) == 1 and isinstance(rows[0], dict):
        return all(value is None for value in cast("dict[str, Any]", rows[0]).values())
    return not rows


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _all(jobs: list[Callable[[], Result]], report: Callable[[int, int], None]) -> list[Result]:
    results: dict[int, Result] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = {pool.submit(job): number for number, job in enumerate(jobs)}
        try:
            for done in as_completed(waiting):
                results[waiting[done]] = done.result()
                report(len(results), len(jobs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [results[number] for number in sorted(results)]
