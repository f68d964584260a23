"""Git, what was applied last, and what a Grafana has, read at one time.

What was applied last is in Grafana itself: an apply leaves a message at each version that it saves. So a dashboard
whose newest version has such a message is as it was applied, and of another the newest version that has one is what to
compare with. Nothing else is kept anywhere, and all machines that apply see the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lakefront.config import Settings
from lakefront.grafana.asking.interpolate import Chosen
from lakefront.grafana.asking.run import conditions_of
from lakefront.grafana.asking.sources import present
from lakefront.grafana.build import DASHBOARDS, Compiled, compile_all, tables_here
from lakefront.grafana.canonical import Entry, canonical
from lakefront.grafana.client import GrafanaClient, LiveDashboard
from lakefront.grafana.load import DEFINITIONS
from lakefront.grafana.targets import NAMES, UIDS
from lakefront.versions.steps import Step, removal_of, step_of

Json = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """All that is to be done. `unmanaged`: titles of dashboards in the folder that this bundle does not manage.

    `folder`: whether it is to be made. `absent`: titles of what is left out, for it has no metrics there.
    """

    steps: tuple[Step, ...]
    folder: bool = False
    unmanaged: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether Grafana is as git says."""
        return not self.steps and not self.folder


@dataclass(frozen=True)
class Look:
    """What was read. `git` and `live`: dashboards as Grafana takes and gives them, by uid.

    `base`: as they were applied last; `kept`: uids that are neither made nor removed.
    """

    compiled: Compiled
    git: Mapping[str, Json]
    live: Mapping[str, LiveDashboard]
    base: Mapping[str, Json]
    unmanaged: Mapping[str, str]
    folder: bool
    kept: frozenset[str] = frozenset()
    absent: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default_factory=tuple[str, ...])

    def entry(self, uid: str, data: Mapping[str, Any] | None) -> Entry | None:
        """Return a dashboard in the form in which it is compared."""
        return Entry(self.name(uid), uid, canonical(data)) if data is not None else None

    def name(self, uid: str) -> str:
        """Return the file of a dashboard below `grafana_dashboards`."""
        for source, said in self.compiled.definitions.dashboards:
            if said.uid == uid:
                return f"{DEFINITIONS}/{source.file.name}"
        return f"{DASHBOARDS}/{uid}.json"

    def plan(self) -> Plan:
        """Compare."""
        steps: list[Step] = []
        for uid, data in self.git.items():
            live = self.live.get(uid)
            git = self.entry(uid, data)
            if git is None:
                continue
            step = step_of(git, self.entry(uid, self.base.get(uid)), self.entry(uid, live.data if live else None))
            steps += [step] if step else []
        for uid, base in self.base.items():
            gone = uid not in self.git and uid not in self.kept and uid in self.live
            was, there = self.entry(uid, base), self.entry(uid, self.live[uid].data) if gone else None
            if was is not None and there is not None:
                steps.append(removal_of(was, there))
        return Plan(tuple(steps), not self.folder, tuple(sorted(self.unmanaged.values())), self.absent, self.warnings)


def message_of(settings: Settings, commit: str = "") -> str:
    """Return what an apply says of a version; without a commit, how that begins."""
    return f"Lakefront {settings.manifest.bundle.name}:{settings.env_name} {commit}".rstrip()


def look(settings: Settings, client: GrafanaClient, report: Callable[[str], None]) -> Look:
    """Read everything. Raises as `compile_all` and GrafanaClient."""
    report("compiling")
    tables = tables_here(settings)
    full = compile_all(settings, tables)
    conditions = {query for _, said in full.definitions.dashboards for query in conditions_of(said)}
    report("asking Prometheus what there is")
    now = dt.datetime.now(dt.UTC)
    there, unknown = present(settings, conditions, Chosen(now, now))
    # Where nothing is known, rows stay, and dashboards are left as they are.
    absent = frozenset[str]() if unknown else frozenset(conditions - there)
    compiled = compile_all(settings, tables, absent=absent) if absent else full
    conditional = {said.uid for _, said in full.definitions.dashboards if said.present_when}
    kept = frozenset(conditional) if unknown else frozenset[str]()
    git = {uid: data for uid, data in compiled.dashboards.items() if uid not in kept}
    git |= {uid: data for uid, (_, data) in compiled.handmade.items()}
    report("reading Grafana")
    grafana = settings.manifest.grafana
    folder = client.folder(grafana.folder_uid) is not None
    live: dict[str, LiveDashboard] = {}
    base: dict[str, Json] = {}
    unmanaged: dict[str, str] = {}
    for found in client.dashboards():
        if found.uid not in git and found.folder_uid != grafana.folder_uid:
            continue
        dashboard = client.dashboard(found.uid)
        if dashboard is None:
            continue
        was = _applied_last(client, found.uid, dashboard, message_of(settings))
        if was is None and found.uid not in git:
            unmanaged[found.uid] = found.title
            continue
        live[found.uid] = dashboard
        if was is not None:
            base[found.uid] = was
    warnings = [*_missing_sources(client, git), *_from_files(live, git)]
    if unknown and conditional:
        left = ", ".join(sorted(conditional))
        warnings.append(f"left as they are, for whether they have metrics is not known: {left}: {unknown}")
    titles = [said.title for _, said in full.definitions.dashboards if said.present_when in absent]
    return Look(compiled, git, live, base, unmanaged, folder, kept, tuple(titles), tuple(warnings))


def _applied_last(client: GrafanaClient, uid: str, live: LiveDashboard, message: str) -> Json | None:
    for version in client.versions(uid):
        if version.message == message or version.message.startswith(f"{message} "):
            return live.data if version.number == live.version else client.version(uid, version.number)
    return None


def _from_files(live: Mapping[str, LiveDashboard], git: Mapping[str, Json]) -> list[str]:
    both = ", ".join(sorted(uid for uid, found in live.items() if found.provisioned and uid in git))
    if not both:
        return []
    return [f"Grafana also reads these from files, and puts those back: {both}; use files or `apply`, not both"]


def _missing_sources(client: GrafanaClient, git: Mapping[str, Json]) -> list[str]:
    used = str(list(git.values()))
    return [
        f"Grafana has no data source '{UIDS[source]}' ({NAMES[source]}): see provisioning/datasources"
        for source in UIDS
        if UIDS[source] in used and not client.has_datasource(UIDS[source])
    ]
