"""The site of the semantic layer: everything has its place, every link leads somewhere, texts stay texts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lakefront.config import LookTable
from lakefront.errors import BadInputError
from lakefront.semantic import SemanticLayer, load_files, load_layer
from lakefront.semantic.emit.docs import site_files
from lakefront.semantic.emit.docs.folder import MARKER, replace_folder
from lakefront.semantic.emit.docs.graphs import (
    dataset_graph,
    metric_graph,
    neighbours_graph,
    overview_graphs,
    view_graph,
)
from lakefront.semantic.emit.docs.layout import Edge, Graph, Node, arrange, shorten, text_width
from lakefront.semantic.emit.docs.picture import picture
from lakefront.semantic.emit.docs.site import Site
from lakefront.semantic.emit.docs.theme import contrast, theme_css
from lakefront.semantic.usage import Usage, read_usage
from tests.support.cli import ROOT, lakefront
from tests.support.site import Document, dead_links, read_site

GOLDEN = ROOT / "tests" / "golden" / "semantic" / "model.yml"
EVIL = "<script>alert('x')</script> \"quoted\" & </title>"
MODEL = """\
version: 1
name: shop
description: A shop.
owner: nobody in particular
datasets:
  - name: orders
    source: shop.orders
    description: |
      {evil}
    primary_key: [order_id]
    columns:
      - {{name: order_id, type: bigint, description: Its number.}}
      - {{name: staff_id, type: bigint, description: Who took it., sensitivity: pii, synonyms: ['{evil_synonym}']}}
      - {{name: net, type: "decimal(10,2)", description: Price., expression: "if(order_id < 5, staff_id)"}}
relationships:
  - {{name: order_before, from: orders, to: orders, as: earlier, from_columns: [staff_id], to_columns: [order_id]}}
