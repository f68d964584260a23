"""Git, what was applied last, and a real Superset: plan, apply, pull and drift, and applies that are cut short."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from lakefront.config import Settings, load_settings
from lakefront.errors import CheckFailedError, LakefrontError, UnreachableError
from lakefront.semantic.emit.superset import asset_uuid
from lakefront.semantic.source import read_source
from lakefront.superset.apply import Applied, apply, plan
from lakefront.superset.client import Kind, SupersetClient
from lakefront.superset.lock import Lock, this_process
from lakefront.superset.plan import Plan
from lakefront.superset.pull import Choice, Pull, pull
from lakefront.superset.state import Memory, MemoryStore
from lakefront.superset.text import dump
from lakefront.versions.steps import Action
from tests.support.bundles import with_own_assets
from tests.support.cli import environ, lakefront
from tests.support.waiting import wait_for

pytestmark = pytest.mark.stack

CHART = "charts/sales-by-country.yaml"
CHART_UUID = asset_uuid("chart", "sales-by-country")


def _quiet(_text: str) -> None:
    """Take what is reported."""


@dataclass(frozen=True)
class Copy:
    """A working copy of the bundle, the Superset it is applied to, and somebody who edits there."""

    settings: Settings
    client: SupersetClient

    @property
    def assets(self) -> Path:
        return self.settings.part("superset_assets")

    def apply(self) -> Applied:
        return apply(self.settings, _quiet)

    def plan(self) -> Plan:
        return plan(self.settings, _quiet)

    def pull(self, *names: str, write: bool = True, **options: Any) -> Pull:
        return pull(self.settings, Choice(names, **options), _quiet, write=write)

    def memory(self) -> Memory:
        return MemoryStore(self.client, self.settings.manifest.bundle.name, self.settings.env_name).read()

    def id(self, kind: Kind, uid: str) -> int:
        return next(asset.id for asset in self.client.assets(kind) if asset.uuid == uid)

    def titles(self, kind: Kind) -> dict[str, str]:
        return {asset.uuid: asset.title for asset in self.client.assets(kind)}

    def edit_chart(self, uid: str = CHART_UUID, **fields: Any) -> None:
        """Edit a chart as the chart's own page does."""
        number = self.id("chart", uid)
        params = fields.pop("params", None)
        if params:
            live = json.loads(self.client.get(f"/chart/{number}")["result"]["params"])
            fields["params"] = json.dumps({**live, **params})
        self.client.put(f"/chart/{number}", fields)

    def replace(self, name: str, old: str, new: str) -> None:
        file = self.assets / name
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {name}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def new_chart(self, slug: str, title: str) -> str:
        """Write a chart that is the one by country under another name; return its uuid."""
        uid = str(uuid.uuid4())
        text = (self.assets / CHART).read_text(encoding="utf-8")
        text = text.replace(CHART_UUID, uid).replace("Sales by country (one row a country)", title)
        (self.assets / "charts" / f"{slug}.yaml").write_text(text, encoding="utf-8")
        return uid


@pytest.fixture(scope="module")
def shared(stack: Settings) -> Iterator[Settings]:
    """The stack, on which the repository's own bundle is applied again after the last test."""
    yield stack
    apply(stack, _quiet)


@pytest.fixture
def copy(shared: Settings, tmp_path: Path) -> Iterator[Copy]:
    """A copy of the bundle with one of its dashboards that is applied, with nothing to do."""
    bundle = with_own_assets(tmp_path / "bundle", "sales-overview")
    settings = load_settings(bundle=bundle, home=shared.home.root, environ=shared.environ)
    with SupersetClient.from_settings(settings) as client:
        apply(settings, _quiet)
        yield Copy(settings, client)


def test_there_is_nothing_to_do_after_an_apply(copy: Copy) -> None:
    assert copy.plan().empty
    before = copy.memory()
    assert not copy.apply().changed
    assert copy.memory() == before, "nothing at all is written"


