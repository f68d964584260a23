"""Layouts and positions: each made of the other, always the same, and nothing lost."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakefront.errors import BadInputError
from lakefront.superset.canonical import from_export, tidy, to_import
from lakefront.superset.layout import to_layout, to_position
from lakefront.superset.layout_check import layout_problems
from lakefront.superset.names import Names

NAMES = Names(charts={f"chart-{n}": (f"00000000-0000-4000-8000-00000000000{n}", f"Chart {n}") for n in range(6)})
_WIDTHS, _HEIGHTS = st.integers(1, 12), st.integers(1, 99)
_TEXT, _TITLE = st.text(max_size=8), st.text(min_size=1, max_size=8)
_BACKGROUND = st.fixed_dictionaries({}, optional={"background": st.sampled_from(["BACKGROUND_WHITE"])})
_SIZE = st.fixed_dictionaries({}, optional={"width": _WIDTHS, "height": _HEIGHTS})
_HEIGHT = st.fixed_dictionaries({}, optional={"height": _HEIGHTS})


def _both(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda found: {key: value for part in found for key, value in part.items()})


_CHART = _both(
    st.fixed_dictionaries(
        {"chart": st.sampled_from(sorted(NAMES.charts))}, optional={"name": st.text(min_size=1, max_size=5)}
    )
)
_MARKDOWN = st.fixed_dictionaries({"markdown": _TEXT})
_LEAF = st.one_of(_CHART, _MARKDOWN)
_PLAIN = st.one_of(
    _both(st.fixed_dictionaries({"header": _TITLE}, optional={"size": st.just("LARGE_HEADER")}), _BACKGROUND),
    st.just({"divider": True}),
)


def _row(column: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    items = st.lists(st.one_of(_both(_LEAF, _SIZE), column), max_size=3)
    return _both(st.fixed_dictionaries({"row": items}), _BACKGROUND, _HEIGHT)


def _column(items: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    wide = st.fixed_dictionaries({"column": st.lists(items, max_size=3)}, optional={"width": _WIDTHS})
    return _both(wide, _BACKGROUND)


_SIMPLE_COLUMN = _column(st.one_of(_both(_LEAF, _SIZE), _PLAIN))
_COLUMN = _column(st.one_of(_both(_LEAF, _SIZE), _PLAIN, _row(_SIMPLE_COLUMN)))
_BLOCK = st.one_of(_both(_LEAF, _HEIGHT), _PLAIN, _row(_COLUMN))


def _tabs(layout: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    tab = st.fixed_dictionaries({"tab": st.one_of(_TITLE, st.sampled_from(["A", "B 2"]))}, optional={"layout": layout})
    return st.fixed_dictionaries({"tabs": st.lists(tab, min_size=1, max_size=3)}, optional={"inside": st.just("grid")})


_INNER = st.lists(st.one_of(_BLOCK, _tabs(st.lists(_BLOCK, max_size=2))), max_size=3)
LAYOUTS = st.lists(st.one_of(_BLOCK, _tabs(_INNER)), max_size=4)


@given(LAYOUTS)
def test_a_layout_and_its_position_say_the_same(layout: list[Any]) -> None:
    assert list(layout_problems(layout)) == []
    position = to_position(layout, "T", NAMES)
    canonical = to_layout(position, "T", NAMES)
    assert canonical is not None, "whatever can be written short is found again"
    assert to_position(canonical, "T", NAMES) == position
    assert to_layout(to_position(canonical, "T", NAMES), "T", NAMES) == canonical


def _as_edited(position: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return a position as Superset's editor leaves it: random ids, numbers of charts, stale names and parents."""
    rng = random.Random(seed)  # noqa: S311
    fixed = {"ROOT_ID", "GRID_ID", "HEADER_ID", "DASHBOARD_VERSION_KEY"}
    ids = {key: key if key in fixed else f"{key.split('-')[0]}-{rng.random()}" for key in position}
    edited: dict[str, Any] = {}
    for key in rng.sample(sorted(position), len(position)):
        block = position[key]
        if isinstance(block, dict):
            block = {**block, "id": ids[key], "children": [ids[child] for child in block.get("children", [])]}
            block["parents"] = ["ROOT_ID", "somewhere else"]
            if block["type"] == "CHART":
                number = int(block["meta"]["uuid"][-1]) + 40
                block["meta"] = {**block["meta"], "chartId": number, "sliceName": "an older name"}
            if block["type"] == "ROW":
                block["meta"] = {**block["meta"], "0": "ROOT_ID"}
        edited[ids[key]] = block
    return edited