metrics:
  - name: sales
    label: |
      {evil}
    type: sum
    dataset: orders
    expression: net
    filter: order_id < 5
    description: Sold.
    owner: a@b.example
    synonyms: [매출]
{more}
"""


def _layer(tmp_path: Path, *, more: int = 0) -> SemanticLayer:
    rest = "type: count, dataset: orders, expression: order_id, description: D., owner: o"
    lines = [f"  - {{name: m{at}, label: M{at}, {rest}}}" for at in range(more)]
    file = tmp_path / "a shop.yml"
    text = MODEL.format(evil=EVIL, evil_synonym=EVIL.replace("'", "''"), more="\n".join(lines))
    file.write_text(text, encoding="utf-8")
    return load_files([file])


def _files(layer: SemanticLayer, usage: Usage | None = None) -> dict[str, str]:
    return site_files(layer, LookTable(), usage or Usage(), title="Shop", root=ROOT, superset="http://superset.example")


@pytest.fixture(scope="module")
def reference() -> SemanticLayer:
    return load_layer(ROOT / "semantic_layer")


@pytest.fixture(scope="module")
def usage() -> Usage:
    return read_usage(ROOT / "superset_assets")


@pytest.fixture(scope="module")
def files(reference: SemanticLayer, usage: Usage) -> dict[str, str]:
    return _files(reference, usage)


def test_every_link_leads_to_a_page_and_an_anchor(files: dict[str, str], tmp_path: Path) -> None:
    assert dead_links(files) == []
    assert dead_links(_files(load_files([GOLDEN]))) == []
    assert dead_links(_files(_layer(tmp_path, more=60))) == []


def test_an_anchor_stands_once_in_a_page(files: dict[str, str]) -> None:
    twice = {name: page.ids for name, page in read_site(files).items() if len(set(page.ids)) < len(page.ids)}
    assert twice == {}


def test_everything_has_its_place_and_can_be_found(files: dict[str, str], reference: SemanticLayer) -> None:
    pages = read_site(files)
    index = files["assets/index.js"]
    entries = {
        (row[0], row[9], row[1]): row
        for row in json.loads(index.removeprefix("window.lakefrontIndex = ").removesuffix(";\n"))
    }
    for metric in reference.metrics.values():
        assert metric.label in pages[f"metrics/{metric.name}.html"].text
        assert entries["metric", "", metric.name][5] == list(metric.synonyms)
    for dataset in reference.datasets.values():
        page = pages[f"datasets/{dataset.name}.html"]
        assert {f"column-{column.name}" for column in dataset.columns} <= set(page.ids)
        assert all(("dimension", dataset.name, column.name) in entries for column in dataset.columns)
        assert sum(name.startswith("rule-") for name in page.ids) == len(dataset.quality)
    for view in reference.views.values():
        assert {f"column-{name}" for name in view.outputs()} <= set(pages[f"views/{view.name}.html"].ids)
    assert {f"models/{file.stem}.html" for file in reference.files} <= set(pages)


def test_a_metric_is_told_from_its_columns_to_its_dashboards(files: dict[str, str]) -> None:
    page = Document(files["metrics/gross_margin.html"])
    assert "Certified by Finance" in page.text
    assert "mailto:sales-analytics@example.com" in page.links
    assert "gross_profit / revenue" in page.text
    # gross_profit sums a computed column: what that is made of is told as well.
    assert "sales.order_items.net_amount, sales.order_items.cost_amount" in page.text
    assert {
        "../datasets/order_items.html#column-profit_amount",
        "../datasets/order_items.html#column-cost_amount",
        "../metrics/revenue.html",
        "../views/sales.html",
    } <= set(page.links)
    dashboards = [link for link in page.links if link.startswith("../dashboards.html#dashboard-")]
    assert dashboards
    assert "http://superset.example/superset/dashboard/sales-overview/" in Document(files["dashboards.html"]).links


def test_a_column_is_told_who_comes_from_it(files: dict[str, str]) -> None:
    links = Document(files["datasets/order_items.html"]).links
    assert "../metrics/gross_profit.html" in links
    assert "../metrics/revenue_growth.html" in links


def test_texts_of_a_model_are_never_markup(tmp_path: Path) -> None:
    for page in read_site(_files(_layer(tmp_path))).values():
        assert page.tags.count("script") == 3
        assert "alert" not in "".join(page.links)
    assert EVIL in Document(_files(_layer(tmp_path))["datasets/orders.html"]).text


def test_nothing_is_fetched_from_elsewhere(files: dict[str, str]) -> None:
    for name, page in read_site(files).items():
        outside = [link for link in page.links if "://" in link or link.startswith("//")]
        assert all(link.startswith("http://superset.example/") for link in outside), name
    assert "url(" not in files["assets/site.css"]
    assert "@import" not in files["assets/site.css"]


def test_a_layer_without_charts_has_no_dashboards(tmp_path: Path) -> None:
    made = _files(_layer(tmp_path))
    assert "dashboards.html" not in made
    assert not [link for page in read_site(made).values() for link in page.links if "dashboards" in link]


def test_the_same_models_give_the_same_bytes(tmp_path: Path) -> None:
    for seed in ("1", "2"):  # of hashes, and so of the order of sets
        done = lakefront("semantic", "docs", "--out", str(tmp_path / seed), env={"PYTHONHASHSEED": seed})
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == str(tmp_path / seed / "index.html")
    first, second = (
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (tmp_path / "1", tmp_path / "2")
    )
    assert first == second
    assert len(first) > 80


def test_an_earlier_site_is_replaced_as_a_whole(tmp_path: Path) -> None:
    replace_folder({"index.html": "old", "metrics/gone.html": "old"}, tmp_path / "site")
    replace_folder({"index.html": "new"}, tmp_path / "site")
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == [MARKER, "index.html"]
    assert (tmp_path / "site" / "index.html").read_text(encoding="utf-8") == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_what_others_wrote_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    done = lakefront("semantic", "docs", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "docs-foreign-folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(BadInputError, match="did not write"):
        replace_folder({"index.html": "new"}, tmp_path / "notes.txt")


def _graphs(layer: SemanticLayer, usage: Usage) -> list[Graph]:
    site = Site(layer, usage, LookTable(), "Shop", ROOT)
    return [
        *(metric_graph(site, name, "p") for name in layer.metrics),
        *(dataset_graph(site, name, "p") for name in layer.datasets),
        *(neighbours_graph(site, name, "p") for name in layer.datasets),
        *(view_graph(site, view, "p") for view in layer.views.values()),
        *overview_graphs(site, "p"),
    ]


def _check(graph: Graph) -> None:
    """Boxes are apart, and no line runs through a box: between layers it bends, over a layer it is straight."""
    layout = arrange(graph)
    boxes = list(layout.boxes.values())
    assert all(box.x >= 0 and box.y >= 0 for box in boxes)
    assert all(box.x + box.width < layout.width and box.y + box.height < layout.height for box in boxes)
    for at, a in enumerate(boxes):
        for b in boxes[at + 1 :]:
            assert a.x + a.width < b.x or b.x + b.width < a.x or a.y + a.height < b.y or b.y + b.height < a.y
    for _edge, points in layout.lines:
        assert len(points) % 2 == 0
        assert [x for x, _ in points] == sorted(x for x, _ in points)
        for (left, y), (right, other) in zip(points[1:-1:2], points[2:-1:2], strict=True):
            assert y == other
            assert not [
                box for box in boxes if box.x < right and left < box.x + box.width and box.y < y < box.y + box.height
            ]


def test_boxes_are_apart_and_lines_go_around_them(reference: SemanticLayer, usage: Usage, tmp_path: Path) -> None:
    for layer in (reference, load_files([GOLDEN]), _layer(tmp_path, more=60)):
        for graph in _graphs(layer, usage):
            _check(graph)
    _check(Graph((), (), {}))


def test_lines_over_several_layers_are_in_the_picture(reference: SemanticLayer, usage: Usage) -> None:
    lines = [points for graph in _graphs(reference, usage) for _, points in arrange(graph).lines]
    assert max(map(len, lines)) > 2


def test_datasets_in_a_circle_are_drawn_with_an_arrow_back(tmp_path: Path) -> None:
    columns = "columns: [{name: id, type: bigint, description: Number.}]"
    names = ("a", "b", "c")
    datasets = [f"  - {{name: {n}, source: s.{n}, description: D., primary_key: [id], {columns}}}" for n in names]
    circle = [
        f"  - {{name: {x}_{y}, from: {x}, to: {y}, from_columns: [id], to_columns: [id]}}"
        for x, y in zip(names, (*names[1:], names[0]), strict=True)
    ]
    file = tmp_path / "circle.yml"
    head = ["version: 1", "name: c", "description: D.", "owner: o"]
    file.write_text("\n".join([*head, "datasets:", *datasets, "relationships:", *circle]), encoding="utf-8")
    layer = load_files([file])
    (graph,) = overview_graphs(Site(layer, Usage(), LookTable(), "C", ROOT), "map.html")
    assert [edge.back for edge in graph.edges].count(True) == 1
    _check(graph)
    assert dead_links(_files(layer)) == []


def test_sixty_metrics_are_drawn_in_short_and_in_full_on_request(tmp_path: Path) -> None:
    page = Document(_files(_layer(tmp_path, more=60))["datasets/orders.html"])
    assert "… 50 more" in page.text
    assert "Show all 63 boxes" in page.text


def test_one_box_is_a_picture_too() -> None:
    drawn = picture(Graph((Node("a", "dataset", 0, "one"),), (), {}), "One")
    assert Document(drawn).text == "Oneone"


def test_a_line_is_told_where_it_starts_and_ends() -> None:
    nodes = (Node("a", "dataset", 0, "a"), Node("b", "metric", 1, "b"))
    drawn = picture(Graph(nodes, (Edge(("a", None), ("b", None), tip="<why>"),), {}), "Two")
    assert 'data-from="a" data-to="b"' in drawn
    assert "&lt;why&gt;" in drawn


def test_long_names_are_cut_where_they_would_leave_the_box() -> None:
    assert shorten("short", 200, 13) == "short"
    cut = shorten("매출액 " * 20, 200, 13)
    assert cut.endswith("…")
    assert text_width(cut, 13) <= 200


@pytest.mark.parametrize(
    "look",
    [
        LookTable(),
        LookTable(primary="#FFE600", ink="#777777", good="#AAFFAA", surface="#FDF6E3", dark_surface="#404040"),
    ],
    ids=["default", "pale"],
)
def test_text_can_be_read_whatever_colours_are_chosen(look: LookTable) -> None:
    themes = [dict(re.findall(r"--([a-z-]+): (#\w+);", block)) for block in theme_css(look).split("\n") if block]
    assert len(themes) == 3
    for colours in themes:
        for ink in ("ink", "muted", "link", "good", "warning", "bad"):
            for ground in ("surface", "alt", "tint"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
        assert contrast(colours["fill"], "#FFFFFF") >= 4.5