def test_the_command_line_says_so(copy: Copy) -> None:
    bundle, home = str(copy.settings.bundle), copy.settings.home.root
    done = lakefront("--bundle", bundle, "superset", "plan", "--detailed-exitcode", "--format", "json", home=home)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["steps"] == []
    copy.edit_chart(slice_name="Edited in Superset")
    done = lakefront("--bundle", bundle, "superset", "plan", "--detailed-exitcode", home=home)
    assert done.returncode == 1
    assert 'slice_name: "Edited in Superset" -> "Sales by country (one row a country)"' in done.stdout
    done = lakefront("--bundle", bundle, "superset", "drift", "--format", "json", home=home)
    assert done.returncode == 1
    assert [step["action"] for step in json.loads(done.stdout)["steps"]] == ["drift"]
    done = lakefront("--bundle", bundle, "superset", "apply", "--dry-run", home=home)
    assert done.returncode == 0
    assert copy.titles("chart")[CHART_UUID] == "Edited in Superset"
    done = lakefront("--bundle", bundle, "superset", "pull", "--diff", home=home)
    assert done.returncode == 0, done.stderr
    assert "+slice_name: Edited in Superset" in done.stdout
    done = lakefront("--bundle", bundle, "superset", "apply", home=home)
    assert done.returncode == 0, done.stderr
    assert copy.titles("chart")[CHART_UUID] == "Sales by country (one row a country)"
    done = lakefront("--bundle", bundle, "superset", "drift", home=home)
    assert done.returncode == 0, done.stdout


def test_a_new_file_is_made_and_a_removed_one_is_pruned(copy: Copy) -> None:
    uid = copy.new_chart("another", "Another")
    [step] = copy.plan().steps
    assert (step.action, step.name) == (Action.CREATE, "charts/another.yaml")
    copy.apply()
    assert copy.titles("chart")[uid] == "Another"
    assert copy.plan().empty
    (copy.assets / "charts/another.yaml").unlink()
    [step] = copy.plan().steps
    assert (step.action, step.title) == (Action.DELETE, "Another")
    copy.apply()
    assert uid not in copy.titles("chart")
    assert copy.plan().empty


def test_a_dashboard_gets_the_theme_of_a_file_that_is_new_too(copy: Copy) -> None:
    dark = read_source(copy.assets / "themes/lakefront-dark.yaml").data
    theme = {**dark, "uuid": str(uuid.uuid4()), "theme_name": "Night"}
    (copy.assets / "themes/night.yaml").write_text(dump(theme), encoding="utf-8")
    copy.replace("dashboards/sales-overview.yaml", "published: true\n", "published: true\ntheme: night\n")
    copy.apply()
    assert copy.plan().empty
    number = copy.id("dashboard", asset_uuid("dashboard", "sales-overview"))
    assert copy.client.get(f"/dashboard/{number}")["result"]["theme"]["theme_name"] == "Night"


def test_a_changed_field_is_told_and_only_its_asset_written(copy: Copy) -> None:
    before = {asset.uuid: asset for asset in copy.client.assets("chart")}
    copy.replace(CHART, "row_limit: 1000", "row_limit: 500")
    [step] = copy.plan().steps
    assert step.action is Action.CHANGE
    assert [(change.path, change.before, change.after, change.who) for change in step.fields] == [
        ("params.row_limit", 1000, 500, "git")
    ]
    copy.apply()
    after = {asset.uuid: asset for asset in copy.client.assets("chart")}
    assert {key for key in before if before[key] != after[key]} == {CHART_UUID}


def test_what_both_changed_is_a_conflict_and_git_s_is_applied(copy: Copy) -> None:
    copy.edit_chart(params={"row_limit": 250, "page_length": 20})
    copy.replace(CHART, "row_limit: 1000", "row_limit: 500")
    [step] = copy.plan().steps
    assert step.action is Action.CONFLICT
    assert {(change.path, change.who) for change in step.fields} == {
        ("params.row_limit", "both"),
        ("params.page_length", "live"),
    }
    copy.apply()
    assert copy.plan().empty


def test_a_deleted_dataset_comes_back_with_all_that_hangs_on_it(copy: Copy) -> None:
    uid = asset_uuid("dataset", "sales")
    copy.client.delete("dataset", [copy.id("dataset", uid)])
    step = next(step for step in copy.plan().steps if step.key == uid)
    assert step.action is Action.DRIFT
    copy.apply()
    assert copy.plan().empty
    chart = copy.client.get(f"/chart/{copy.id('chart', CHART_UUID)}")["result"]
    assert f'"datasource": "{copy.id("dataset", uid)}__table"' in chart["params"]