@given(LAYOUTS, st.integers())
def test_what_the_editor_leaves_comes_back_as_the_same_layout(layout: list[Any], seed: int) -> None:
    position = to_position(layout, "T", NAMES)
    assert to_layout(_as_edited(position, seed), "T", NAMES) == to_layout(position, "T", NAMES)


@given(LAYOUTS, st.integers(), st.sampled_from(["DYNAMIC", "IFRAME"]))
def test_a_position_that_has_no_short_form_stays_and_comes_back(layout: list[Any], seed: int, kind: str) -> None:
    position = to_position(layout, "T", NAMES)
    position["X"] = {"type": kind, "id": "X", "children": [], "meta": {"width": 3, "componentKey": "own"}}
    position["GRID_ID"]["children"].append("X")
    position["ROOT_ID"]["children"] = ["GRID_ID"]
    data = {"version": "1.0.0", "uuid": "u", "dashboard_title": "T"}
    canonical = from_export("dashboards", {**data, "position": _as_edited(position, seed)}, NAMES)
    assert "layout" not in canonical
    assert tidy("dashboards", canonical, NAMES) == canonical
    back = from_export("dashboards", to_import("dashboards", canonical, NAMES), NAMES)
    assert back == canonical


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*path, key)
        yield from _places(item, (*path, key))


_ODD = st.sampled_from([None, True, False, 0, 1, 13, 2.5, "", "chart-1", [], [[]], [{}], {}, {"a": {}}])


@given(LAYOUTS.filter(bool), st.data(), _ODD)
def test_what_stands_in_a_layout_is_told_or_has_a_position(layout: list[Any], data: st.DataObject, odd: Any) -> None:
    layout = copy.deepcopy(layout)
    *outer, last = data.draw(st.sampled_from([*_places(layout)]))
    place: Any = layout
    for key in outer:
        place = place[key]
    place[last] = odd
    if any(layout_problems(layout)):
        with pytest.raises(BadInputError, match="layout"):
            to_position(layout, "T", NAMES)
    else:
        assert to_layout(to_position(layout, "T", NAMES), "T", NAMES) is not None


@pytest.mark.parametrize(
    ("said", "title"),
    [({}, "Tab title"), ({"text": ""}, "Tab title"), ({"text": "", "defaultText": "Titre de l'onglet"}, None)],
)
def test_a_tab_that_was_given_no_title_has_the_one_that_people_see(said: dict[str, str], title: str | None) -> None:
    position = to_position([{"tabs": [{"tab": "A", "layout": [{"chart": "chart-1"}]}]}], "T", NAMES)
    position["TAB-a"]["meta"] = said
    layout = to_layout(position, "T", NAMES)
    assert layout == [{"tabs": [{"tab": title or said["defaultText"], "layout": [{"chart": "chart-1", "height": 50}]}]}]
    back = to_position(layout, "T", NAMES)
    assert to_layout(back, "T", NAMES) == layout, "and keeps it when it was imported"


def test_a_header_without_a_text_stays_a_position() -> None:
    position = to_position([{"header": "A"}], "T", NAMES)
    position["HEADER-1"]["meta"]["text"] = ""
    assert to_layout(position, "T", NAMES) is None


