"""Git, the memory and the server read for one comparison."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from lakefront.config import Settings
from lakefront.errors import CheckFailedError, LakefrontError
from lakefront.superset.access import apply_access, as_plan
from lakefront.superset.client import SupersetClient, several
from lakefront.superset.connection import password_mark
from lakefront.superset.entries import Entries, Entry
from lakefront.superset.extras import Directory
from lakefront.superset.live import Live, ask, read_live
from lakefront.superset.plan import Plan, make_plan, settle
from lakefront.superset.state import Memory, MemoryStore
from lakefront.superset.wanted import Wanted, read_wanted
from lakefront.versions.steps import Action, FieldChange, Step

_NO_FIELD = "password"


@dataclass(frozen=True)
class Look:
    """One comparison. `files`: what git says; `wanted`: that of it which can hold on this server.

    `store`: where the memory was read.
    """

    settings: Settings
    files: Wanted
    wanted: Wanted
    store: MemoryStore
    memory: Memory
    live: Live

    @cached_property
    def base(self) -> Entries:
        """What was applied last; of an apply that was cut short, what arrived."""
        return settle(self.memory.assets, self.memory.intent, self.there)

    @cached_property
    def there(self) -> Entries:
        """What the server has of all that git or the memory name."""
        keys = {**self.wanted.entries, **self.memory.assets, **(self.memory.intent or {})}
        found = {key: self.live.entry(key) for key in keys}
        return {key: entry for key, entry in found.items() if entry is not None}

    @cached_property
    def unmanaged(self) -> tuple[str, ...]:
        """Keys of what the server has and neither git nor the memory name."""
        return tuple(key for key in self.live.keys if key not in self.there)

    @cached_property
    def access_mark(self) -> str:
        """Names the roles, groups and row filters that git says."""
        return hashlib.sha256(repr(self.files.access).encode()).hexdigest()[:24]

    @cached_property
    def password_mark(self) -> str:
        """Names the password that Superset signs in to Trino with."""
        return password_mark(self.wanted.connection, self.settings)

    def plan(self, access: tuple[str, ...] = (), *, guard: bool = True) -> Plan:
        """Return what is to be done. Raises CheckFailedError for what may not be done, unless `guard` is off."""
        unmanaged = sorted(f"{self.live.paths[key]}: {self.live.title(key)}" for key in self.unmanaged)
        plan = make_plan(self.wanted.entries, self.base, self.there, unmanaged)
        plan = replace(
            plan,
            steps=self._with_password(plan.steps),
            access=access,
            access_drifted=self.access_mark == self.memory.access,
            warnings=self.wanted.warnings,
        )
        if guard:
            self._refuse_taken(plan)
            self._refuse_used(plan)
        return replace(plan, stale=plan.stale or self.memory.intent is not None)

    def _with_password(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """Add the databases whose password is another than the one that was sent last."""
        if not self.password_mark or self.password_mark == self.memory.password:
            return steps
        listed = {step.key for step in steps}
        field = FieldChange(_NO_FIELD, "(another)", "(this environment's)", "git")
        entries = (e for e in self.wanted.entries.values() if e.folder == "databases" and e.key not in listed)
        return (*(Step(Action.CHANGE, e.name, e.title, (field,), e.key) for e in entries), *steps)

    def _refuse_taken(self, plan: Plan) -> None:
        """Superset's import takes what has the same name for the same asset, and would overwrite a stranger's."""
        held = {_by_name(entry): key for key in self.unmanaged if (entry := self._plain(key)) and _by_name(entry)}
        for step in plan.of(Action.CREATE, Action.DRIFT, Action.CONFLICT):
            entry = self.wanted.entries.get(step.key)
            other = held.get(_by_name(entry)) if entry and step.key not in self.there else None
            if entry and other:
                raise CheckFailedError(
                    "superset-name-taken",
                    f"{entry.name} cannot be made: Superset has '{self.live.title(other)}' of the same name, which "
                    f"this bundle does not manage",
                    fix=f"rename or delete it in Superset, or give the file its uuid ({other}) to take it over",
                )

    def _plain(self, key: str) -> Entry | None:
        """Return an unmanaged asset as it was exported: its names are all that is asked for. Schemas are git's."""
        asset = self.live.exported.get(key)
        if asset is not None and asset.folder == "datasets":
            return self.live.entry(key)
        return Entry(self.live.paths[key], key, asset.data) if asset else None

    def _refuse_used(self, plan: Plan) -> None:
        """What others built on an asset would break without it."""
        removed = {step.key for step in plan.of(Action.DELETE)}
        for step in plan.of(Action.DELETE):
            users = [key for key in self.live.users_of(step.key) if key not in removed and key in self.unmanaged]
            if users:
                titles = ", ".join(f"'{self.live.title(key)}'" for key in users)
                raise CheckFailedError(
                    "superset-still-used",
                    f"{step.name} is no longer in git, but {titles} in Superset, which this bundle does not manage, "
                    f"need{'s' if len(users) == 1 else ''} it",
                    fix="delete those or let them use something else, or put the file back",
                )