def test_a_deleted_chart_is_on_its_dashboard_again(copy: Copy) -> None:
    dashboard = copy.id("dashboard", asset_uuid("dashboard", "sales-overview"))
    before = len(copy.client.get(f"/dashboard/{dashboard}/charts")["result"])
    copy.client.delete("chart", [copy.id("chart", CHART_UUID)])
    copy.apply()
    shown = copy.client.get(f"/dashboard/{dashboard}/charts")["result"]
    assert len(shown) == before
    assert copy.id("chart", CHART_UUID) in {chart["id"] for chart in shown}


@contextlib.contextmanager
def _stranger(copy: Copy, title: str) -> Iterator[str]:
    """Somebody's own chart on a dataset of ours; gone afterwards. Yields its uuid."""
    dataset = copy.id("dataset", asset_uuid("dataset", "customer_list"))
    params = {"viz_type": "big_number_total", "metric": "signups", "datasource": f"{dataset}__table"}
    body = {"slice_name": title, "viz_type": "big_number_total", "datasource_id": dataset, "datasource_type": "table"}
    number = int(copy.client.post("/chart/", {**body, "params": json.dumps(params)})["id"])
    try:
        yield next(asset.uuid for asset in copy.client.assets("chart") if asset.id == number)
    finally:
        left = [asset.id for asset in copy.client.assets("chart") if asset.id == number]
        copy.client.delete("chart", left)


def test_what_the_bundle_does_not_manage_is_told_and_never_touched(copy: Copy) -> None:
    with _stranger(copy, "Somebody's own") as uid:
        before = next(asset for asset in copy.client.assets("chart") if asset.uuid == uid)
        copy.replace(CHART, "row_limit: 1000", "row_limit: 500")
        assert copy.plan().unmanaged == ("charts/somebody-s-own.yaml: Somebody's own",)
        copy.apply()
        assert next(asset for asset in copy.client.assets("chart") if asset.uuid == uid) == before


def test_what_a_stranger_still_uses_is_not_pruned(copy: Copy) -> None:
    with _stranger(copy, "Somebody's own"):
        (copy.assets / "datasets/lakehouse/customer_list.yaml").unlink()
        shutil.rmtree(copy.assets / "rls")
        with pytest.raises(CheckFailedError, match=r"customer_list.*Somebody's own.*needs it") as raised:
            copy.plan()
        assert raised.value.code == "superset-still-used"