def test_ids_are_made_of_titles_places_and_slugs() -> None:
    layout = [
        {
            "tabs": [
                {"tab": "Sales & more", "layout": [{"chart": "chart-1"}]},
                {"tab": "Rest", "layout": [{"divider": True}]},
            ]
        }
    ]
    assert sorted(to_position(layout, "T", NAMES)) == [
        "CHART-chart-1",
        "DASHBOARD_VERSION_KEY",
        "DIVIDER-rest-1",
        "GRID_ID",
        "HEADER_ID",
        "ROOT_ID",
        "ROW-sales-more-1",
        "TAB-rest",
        "TAB-sales-more",
        "TABS",
    ]


def test_a_chart_that_was_deleted_leaves_no_place_behind() -> None:
    position = to_position([{"row": [{"chart": "chart-1"}, {"chart": "chart-2"}]}], "T", NAMES)
    position["CHART-chart-1"]["meta"]["uuid"] = None
    assert to_layout(position, "T", NAMES) == [{"height": 50, "row": [{"chart": "chart-2", "width": 4}]}]


def test_the_charts_that_an_export_adds_in_no_order_get_one() -> None:
    one, two = NAMES.uuid("chart-1"), NAMES.uuid("chart-2")
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "children": ["ROW-N-AB"]},
        "ROW-N-AB": {"type": "ROW", "children": ["CHART-B", "CHART-A"], "meta": {"0": "ROOT_ID"}},
        "CHART-A": {"type": "CHART", "meta": {"uuid": one, "chartId": 1, "width": 4, "height": 50}},
        "CHART-B": {"type": "CHART", "meta": {"uuid": two, "chartId": 2, "width": 4, "height": 50}},
    }
    row = [{"chart": "chart-1", "width": 4}, {"chart": "chart-2", "width": 4}]
    assert to_layout(position, "T", NAMES) == [{"height": 50, "row": row}]


@pytest.mark.parametrize(
    ("layout", "says"),
    [
        ({"row": []}, "layout: a list of items is wanted here"),
        ([{"row": {"chart": "a"}}], "layout.0.row: a list of items is wanted here"),
        (["chart-1"], "layout.0: an item is a mapping"),
        ([{"chart": "a", "header": "b"}], "layout.0: an item is one thing, and this is chart and header"),
        ([{"rows": []}], "layout.0: an item cannot be 'rows' here. Did you mean 'row'?"),
        ([{"height": 3}], "layout.0: this item is nothing"),
        ([{"row": [{"tabs": []}]}], "layout.0.row.0.tabs: a tabs cannot be in a row"),
        ([{"column": []}], "a column cannot be in a layout"),
        ([{"row": [], "colour": 1}], "a row has no 'colour'"),
        ([{"row": [{"chart": "a", "width": 13}]}], "layout.0.row.0.width: a width is 1 to 12, and this is 13"),
        ([{"row": [{"chart": "a", "width": None}]}], "layout.0.row.0.width: a width is missing"),
        ([{"row": [{"chart": "a", "height": 0}]}], "a height is a whole number over 0, and this is 0"),
        ([{"chart": "a", "width": 3}], "outside a row has the full width"),
        ([{"chart": 3}], "a chart is a text"),
        ([{"chart": "a", "name": 3}], "a name is a text"),
        ([{"header": ""}], "a header is a text"),
        ([{"divider": False}], "a divider is `divider: true`"),
        ([{"tabs": []}], "tabs are a list of at least one"),
        ([{"tabs": [{"layout": []}]}], "a tab has a title"),
        ([{"tabs": [{"tab": ""}]}], "layout.0.tabs.0.tab: a tab has a title"),
        ([{"tabs": ["A"]}], "a tab has a title"),
        ([{"tabs": [{"tab": "A"}], "inside": "row"}], "tabs are inside the grid"),
    ],
)
def test_a_broken_layout_is_told_with_its_place(layout: Any, says: str) -> None:
    with pytest.raises(BadInputError) as raised:
        to_position(layout, "T", NAMES)
    assert raised.value.code == "asset-layout"
    assert says in raised.value.what