@contextmanager
def files_read_aside(settings: Settings) -> Generator[Future[Wanted]]:
    """Read the files while Superset is asked: it takes as long over its answers as we over the files."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        yield aside.submit(read_wanted, settings)


def look(settings: Settings, client: SupersetClient, reading: Future[Wanted], report: Callable[[str], None]) -> Look:
    """Read all three. Raises BadInputError for a broken bundle, else as SupersetClient.

    `reading`: of `files_read_aside`.
    """
    report("asking Superset what it has")
    store = MemoryStore(client, settings.manifest.bundle.name, settings.env_name)
    with several() as at_once:
        asking = at_once.submit(ask, client)
        named = at_once.submit(Directory.read, client, settings.explorer_origins)
        try:
            memory, directory, answers = store.read(), named.result(), asking.result()
        except LakefrontError:
            reading.result()
            raise
    files = reading.result()
    wanted = files.on(directory)
    live = read_live(client, answers, directory, wanted, memory.named)
    return Look(settings, files, wanted, store, memory, live)


def look_again(look: Look, client: SupersetClient, memory: Memory, *, only_imported: bool = False) -> Look:
    """Read what the server has now. `only_imported`: nothing was written since but what an import writes."""
    here = look.live.directory if only_imported else Directory.read(client, look.settings.explorer_origins)
    wanted = look.files.on(here)
    live = read_live(client, ask(client, look.live if only_imported else None), here, wanted, memory.named)
    return replace(look, wanted=wanted, memory=memory, live=live)


def access_changes(look: Look, client: SupersetClient) -> tuple[str, ...]:
    """Return what is to be done to roles, row filters and accounts, in words."""
    coming = {key for key in look.wanted.entries if key not in look.there}
    applied = apply_access(
        client,
        look.wanted.access,
        look.live.directory,
        look.live.ids.of,
        password=people_password(look.settings),
        keep=look.settings.env.superset_user,
        coming=coming,
    )
    return as_plan(applied.changes)


def people_password(settings: Settings) -> str | None:
    """Return the password of accounts that are made for people; None where they come from single sign-on."""
    return None if settings.service("superset").external else settings.secrets.people_password


def _by_name(entry: Entry | None) -> tuple[str, ...] | None:
    """Return by what Superset's import takes an asset for one that it has, besides the uuid."""
    if entry is None:
        return None
    data = entry.data
    if entry.folder == "dashboards" and data.get("slug"):
        return ("dashboards", str(data["slug"]))
    if entry.folder == "databases":
        return ("databases", str(data.get("database_name")))
    if entry.folder == "datasets":
        parts = ("database_uuid", "catalog", "schema", "table_name")
        return ("datasets", *(str(data.get(part) or "") for part in parts))
    return None