def test_a_stranger_of_the_same_name_is_not_overwritten(copy: Copy) -> None:
    number = int(copy.client.post("/dashboard/", {"dashboard_title": "Mine", "slug": "mine"})["id"])
    try:
        text = (copy.assets / "dashboards/sales-overview.yaml").read_text(encoding="utf-8")
        text = text.replace(asset_uuid("dashboard", "sales-overview"), str(uuid.uuid4()))
        text = text.replace("slug: sales-overview", "slug: mine")
        (copy.assets / "dashboards/mine.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(CheckFailedError, match="Superset has 'Mine' of the same name") as raised:
            copy.apply()
        assert raised.value.code == "superset-name-taken"
    finally:
        copy.client.delete("dashboard", [number])


def test_an_edit_comes_back_as_a_small_patch(copy: Copy) -> None:
    file = copy.assets / CHART
    file.write_text("# Why this chart is here.\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    copy.edit_chart(params={"row_limit": 250})
    patch = copy.pull(write=False).files[0].patch
    changed = [line for line in patch.splitlines() if line[0] in "+-" and not line.startswith(("+++", "---"))]
    assert changed == ["-  row_limit: 1000", "+  row_limit: 250"]
    assert "row_limit: 1000" in file.read_text(encoding="utf-8"), "--diff writes nothing"
    assert [item.name for item in copy.pull("sales-by-country").files] == [f"superset_assets/{CHART}"]
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Why this chart is here.\n")
    assert "row_limit: 250" in text
    assert copy.plan().empty
    copy.apply()
    assert copy.pull().files == ()


def test_a_pull_leaves_pending_changes_of_git_alone(copy: Copy) -> None:
    copy.replace(CHART, "row_limit: 1000", "row_limit: 500")
    copy.edit_chart(params={"page_length": 25})
    copy.pull()
    text = (copy.assets / CHART).read_text(encoding="utf-8")
    assert "row_limit: 500" in text
    assert "page_length: 25" in text
    [step] = copy.plan().steps
    assert [(change.path, change.who) for change in step.fields] == [("params.row_limit", "git")]


def test_a_field_that_both_changed_is_left_unless_theirs(copy: Copy) -> None:
    copy.replace(CHART, "row_limit: 1000", "row_limit: 500")
    copy.edit_chart(params={"row_limit": 250})
    before = (copy.assets / CHART).read_text(encoding="utf-8")
    result = copy.pull()
    assert result.files == ()
    assert [left.name for left in result.left] == [CHART]
    assert "params.row_limit" in result.left[0].because
    assert (copy.assets / CHART).read_text(encoding="utf-8") == before
    copy.pull(theirs=True)
    assert "row_limit: 250" in (copy.assets / CHART).read_text(encoding="utf-8")


def test_a_generated_file_is_not_written_by_a_pull(copy: Copy) -> None:
    number = copy.id("dataset", asset_uuid("dataset", "sales"))
    copy.client.put(f"/dataset/{number}", {"description": "Edited"})
    result = copy.pull()
    assert result.files == ()
    assert "the edits (description)" in result.left[0].because, "and not the catalog, which Superset writes down"
    assert "change the model" in result.left[0].because
    copy.apply()
    assert copy.plan().empty


def test_a_new_chart_gets_its_file_and_is_managed_from_then_on(copy: Copy) -> None:
    with _stranger(copy, "Sign-ups in all") as uid:
        result = copy.pull("sign-ups in all", new=True)
        assert [item.name for item in result.files] == ["superset_assets/charts/sign-ups-in-all.yaml"]
        assert copy.plan().empty, "it is there already"
        copy.apply()
        assert uid in copy.memory().assets
        (copy.assets / "charts/sign-ups-in-all.yaml").unlink()
        copy.apply()
        assert uid not in copy.titles("chart")


def test_two_applies_at_once_do_not_meet(copy: Copy) -> None:
    copy.replace(CHART, "row_limit: 1000", "row_limit: 500")
    arguments = ("--bundle", str(copy.settings.bundle), "superset", "apply")
    with Lock(copy.client, copy.settings.manifest.bundle.name):
        locked = lakefront(*arguments, home=copy.settings.home.root)
        assert locked.returncode == 1
        assert "superset-locked" in locked.stderr
        assert f"process {os.getpid()}" in locked.stderr
        assert copy.plan().steps, "nothing was written"
        forced = lakefront(*arguments, "--force-unlock", home=copy.settings.home.root)
        assert forced.returncode == 0, forced.stderr
    assert copy.plan().empty


def test_many_want_the_lock_and_one_gets_it(copy: Copy) -> None:
    name = copy.settings.manifest.bundle.name
    with contextlib.ExitStack() as held:
        held.enter_context(Lock(copy.client, name))
        for _ in range(3):
            with pytest.raises(CheckFailedError, match=this_process().who), Lock(copy.client, name):
                pass
    with Lock(copy.client, name) as lock:
        lock.check()


def test_a_lock_that_was_taken_away_stops_the_apply(copy: Copy) -> None:
    name = copy.settings.manifest.bundle.name
    with Lock(copy.client, name) as lock, Lock(copy.client, name, force=True):
        with pytest.raises(CheckFailedError) as raised:
            lock.check()
        assert raised.value.code == "superset-lock-lost"


_CHILD = """
import os, signal, sys, threading
from pathlib import Path
from lakefront.config import load_settings
from lakefront.superset.apply import apply

phase, delay, sign = sys.argv[3], float(sys.argv[4]), getattr(signal, sys.argv[5])
# A shell that starts a run in the background has it ignore SIGINT, and so all of its children.
for each in (signal.SIGINT, signal.SIGTERM):
    signal.signal(each, signal.default_int_handler)

def die():
    os.kill(os.getpid(), sign)

def report(text):
    if text.startswith(phase):
        threading.Timer(delay, die).start() if delay else die()

apply(load_settings(bundle=Path(sys.argv[1]), home=Path(sys.argv[2])), report)
"""
PHASES = (
    "locking",
    "asking Superset what it has",
    "comparing",
    "writing down what will be applied",
    "importing",
    "setting roles",
    "asking Superset what it has now",
    "setting owners",
    "removing",
    "writing down what was applied",
    "unlocking",
)


def _killed(copy: Copy, phase: str, delay: float, sign: str = "SIGKILL") -> int:
    """Apply in a process of its own that gets a signal so long after it begins a phase; return how it ended."""
    where = (str(copy.settings.bundle), str(copy.settings.home.root))
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *where, phase, str(delay), sign],
        env=environ(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )  # fmt: skip
    return done.returncode


def _change_much(copy: Copy, number: int, last: str) -> tuple[str, str]:
    """Make one chart, remove the last one, change a third; return (slug, uuid) of what is new."""
    if last:
        (copy.assets / "charts" / f"{last}.yaml").unlink()
    file = copy.assets / CHART
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith(("tags:", "  - k-"))]
    text = "\n".join("  row_limit: " + str(100 + number) if "  row_limit:" in line else line for line in lines) + "\n"
    file.write_text(text.replace("viz_type: table\n", f"viz_type: table\ntags:\n  - k-{number}\n", 1), encoding="utf-8")
    slug = f"killed-{number}"
    return slug, copy.new_chart(slug, f"Killed {number}")


