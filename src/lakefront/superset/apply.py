"""Make a Superset show what `superset_assets/` says: one lock, one import of what differs, the rest by REST, prune."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from lakefront.config import Settings
from lakefront.errors import CheckFailedError, PartlyDoneError, UnreachableError
from lakefront.superset.access import AccessApplied, apply_access
from lakefront.superset.archive import pack_files
from lakefront.superset.bundle import KINDS
from lakefront.superset.canonical import OWN_KEYS, to_import
from lakefront.superset.client import Kind, SupersetClient
from lakefront.superset.connection import LAKEHOUSE_FILES, lakehouse_connection
from lakefront.superset.dependents import to_import_with
from lakefront.superset.entries import Entry, order_of
from lakefront.superset.environment import here
from lakefront.superset.extras import delete_object, put_links, put_object, tags_of
from lakefront.superset.lock import Lock
from lakefront.superset.look import Look, access_changes, files_read_aside, look, look_again, people_password
from lakefront.superset.plan import Plan
from lakefront.trino import Trino
from lakefront.versions.steps import Action, Step

__all__ = ["Applied", "Dashboard", "apply", "lakehouse_connection", "plan"]

#: An import may take long where it has many databases and datasets to look at.
_TIMEOUT: Final = 180.0
#: What is removed first: each before what it uses.
_PRUNED: Final = ("reports", "dashboards", "charts", "datasets", "databases", "themes", "css")
#: What dashboards name, and so is made before them.
_BEFORE: Final = ("themes", "css")
#: Of a hundred small things one after the other not each looks at the lock.
_RECENT: Final = 1.0


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
    with files_read_aside(settings) as reading, SupersetClient.from_settings(settings, timeout=_TIMEOUT) as client:
        found = look(settings, client, reading, report)
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
    with files_read_aside(settings) as reading, SupersetClient.from_settings(settings, timeout=_TIMEOUT) as client:
        report("locking")
        with Lock(client, settings.manifest.bundle.name, force=force_unlock) as lock:
            found = look(settings, client, reading, report)
            report("comparing")
            run = _Apply(client, lock, progress, found)
            run.run()
            report("unlocking")
        url = client.url
    bundle = found.wanted.bundle
    return Applied(
        changed=not run.done.empty,
        plan=run.done,
        access=run.access,
        dashboards=tuple(
            Dashboard(asset.title, f"{url}/superset/dashboard/{asset.data.get('slug') or asset.uuid}/")
            for asset in bundle.of("dashboards")
        ),
        charts=len(bundle.of("charts")),
        datasets=len(bundle.of("datasets")),
        seconds=round(time.monotonic() - started, 2),
    )


class _Apply:
    """One apply: intent, import, roles, the rest by REST, prune, a look at what came of it, memory.

    A kill at any moment leaves a server from which the next apply finishes: the memory names what is going to be there
    before it is, and what is to be removed until it is not.
    """

    def __init__(self, client: SupersetClient, lock: Lock, progress: Progress, found: Look) -> None:
        self.settings = found.settings
        self.client = client
        self.lock = lock
        self.progress = progress
        self.look = found
        #: As it was read or written last: the lock keeps others from writing it.
        self.memory = found.memory
        self.done = found.plan()
        self.access = AccessApplied((), 0, 0, 0)
        #: Whether assets were imported since `look`, and whether something else was written.
        self.imported = False
        self.touched = False

    def run(self) -> None:
        """Do what the plan says; nothing when it is empty."""
        first = self.done
        imported = sorted(to_import_with(self.look, first), key=order_of)
        objects = [entry for entry in self._changed(first) if entry.folder in _BEFORE]
        self.progress.total = len(imported) + len(first.steps) + 3
        with ThreadPoolExecutor(max_workers=1) as aside:
            packing = aside.submit(self._packed, imported)
            if first.steps:
                self._keep("writing down what will be applied", assets=self.look.base, intent=self.look.wanted.entries)
            for entry in objects:
                self._put(entry)
            if imported:
                self._import(packing.result(), len(imported))
        self._grant(created=any(entry.key not in self.look.there for entry in imported))
        self._look_again()
        # Accounts and roles are there now, and of new assets the ids: what is still to be done hangs on them.
        rest = self.look.plan()
        self._link(rest)
        for entry in self._changed(rest):
            if not entry.imported and entry not in objects:
                self._put(entry)
        self._prune(rest.of(Action.DELETE))
        self._look_again()
        self._verify()
        self._remember()
        self.done = replace(first, access=self.access.changes, warnings=self.look.wanted.warnings)

    def _changed(self, made: Plan) -> list[Entry]:
        entries = self.look.wanted.entries
        return sorted((entries[step.key] for step in made.steps if step.key in entries), key=order_of)

    def _write(self, words: str) -> None:
        """Before each thing that is written: see that the lock is still ours, say what comes."""
        self.lock.check(within=_RECENT)
        self.progress.say(words)

    def _look_again(self) -> None:
        if not self.touched and not self.imported:
            return
        self.progress.say("asking Superset what it has now")
        memory = replace(self.look.memory, assets=self.look.base, intent=None, password=self.look.password_mark)
        self.look = look_again(self.look, self.client, memory, only_imported=not self.touched)
        self.touched = self.imported = False

    def _keep(self, words: str, **changes: Any) -> None:
        self._write(words)
        self.memory = self.memory.stamped(self.settings.bundle, **changes)
        self.look.store.write(self.memory)
        self.progress.step()

    def _packed(self, imported: Sequence[Entry]) -> tuple[bytes, dict[str, str]]:
        """Return the zip to import, and the passwords that go with it."""
        names = self.look.wanted.names
        files = {entry.name: to_import(entry.folder, entry.data, names) for entry in imported}
        # A trailing password is Superset's to keep: it is sent beside the zip, never inside it.
        password = self.look.wanted.connection.password
        return pack_files(files), {name: password for name in files if name in LAKEHOUSE_FILES and password}

    def _import(self, packed: tuple[bytes, dict[str, str]], count: int) -> None:
        self._write(f"importing {count} assets")
        self.imported = True
        try:
            self.client.import_assets(*packed, sparse=True)
        except CheckFailedError as refusal:
            # Superset asks Trino while it imports, and says "unknown reason" when Trino does not answer.
            try:
                Trino.from_settings(self.settings, source="lakefront-apply", timeout=10).query("SELECT 1")
            except UnreachableError as error:
                raise error from refusal
            raise
        self.progress.step(count)

    def _grant(self, *, created: bool) -> None:
        self._write("setting roles and row filters")
        live = self.look.live
        self.access = apply_access(
            self.client,
            self.look.files.access,
            live.directory,
            self._ids_now() if created else live.ids.of,
            password=people_password(self.settings),
            keep=self.settings.env.superset_user,
        )
        self.touched = self.touched or bool(self.access.changes)
        self.progress.step()

    def _ids_now(self) -> Mapping[str, Mapping[str, int]]:
        kinds: tuple[Kind, ...] = ("database", "dataset")
        return {kind: self.client.ids(kind) for kind in kinds}

    def _put(self, entry: Entry) -> None:
        self._write(f"setting {entry.name}")
        self.touched = True
        live = self.look.live
        data = here(entry.folder, entry.data, live.names.schemas)
        put_object(self.client, entry.name, data, live.ids, directory=live.directory)
        self.progress.step()

    def _link(self, rest: Plan) -> None:
        """Set owners, tags, themes, roles and embedding, which the import leaves out."""
        unlinked = {step.key for step in rest.steps if any(change.key in OWN_KEYS for change in step.fields)}
        live = self.look.live
        tags = tags_of(live.extras.rows)
        for entry in self._changed(rest):
            if entry.key in unlinked:
                self._write(f"setting owners, tags and roles of {entry.name}")
                self.touched = True
                links = {key: entry.data[key] for key in OWN_KEYS if key in entry.data}
                put_links(
                    self.client, entry.key, KINDS[entry.folder], links, live.ids,
                    directory=live.directory, row=live.extras.rows.get(entry.key), tags=tags,
                )  # fmt: skip

    def _prune(self, removed: Sequence[Step]) -> None:
        ids = self.look.live.ids.of
        for folder in _PRUNED:
            steps = [step for step in removed if step.name.split("/", 1)[0] == folder]
            if not steps:
                continue
            self._write(f"removing {len(steps)} {folder}")
            self.touched = True
            if folder == "databases":
                # Superset deletes them one by one only.
                for step in steps:
                    self.client.remove(f"/database/{ids['database'][step.key]}")
            elif folder in KINDS:
                kind = cast("Kind", KINDS[folder])
                self.client.delete(kind, [ids[kind][step.key] for step in steps])
            else:
                for step in steps:
                    delete_object(self.client, step.name, self.look.there[step.key].data)
            self.progress.step(len(steps))

    def _verify(self) -> None:
        """See that Superset has what it was told. Raises PartlyDoneError (`superset-incomplete`)."""
        steps = self.look.plan().steps
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

    def _remember(self) -> None:
        marks = {"access": self.look.access_mark, "password": self.look.password_mark}
        behind = self.done.stale or self.access.changes or marks["access"] != self.memory.access
        if self.done.steps or behind:
            self._keep("writing down what was applied", assets=self.look.wanted.entries, intent=None, **marks)
        else:
            self.progress.step()
