"""Make a Superset show what `superset_assets/` says: one lock, one import of what differs, the rest by REST, prune."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from lakefront.config import Settings
from lakefront.errors import CheckFailedError, PartlyDoneError, UnreachableError
from lakefront.superset.access import AccessApplied, apply_access
from lakefront.superset.archive import pack_files
from lakefront.superset.bundle import KINDS
from lakefront.superset.canonical import to_import
from lakefront.superset.client import Kind, SupersetClient
from lakefront.superset.connection import LAKEHOUSE_FILES, lakehouse_connection
from lakefront.superset.entries import OWN_KEYS, ORDER, Entry, order_of
from lakefront.superset.extras import delete_object, put_links, put_object
from lakefront.superset.lock import Lock
from lakefront.superset.look import Look, access_changes, look, look_again, people_password
from lakefront.superset.plan import Action, Plan, Step
from lakefront.superset.state import MemoryStore
from lakefront.trino import Trino

__all__ = ["Applied", "Dashboard", "apply", "lakehouse_connection", "plan"]

#: An import may take long where it has many databases and datasets to look at.
_TIMEOUT: Final = 180.0
_PRUNED_FIRST: Final = ("reports", "dashboards", "charts", "datasets", "databases", "themes", "css")


@dataclass(frozen=True)
class Dashboard:
    """A dashboard as it is on the server."""

    title: str
    url: str


@dataclass(frozen=True)
class Applied:
    """What an apply did. `changed`: False when there was nothing to do."""

    changed: bool
    plan: Plan
    dashboards: tuple[Dashboard, ...]
    charts: int
    datasets: int
    seconds: float
    access: AccessApplied


@dataclass
class Progress:
    """Tells what is being done. `say`: in words; `advance`: (done, all) pieces of work."""

    say: Callable[[str], None]
    advance: Callable[[int, int], None] = field(default=lambda _done, _all: None)
    total: int = 0
    done: int = 0

    def step(self, count: int = 1) -> None:
        """Say that so many more pieces are done."""
        self.done += count
        self.advance(self.done, max(self.total, self.done))


def plan(settings: Settings, report: Callable[[str], None]) -> Plan:
    """Return what an apply would do; nothing is written.

    Raises BadInputError for a broken bundle, CheckFailedError for what may not be done, and as SupersetClient.
    """
    with SupersetClient.from_settings(settings, timeout=_TIMEOUT) as client:
        found = look(settings, client, report)
        report("comparing")
        return found.plan(access_changes(found, client))


def apply(
    settings: Settings,
    report: Callable[[str], None],
    *,
    advance: Callable[[int, int], None] | None = None,
    force_unlock: bool = False,
) -> Applied:
    """Make the environment's Superset what the bundle says; write nothing where it is so already.

    Accounts for the people of the policies are made in a Superset that we started; another has single sign-on.

    Raises BadInputError for a broken bundle, UnreachableError, NotAllowedError, CheckFailedError with the server's
    words (`superset-locked` when another apply runs), and PartlyDoneError (`superset-incomplete`) when Superset then
    has something else than it was told.
    """
    started = time.monotonic()
    progress = Progress(report, advance) if advance else Progress(report)
    with SupersetClient.from_settings(settings, timeout=_TIMEOUT) as client:
        report("locking")
        with Lock(client, settings.manifest.bundle.name, force=force_unlock) as lock:
            found = look(settings, client, report)
            report("comparing")
            made = found.plan()
            if made.steps or made.stale:
                _Apply(settings, client, lock, progress, found, made).run()
            report("setting roles and row filters")
            wanted = found.wanted
            granted = apply_access(
                client, wanted.access, password=people_password(settings), keep=settings.env.superset_user
            )
            store = MemoryStore(client, settings.manifest.bundle.name, settings.env_name)
            if granted.changes or made.steps or made.stale or found.access_mark != found.memory.access:
                lock.check()
                report("writing down what was applied")
                memory = store.read()
                store.write(
                    memory.stamped(
                        settings.bundle,
                        assets=wanted.entries,
                        intent=None,
                        access=found.access_mark,
                        password=found.password_mark,
                    )
                )
            report("unlocking")
        url = client.url
    return Applied(
        changed=bool(made.steps or granted.changes),
        plan=replace(made, access=granted.changes),
        access=granted,
        dashboards=tuple(
            Dashboard(asset.title, f"{url}/superset/dashboard/{asset.data.get('slug') or asset.uuid}/")
            for asset in wanted.bundle.of("dashboards")
        ),
        charts=len(wanted.bundle.of("charts")),
        datasets=len(wanted.bundle.of("datasets")),
        seconds=round(time.monotonic() - started, 2),
    )


class _Apply:
    """One apply of what differs: intent, import, REST, prune, and a look at what came of it."""

    def __init__(
        self, settings: Settings, client: SupersetClient, lock: Lock, progress: Progress, found: Look, made: Plan
    ) -> None:
        self.settings = settings
        self.client = client
        self.lock = lock
        self.progress = progress
        self.look = found
        self.plan = made
        self.wanted = found.wanted
        self.changed = [self.wanted.entries[step.key] for step in made.steps if step.key in self.wanted.entries]
        self.imported = sorted(self._to_import(), key=order_of)
        self.live = found.live
        #: Whether something was written since `live` was read.
        self.touched = False

    def run(self) -> None:
        if not self.plan.steps:
            return
        removed = self.plan.of(Action.DELETE)
        objects = [entry for entry in self.changed if not entry.imported]
        self.progress.total = len(self.imported) + len(objects) + len(removed) + 2
        self._write_intent()
        self._import()
        before = [entry for entry in objects if entry.folder in ("themes", "css")]
        for entry in sorted(before, key=order_of):
            self._put(entry)
        self._look_again()
        self._link()
        for entry in sorted((entry for entry in objects if entry not in before), key=order_of):
            self._put(entry)
        self._prune(removed)
        self._verify()

    def _to_import(self) -> list[Entry]:
        """Return what differs, and what hangs on an asset that gets a new id: its links are by id."""
        entries = self.wanted.entries
        charts = {entry.slug: entry.key for entry in entries.values() if entry.folder == "charts"}
        chosen = {entry.key for entry in self.changed if entry.imported}
        new = {key for key in chosen if key not in self.look.there}
        for entry in sorted(entries.values(), key=order_of):
            if not entry.imported or entry.key in chosen or not new:
                continue
            if new.intersection(_mentioned(entry.data, charts)):
                chosen.add(entry.key)
        return [entries[key] for key in chosen]

    def _write_intent(self) -> None:
        self.lock.check()
        self.progress.say("writing down what will be applied")
        store = MemoryStore(self.client, self.settings.manifest.bundle.name, self.settings.env_name)
        memory = store.read()
        store.write(memory.stamped(self.settings.bundle, assets=self.look.base, intent=self.wanted.entries))
        self.progress.step()

    def _import(self) -> None:
        if not self.imported:
            return
        self.lock.check()
        self.progress.say(f"importing {len(self.imported)} assets")
        names = self.wanted.names
        files = {entry.name: to_import(entry.folder, entry.data, names) for entry in self.imported}
        # A trailing password is Superset's to keep: it is sent beside the zip, never inside it.
        password = self.wanted.connection.password
        passwords = {name: password for name in files if name in LAKEHOUSE_FILES and password}
        self.touched = True
        try:
            self.client.import_assets(pack_files(files), passwords, sparse=True)
        except CheckFailedError as refusal:
            # Superset asks Trino while it imports, and says "unknown reason" when Trino does not answer.
            try:
                Trino.from_settings(self.settings, source="lakefront-apply", timeout=10).query("SELECT 1")
            except UnreachableError as error:
                raise error from refusal
            raise
        self.progress.step(len(self.imported))

    def _look_again(self) -> None:
        if self.touched:
            self.live = look_again(self.client, self.wanted, self.look.memory)
            self.touched = False

    def _put(self, entry: Entry) -> None:
        self.lock.check()
        self.progress.say(f"setting {entry.name}")
        self.touched = True
        put_object(self.client, entry.name, entry.data, self.live.ids)
        self.progress.step()

    def _link(self) -> None:
        """Set owners, tags, themes and roles of what has them, or had them."""
        entries = {entry.key: entry for entry in (*self.changed, *self.imported) if entry.imported}
        for entry in sorted(entries.values(), key=order_of):
            wanted = {key: entry.data[key] for key in OWN_KEYS if key in entry.data}
            live = self.live.extras.links
            there = {key: value for key, value in live.get(entry.key, {}).items() if key != "owners" or key in wanted}
            if wanted != there:
                self.lock.check()
                self.progress.say(f"setting owners, tags and roles of {entry.name}")
                self.touched = True
                put_links(self.client, entry.key, KINDS[entry.folder], wanted, self.live.ids)

    def _prune(self, removed: list[Step]) -> None:
        ids = self.look.live.ids.of
        for folder in _PRUNED_FIRST:
            steps = [step for step in removed if step.name.split("/", 1)[0] == folder]
            if not steps:
                continue
            self.lock.check()
            self.progress.say(f"removing {len(steps)} {folder}")
            self.touched = True
            if folder in KINDS:
                kind = KINDS[folder]
                numbers = [ids[kind][step.key] for step in steps]
                # Superset deletes databases one by one only.
                if kind == "database":
                    for number in numbers:
                        self.client.remove(f"/database/{number}")
                else:
                    self.client.delete(cast(Kind, kind), numbers)
            else:
                for step in steps:
                    delete_object(self.client, step.name, self.look.there[step.key].data)
            self.progress.step(len(steps))

    def _verify(self) -> None:
        """See that Superset has what it was told. Raises PartlyDoneError (`superset-incomplete`)."""
        self.lock.check()
        self.progress.say("checking what arrived")
        self._look_again()
        memory = replace(self.look.memory, intent=None, password=self.look.password_mark)
        steps = Look(self.settings, self.wanted, memory, self.live).plan().steps
        if steps:
            told = "; ".join(
                f"{step.name} ({', '.join(change.path or 'all of it' for change in step.fields[:3])})"
                for step in steps[:5]
            )
            raise PartlyDoneError(
                "superset-incomplete",
                f"Superset said yes, but {len(steps)} assets are not as they should be: {told}",
                fix="run `lakefront superset plan` to see what; somebody may have edited them this moment",
            )
        self.progress.step()


def _mentioned(value: Any, charts: Mapping[str, str]) -> Iterator[str]:
    """Yield all texts of an asset, uuids among them, and for charts of a layout their uuids. `charts`: slug -> uuid."""
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, Any]", value).items():
            if key == "chart" and isinstance(inner, str) and inner in charts:
                yield charts[inner]
            yield from _mentioned(inner, charts)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _mentioned(inner, charts)
    elif isinstance(value, str):
        yield value
