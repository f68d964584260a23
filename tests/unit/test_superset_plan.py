"""The plan and the merge: three versions compared field by field; nothing is lost, nothing is made up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakefront.superset.entries import Entry
from lakefront.superset.plan import Plan, drift_of, make_plan, settle
from lakefront.superset.plan_text import as_data, lines_of, markdown, summary
from lakefront.superset.state import Memory, decode, encode
from lakefront.versions.merge import MISSING, merge, same, theirs_first
from lakefront.versions.steps import WHOLE, Action

KEYS = st.sampled_from(["a", "b", "c", "params", "id"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["", "x", "y", "long\ntext\n"]))


def _with_id(number: int, more: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"F-{number}", **more}


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    more = st.dictionaries(st.sampled_from("pq"), inner, max_size=2)
    items = st.lists(st.builds(_with_id, st.integers(0, 4), more), max_size=4, unique_by=lambda item: item["id"])
    return st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3), items)


VALUES = st.recursive(SCALARS, _containers, max_leaves=12)
ASSETS = st.dictionaries(KEYS, VALUES, max_size=5)


@given(base=ASSETS, git=ASSETS, live=ASSETS)
@settings(max_examples=150)
def test_the_plan_names_every_difference_and_no_other(base: Any, git: Any, live: Any) -> None:
    leaves = merge(base, git, live).leaves
    assert bool(leaves) == (not same(git, live))
    for leaf in leaves:
        assert not same(leaf.git, leaf.live), leaf.name
        assert _at(git, leaf.path) is leaf.git or same(_at(git, leaf.path), leaf.git)
        assert _at(live, leaf.path) is leaf.live or same(_at(live, leaf.path), leaf.live)


@given(base=ASSETS, git=ASSETS, live=ASSETS)
@settings(max_examples=150)
def test_applying_the_plan_to_the_server_gives_git(base: Any, git: Any, live: Any) -> None:
    after = json.loads(json.dumps(live))
    # Items of lists that are told apart by an id are compared by it: their order is git's where both have them.
    for leaf in merge(base, git, live).leaves:
        after = _put(after, leaf.path, leaf.git)
    assert same(_unordered(after), _unordered(git))


@given(base=ASSETS, git=ASSETS, live=ASSETS)
@settings(max_examples=150)
def test_a_merge_loses_no_edit(base: Any, git: Any, live: Any) -> None:
    merged = merge(base, git, live)
    for leaf in merged.leaves:
        there = _at(merged.value, leaf.path)
        expected = leaf.live if leaf.who == "live" else leaf.git
        assert there is expected or same(there, expected), leaf.name
    for leaf in merge(base, git, live, theirs_first).leaves:
        value = merge(base, git, live, theirs_first).value
        expected = leaf.git if leaf.who == "git" else leaf.live
        assert _at(value, leaf.path) is expected or same(_at(value, leaf.path), expected), leaf.name


@given(base=ASSETS, edited=ASSETS)
@settings(max_examples=100)
def test_what_one_side_changed_is_taken_whole(base: Any, edited: Any) -> None:
    assert same(merge(base, edited, base).value, edited)
    assert same(merge(base, base, edited).value, edited)
    assert {leaf.who for leaf in merge(base, edited, base).leaves} <= {"git"}
    assert {leaf.who for leaf in merge(base, base, edited).leaves} <= {"live"}
    assert same(merge(base, edited, edited).value, edited)


@given(base=ASSETS, git=ASSETS, live=ASSETS)
@settings(max_examples=100)
def test_a_pull_and_then_an_apply_leave_nothing_to_do(base: Any, git: Any, live: Any) -> None:
    pulled = merge(base, git, live, theirs_first).value
    assert {leaf.who for leaf in merge(base, pulled, live).leaves} <= {"git"}, "all edits are in git now"
    assert merge(pulled, pulled, pulled).leaves == ()


def test_an_item_of_a_list_is_named_by_its_id() -> None:
    base = {"metadata": {"filters": [{"id": "F-1", "name": "Time"}, {"id": "F-2", "name": "Region"}]}}
    git = {"metadata": {"filters": [{"id": "F-1", "name": "Period"}, {"id": "F-2", "name": "Region"}]}}
    live = {"metadata": {"filters": [{"id": "F-1", "name": "Time"}, {"id": "F-2", "name": "Regions"}, {"id": "F-3"}]}}
    merged = merge(base, git, live)
    assert [(leaf.name, leaf.who) for leaf in merged.leaves] == [
        ("metadata.filters[F-1].name", "git"),
        ("metadata.filters[F-2].name", "live"),
        ("metadata.filters[F-3]", "live"),
    ]
    assert merged.value == {
        "metadata": {"filters": [{"id": "F-1", "name": "Period"}, {"id": "F-2", "name": "Regions"}, {"id": "F-3"}]}
    }


def test_a_truth_value_is_no_number() -> None:
    assert not same({"show": True}, {"show": 1})
    assert same({"limit": 1.0}, {"limit": 1})


def _entry(name: str, **data: Any) -> Entry:
    return Entry(f"charts/{name}.yaml", name, {"slice_name": name.upper(), **data})


def _by_key(*entries: Entry) -> dict[str, Entry]:
    return {entry.key: entry for entry in entries}


LIMIT = {"params": {"row_limit": 10, "color": "red"}}


@pytest.mark.parametrize(
    ("git", "base", "live", "action", "fields"),
    [
        (LIMIT, None, None, Action.CREATE, [(WHOLE, "git")]),
        ({"params": {"row_limit": 20, "color": "red"}}, LIMIT, LIMIT, Action.CHANGE, [("params.row_limit", "git")]),
        (LIMIT, LIMIT, {"params": {"row_limit": 20, "color": "red"}}, Action.DRIFT, [("params.row_limit", "live")]),
        (
            {"params": {"row_limit": 30, "color": "red"}},
            LIMIT,
            {"params": {"row_limit": 20, "color": "red"}},
            Action.CONFLICT,
            [("params.row_limit", "both")],
        ),
        (
            {"params": {"row_limit": 30, "color": "red"}},
            LIMIT,
            {"params": {"row_limit": 10, "color": "blue"}},
            Action.CHANGE,
            [("params.row_limit", "git"), ("params.color", "live")],
        ),
        (None, LIMIT, LIMIT, Action.DELETE, []),
        (None, LIMIT, {"params": {"row_limit": 20, "color": "red"}}, Action.DELETE, [("params.row_limit", "live")]),
        (LIMIT, LIMIT, None, Action.DRIFT, [(WHOLE, "live")]),
        ({"params": {"row_limit": 20}}, LIMIT, None, Action.CONFLICT, [(WHOLE, "both")]),
        ({"params": {"color": "red"}}, None, LIMIT, Action.CHANGE, [("params.row_limit", "git")]),
        (LIMIT, LIMIT, LIMIT, None, []),
        ({"params": {"row_limit": 20}}, LIMIT, {"params": {"row_limit": 20}}, None, []),
        (None, LIMIT, None, None, []),
        (None, None, LIMIT, None, []),
    ],
)  # fmt: skip
def test_what_a_plan_says(git: Any, base: Any, live: Any, action: Action | None, fields: list[tuple[str, str]]) -> None:
    sides = [_by_key(_entry("x", **data)) if data is not None else {} for data in (git, base, live)]
    # What neither git nor the memory name never comes here: it is told as unmanaged.
    plan = make_plan(*(sides if git is not None or base is not None else ({}, {}, {})))
    assert [step.action for step in plan.steps] == ([action] if action else [])
    assert [(change.path, change.who) for step in plan.steps for change in step.fields] == fields
    assert plan.empty == (action is None)


def test_what_others_need_comes_first_and_is_removed_last() -> None:
    git = _by_key(
        Entry("dashboards/d.yaml", "d", {}), Entry("charts/c.yaml", "c", {}), Entry("datasets/l/s.yaml", "s", {}),
        Entry("databases/l.yaml", "l", {}), Entry("themes/t.yaml", "themes:t", {}),
        Entry("reports/r.yaml", "reports:r", {}),
    )  # fmt: skip
    made = [step.name.split("/")[0] for step in make_plan(git, {}, {}).steps]
    assert made == ["databases", "datasets", "charts", "themes", "dashboards", "reports"]
    removed = [step.name.split("/")[0] for step in make_plan({}, git, git).steps]
    assert removed == list(reversed(made))


def test_after_a_pull_only_the_memory_is_behind() -> None:
    pulled = _by_key(_entry("x", params={"row_limit": 20}))
    plan = make_plan(pulled, _by_key(_entry("x", **LIMIT)), pulled)
    assert plan.empty
    assert plan.stale
    assert not make_plan(pulled, pulled, pulled).stale


def test_a_cut_short_apply_is_what_arrived_of_it() -> None:
    before = _by_key(_entry("kept", v=1), _entry("removed", v=1), _entry("changed", v=1, w=1))
    intent = _by_key(_entry("kept", v=1), _entry("changed", v=2, w=2), _entry("new", v=1), _entry("late", v=1))
    nothing_arrived = {**before}
    assert settle(before, intent, nothing_arrived) == before
    all_arrived = {**intent, "removed": before["removed"]}
    settled = settle(before, intent, all_arrived)
    assert {key: entry.data for key, entry in settled.items()} == {key: e.data for key, e in all_arrived.items()}
    # What the import brought is ours to prune, although the apply did not come to its end.
    git = _by_key(_entry("kept", v=1))
    plan = make_plan(git, settled, all_arrived)
    assert {(step.action, step.key) for step in plan.steps} == {
        (Action.DELETE, key) for key in ("removed", "changed", "new", "late")
    }


def test_an_edit_after_a_cut_short_apply_is_still_an_edit() -> None:
    before, intent = _by_key(_entry("x", v=1, w=1)), _by_key(_entry("x", v=2, w=1))
    live = _by_key(_entry("x", v=2, w=7))
    base = settle(before, intent, live)
    [step] = make_plan(intent, base, live).steps
    assert step.action is Action.DRIFT
    assert [(change.path, change.before, change.after) for change in step.fields] == [("w", 7, 1)]


def test_drift_is_only_what_was_edited_on_the_server() -> None:
    base = _by_key(_entry("x", **LIMIT), _entry("y", **LIMIT))
    git = _by_key(
        _entry("x", params={"row_limit": 30, "color": "red"}), _entry("y", params={"row_limit": 1, "color": "red"})
    )
    live = _by_key(_entry("x", params={"row_limit": 10, "color": "blue"}), _entry("y", **LIMIT))
    [step] = drift_of(make_plan(git, base, live))
    assert [change.path for change in step.fields] == ["params.color"]


def test_the_memory_comes_back_as_it_was_written() -> None:
    entries = _by_key(_entry("x", sql="SELECT '*/ ünicode'\n", nested={"a": [1, 2.5, None, True]}))
    memory = Memory(7, entries, None, "abc", "def", "2026-11-21T12:00:00+00:00", "ana */ @host", "0123+")
    for kept in (memory, Memory(8, entries, intent=entries), Memory(9, {}, {})):
        text = encode(kept)
        assert decode(text) == kept
        assert text.startswith("/*")
        assert text.rstrip().endswith("*/")
        assert text.count("*/") == 1, "choosing it as a dashboard's CSS does nothing"
    assert max(map(len, encode(memory).splitlines())) <= 120


@pytest.mark.parametrize("text", ["", "body { color: red }", "/* Lakefront\n\nAAAA\n*/"])
def test_a_damaged_memory_is_not_an_empty_one(text: str) -> None:
    with pytest.raises(Exception, match=r"."):
        decode(text)


PLAN = Plan(
    make_plan(
        _by_key(_entry("new"), _entry("x", sql="SELECT 1\nFROM a\n", **LIMIT)),
        _by_key(_entry("x", sql="SELECT 2\nFROM a\n", **LIMIT), _entry("gone")),
        _by_key(_entry("x", sql="SELECT 2\nFROM a\n", params={"row_limit": 99, "color": "red"}), _entry("gone")),
    ).steps,
    ("charts/theirs.yaml: Theirs",),
    ("make the role Lakefront: Viewer",),
)


def test_a_plan_is_readable() -> None:
    assert list(lines_of(PLAN)) == [
        "+ create   charts/new.yaml  NEW",
        "~ change   charts/x.yaml  X",
        "    sql:",
        "      @@ -1,2 +1,2 @@",
        "      -SELECT 2",
        "      +SELECT 1",
        "       FROM a",
        "    params.row_limit: 99 -> 10 (edited in Superset)",
        "- delete   charts/gone.yaml  GONE  (no longer in git)",
        "~ access   make the role Lakefront: Viewer",
    ]
    assert summary(PLAN) == (
        "1 to create, 1 to change, 1 to delete, 1 changes of roles, row filters or accounts; "
        "1 assets in Superset are not of this bundle"
    )
    assert summary(Plan(())) == "nothing to do: Superset is as git says"
    assert markdown(PLAN).count("```") == 2
    assert json.loads(json.dumps(as_data(PLAN)))["steps"][1]["fields"][1] == {
        "path": "params.row_limit",
        "who": "live",
        "before": 99,
        "after": 10,
    }


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        if isinstance(data, Mapping):
            data = data.get(part, MISSING)
        elif isinstance(data, list):
            data = _item(data, part)
        if data is MISSING:
            return MISSING
    return data


def _item(items: list[Any], part: str) -> Any:
    name = part[1:-1]
    for item in items:
        if isinstance(item, Mapping) and item.get("id") == name:
            return item
    return items[int(name) - 1] if name.isdigit() and int(name) <= len(items) else MISSING


def _put(data: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    part, *rest = path
    if isinstance(data, list):
        there = _item(data, part)
        if there is MISSING:
            return [*data, value]
        put = _put(there, tuple(rest), value)
        return [(put if item is there else item) for item in data if not (item is there and put is MISSING)]
    put = _put(data.get(part, {}), tuple(rest), value)
    return {key: item for key, item in {**data, part: put}.items() if item is not MISSING}


def _unordered(value: Any) -> Any:
    """Return data with the lists whose items have ids in the order of those."""
    if isinstance(value, Mapping):
        return {key: _unordered(item) for key, item in value.items()}
    if isinstance(value, list):
        items = [_unordered(item) for item in value]
        keyed = items and all(isinstance(item, Mapping) and isinstance(item.get("id"), str) for item in items)
        return sorted(items, key=lambda item: str(item["id"])) if keyed else items
    return value