def _kills(copy: Copy, phase: str, delays: Mapping[int, float]) -> None:
    """Kill so often, each time so late in the phase. What a kill with an odd number may have made is unwanted after."""
    # So that the first one that is killed has something to remove.
    last, removed = _change_much(copy, 99, "")
    copy.apply()
    for number, delay in delays.items():
        slug, uid = _change_much(copy, number, last)
        ended = _killed(copy, phase, delay)
        assert ended == -signal.SIGKILL or delay, "the phase was reached"
        if number % 2:
            # What the one that was killed may have made, git does not want any more.
            (copy.assets / "charts" / f"{slug}.yaml").unlink()
        copy.apply()
        assert copy.plan().empty
        titles = [asset.title for asset in copy.client.assets("chart")]
        there = [title for title in titles if title.startswith("Killed")]
        assert there == ([] if number % 2 else [f"Killed {number}"]), "nothing doubled, the one before is pruned"
        assert copy.memory().intent is None
        assert removed not in copy.memory().assets
        last, removed = "" if number % 2 else slug, uid


#: One of each kind of moment: nothing is written yet; the server is being changed by an import, by single requests and
#: by deletions; all is there and not yet written down. What comes before and between them leaves the same behind.
_TOLD_APART = ("comparing", "importing", "setting roles", "removing", "writing down what was applied")


@pytest.mark.parametrize(
    ("number", "phase"),
    [
        pytest.param(number, phase, marks=[] if phase in _TOLD_APART else [pytest.mark.long])
        for number, phase in enumerate(PHASES)
    ],
)
def test_after_a_kill_the_next_apply_finishes(copy: Copy, number: int, phase: str) -> None:
    _kills(copy, phase, {number: 0.0})


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("phase", PHASES)
def test_after_any_of_twenty_kills_the_next_apply_finishes(copy: Copy, phase: str) -> None:
    # Noise is enough, no secret; the same moments every time.
    noise = random.Random(phase)  # noqa: S311
    _kills(copy, phase, dict(enumerate([0.0, *(noise.uniform(0.01, 1.5) for _ in range(19))])))


def test_an_interrupted_apply_gives_the_lock_back(copy: Copy) -> None:
    for sign in ("SIGTERM", "SIGINT"):
        assert _killed(copy, "comparing", 0.0, sign) != 0
        with Lock(copy.client, copy.settings.manifest.bundle.name):
            pass


def test_a_superset_that_is_restarted_in_the_middle_is_told_and_the_next_apply_finishes(copy: Copy) -> None:
    copy.replace(CHART, "row_limit: 1000", "row_limit: 500")
    shown = json.loads(lakefront("status", "--format", "json", home=copy.settings.home.root).stdout)
    pid = next(row["pid"] for row in shown if row["component"] == "superset")

    def restart(text: str) -> None:
        if text.startswith("importing"):
            process = psutil.Process(pid)
            for child in [*process.children(recursive=True), process]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()

    with pytest.raises(UnreachableError, match="Superset"):
        apply(copy.settings, restart)
    wait_for(lambda: _answers(copy.settings), within=120, what="Superset's coming back")
    assert copy.apply().changed
    assert copy.plan().empty


def _answers(settings: Settings) -> bool:
    try:
        with SupersetClient.from_settings(settings) as client:
            return bool(list(client.assets("database")))
    except LakefrontError:
        return False
