"""What a person sees whose Superset files are wrong: file, line, column, and what mends it."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from lakefront.config import load_settings
from lakefront.errors import BadInputError, CheckFailedError
from lakefront.semantic import SemanticLayer, load_files
from lakefront.semantic.source import read_source
from lakefront.stack.superset import environment_python
from lakefront.superset.bundle import AssetFile, Bundle, read_bundle
from lakefront.superset.layout_check import layout_problems
from lakefront.superset.queries.form import VIZ_TYPES as DERIVED_TYPES
from lakefront.superset.validate import Problem, SchemaCheck, Severity, validate, validate_folder
from lakefront.superset.validate.codes import ERRORS, WARNINGS
from lakefront.superset.validate.problem import Problems
from lakefront.superset.validate.read import read_assets
from lakefront.superset.viz_model import ParamKind
from lakefront.superset.viz_registry import (
    DROPPED,
    OTHER_TYPES,
    REGISTERED,
    SHARED_COLUMNS,
    SHARED_METRICS,
    SUCCESSORS,
)
from lakefront.superset.viz_types import VIZ_TYPES
from tests.support.cli import ROOT, lakefront
from tests.support.golden import check_golden

INVALID = Path(__file__).parent / "superset_invalid"
CASES = cast("dict[str, dict[str, str]]", read_source(INVALID / "cases.yml").data)


@pytest.fixture(scope="module")
def layer() -> SemanticLayer:
    return load_files([INVALID / "models.yml"])


def _problems(folder: Path, layer: SemanticLayer) -> list[Problem]:
    return list(validate_folder(folder, layer).problems)


def _long(text: str) -> str:
    return re.sub(r"\{long:(\d+)\}", lambda found: "x" * int(found.group(1)), text)


def _break(folder: Path, name: str, case: dict[str, str]) -> None:
    file = folder / case["file"]
    if "text" in case:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(case["text"], encoding="utf-8")
        return
    text = file.read_text(encoding="utf-8")
    for old, new in (("old", "new"), ("and_old", "and_new")):
        if old in case:
            assert case[old] in text, f"{name}: {case['file']} does not hold {case[old]!r}"
            text = text.replace(case[old], _long(case[new]), 1)
    file.write_text(text, encoding="utf-8")


def test_the_bundle_that_the_cases_break_is_sound(layer: SemanticLayer) -> None:
    assert _problems(INVALID / "bundle", layer) == []


def test_broken_bundles_are_told_with_these_words(layer: SemanticLayer, tmp_path: Path) -> None:
    assert len(CASES) >= 80
    told: list[str] = []
    without_it: list[str] = []
    for name, case in CASES.items():
        folder = tmp_path / name
        shutil.copytree(INVALID / "bundle", folder)
        _break(folder, name, case)
        found = _problems(folder, layer)
        if case["code"] not in {problem.code for problem in found}:
            without_it.append(f"{name}: {[problem.code for problem in found]}")
        lines = [
            f"{item.severity.value} {item.where}: {item.what} [{item.code}]\n  to mend it: {item.fix}" for item in found
        ]
        told.append(f"== {name}\n" + "\n".join(lines).replace(f"{folder}/", "") + "\n")
    assert without_it == []
    check_golden(INVALID / "cases.txt", "".join(told))


def _dashboard(folder: Path, name: str, case: dict[str, str]) -> AssetFile | None:
    """Return the dashboard that a case breaks in a copy of the bundle, None where it breaks another kind of asset."""
    if not case["file"].startswith("dashboards/"):
        return None
    shutil.copytree(INVALID / "bundle", folder)
    _break(folder, name, case)
    return AssetFile(case["file"], read_source(folder / case["file"]))


def test_what_validate_says_of_a_layout_is_what_the_bundle_is_refused_for(layer: SemanticLayer, tmp_path: Path) -> None:
    broken = 0
    for name, case in CASES.items():
        asset = _dashboard(tmp_path / name, name, case)
        if asset is None or not isinstance(asset.data.get("layout"), list):
            continue
        grammar = list(layout_problems(asset.data["layout"]))
        found = _problems(tmp_path / name, layer)
        said = {(item.code, str(item.where), item.what) for item in found}
        of_grammar = {(item.code, str(item.where(asset.source)), item.what) for item in grammar}
        assert of_grammar <= said, name
        refused = None
        try:
            read_bundle(tmp_path / name)
        except BadInputError as error:
            refused = error
        codes = {"asset-layout", "asset-layout-twice"}
        of_form = {item for item in said if item[0] == "asset-layout-form"}
        assert bool(refused and refused.code in codes) == bool(of_form | of_grammar), name
        if grammar:
            assert refused is not None
            assert (str(refused.where), refused.what) in {item[1:] for item in of_grammar}, name
            assert of_form <= of_grammar, name
            broken += 1
    assert broken >= 25


def test_every_code_has_a_case_but_those_of_the_reader_and_of_superset_itself() -> None:
    covered = {case["code"] for case in CASES.values()}
    elsewhere = {
        "yaml-unreadable",
        "yaml-too-large",
        "yaml-too-deep",
        "assets-missing",
        "asset-schema",
        "asset-many-charts",
    }
    assert ERRORS.keys() | WARNINGS.keys() == covered | elsewhere
    assert not covered & elsewhere


def test_all_problems_are_told_by_file_and_line(layer: SemanticLayer, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(INVALID / "bundle", tmp_path / "assets"))
    for name in ("too_many_rows", "unknown_key", "column_unknown", "dml_allowed", "row_too_wide", "theme_missing"):
        _break(folder, name, CASES[name])
    found = _problems(folder, layer)
    assert [(item.where.file.name, item.code) for item in found] == [
        ("by-region.yaml", "asset-column"),
        ("by-region.yaml", "asset-row-limit"),
        ("revenue.yaml", "asset-description"),
        ("revenue.yaml", "asset-unknown-key"),
        ("overview.yaml", "asset-theme"),
        ("overview.yaml", "asset-width"),
        ("lake.yaml", "asset-dml"),
    ]
    places = [(str(item.where.file), item.where.line, item.where.column) for item in found]
    assert places == sorted(places)


def test_a_full_tab_is_told(layer: SemanticLayer, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(INVALID / "bundle", tmp_path / "assets"))
    template = (folder / "charts" / "by-region.yaml").read_text(encoding="utf-8")
    rows: list[str] = []
    for number in range(26):
        text = template.replace("44444444-4444", f"444444{number:02d}-4445").replace("By region", f"Chart {number}")
        (folder / "charts" / f"c{number}.yaml").write_text(text, encoding="utf-8")
        rows.append(f"          - chart: c{number}\n")
    board = folder / "dashboards" / "overview.yaml"
    text = board.read_text(encoding="utf-8")
    marker = "      - tab: Regions\n        layout:\n"
    assert marker in text
    board.write_text(text.replace(marker, marker + "".join(rows)), encoding="utf-8")
    found = [str(item.what) for item in _problems(folder, layer)]
    assert found == ["there are 27 charts on this tab; over 25 load slowly"]


@pytest.mark.parametrize(
    "sql",
    [
        "region IN {{ filter_values('region') | where_in }}",
        "region = '{{ url_param('region') | replace(\"'\", \"''\") }}'",
        "amount > {{ url_param('least') | int }}",
        "region IN {{ get_filters('region')[0].val | where_in }}",
        "owner = '{{ current_username() }}' {# filter_values('x') is a comment #}",
        "{% if filter_values('region') %} 1 = 1 {% endif %}",
        "{% macro own(x) %}{{ x }}{% endmacro %} {{ own(1) }} = 1",
        "{% set names = filter_values('region') | where_in %} region IN {{ names }}",
    ],
)
def test_escaped_values_are_no_problem(sql: str, layer: SemanticLayer, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(INVALID / "bundle", tmp_path / "assets"))
    file = folder / "datasets" / "lake" / "shop.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("amount > 0", sql), encoding="utf-8")
    assert _problems(folder, layer) == []


@pytest.mark.parametrize(
    "params",
    [
        {"all_columns": ["region"]},
        {"all_columns": ["region"], "query_mode": "raw"},
        {"percent_metrics": ["revenue"]},
        {"all_columns": ["region"], "groupby": ["region"], "query_mode": "aggregate"},
    ],
)
def test_a_table_is_asked_for_what_its_query_mode_shows(
    params: dict[str, Any], layer: SemanticLayer, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(INVALID / "bundle", tmp_path / "assets"))
    file = folder / "charts" / "by-region.yaml"
    data = cast("dict[str, Any]", read_source(file).data)
    filters = data["params"]["adhoc_filters"]
    data |= {"viz_type": "table", "params": {**params, "adhoc_filters": filters}, "certified_by": "Finance"}
    file.write_text(json.dumps(data), encoding="utf-8")
    assert _problems(folder, layer) == []


def test_every_type_is_either_modelled_or_only_known() -> None:
    assert not VIZ_TYPES.keys() & OTHER_TYPES.keys()
    assert not REGISTERED.keys() & (SUCCESSORS.keys() | DROPPED.keys())
    assert set(SUCCESSORS.values()) <= VIZ_TYPES.keys()
    assert sorted(VIZ_TYPES) == sorted(DERIVED_TYPES), "those that are modelled are those whose query is derived"
    columns, metrics = (ParamKind.COLUMN, ParamKind.COLUMNS), (ParamKind.METRIC, ParamKind.METRICS)
    for kind in REGISTERED.values():
        other = {param.name for param in kind.params} - {*kind.of(*columns)}
        assert not other & set(SHARED_COLUMNS), f"{kind.name}: a column in every type is something else here"
        other = {param.name for param in kind.params} - {*kind.of(*metrics)}
        assert not other & set(SHARED_METRICS), f"{kind.name}: a metric in every type is something else here"


def test_an_empty_folder_is_told(layer: SemanticLayer, tmp_path: Path) -> None:
    assert [item.code for item in _problems(tmp_path, layer)] == ["assets-missing"]


def test_the_reference_bundle_has_no_errors() -> None:
    found = validate_folder(ROOT / "superset_assets", None).problems
    assert [str(item) for item in found if item.severity is Severity.ERROR] == []


def test_the_page_lists_every_code() -> None:
    page = (ROOT / "docs" / "how-to" / "superset-validate.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (error|warning) \| (.+) \|$", page, re.MULTILINE)
    codes = [(code, "error", text) for code, text in ERRORS.items()]
    codes += [(code, "warning", text) for code, text in WARNINGS.items()]
    assert rows == codes


def test_superset_s_own_schemas_are_asked_and_their_answer_is_kept(layer: SemanticLayer, tmp_path: Path) -> None:
    settings = load_settings(bundle=ROOT)
    python = environment_python(settings)
    if python is None:
        pytest.skip("Superset's environment is not installed: `lakefront up` installs it")
    folder = Path(shutil.copytree(INVALID / "bundle", tmp_path / "assets"))
    for name, old, new in (
        ("charts/revenue.yaml", "slice_name: Revenue", "slice_name: Revenue\ncache_timeout: soon\nbogus: 1"),
        ("datasets/lake/shop.yaml", "    type: VARCHAR", "    type: VARCHAR\n    groupby: perhaps"),
        ("databases/lake.yaml", "  cost_estimate_enabled: true", "  cost_estimate: true"),
    ):
        _break(folder, name, {"file": name, "old": old, "new": new})
    check = SchemaCheck(python, tmp_path / "cache", settings.environ)
    found = validate_folder(folder, layer, check).problems
    assert [f"{item.where}: {item.what} [{item.code}]".removeprefix(f"{folder}/") for item in found] == [
        "charts/revenue.yaml:5:1: Superset's import refuses 'cache_timeout': not a valid integer [asset-schema]",
        # in our own words, and not again in marshmallow's
        "charts/revenue.yaml:6:1: a chart has no key 'bogus'. [asset-unknown-key]",
        "databases/lake.yaml:8:3: Superset's import refuses 'extra.cost_estimate': unknown field [asset-schema]",
        "datasets/lake/shop.yaml:17:5: Superset's import refuses 'columns.1.groupby': not a valid boolean "
        "[asset-schema]",
    ]
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_text('{"says": {}}', encoding="utf-8")
    assert [item.code for item in validate_folder(folder, layer, check).problems] == ["asset-unknown-key"]


def test_schemas_that_do_not_answer_are_told(layer: SemanticLayer) -> None:
    with pytest.raises(CheckFailedError, match="could not be asked"):
        validate_folder(INVALID / "bundle", layer, SchemaCheck(Path("/bin/false")))


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*path, key)
        yield from _paths(item, (*path, key))


@pytest.mark.parametrize("odd", [None, 7, "²", [[]], [{}], {"a": {}}, "{{ 1 }}"], ids=repr)
def test_whatever_stands_anywhere_nothing_stops_the_check(odd: Any) -> None:
    bundle, others, _ = read_assets(INVALID / "bundle", Problems())
    every = [*bundle.assets, *others]
    told = 0
    for number, asset in enumerate(every):
        for path in _paths(asset.data):
            data = copy.deepcopy(dict(asset.data))
            place: Any = data
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = odd
            broken = [*every]
            broken[number] = AssetFile(asset.name, replace(asset.source, data=data))
            split = len(bundle.assets)
            told += bool(validate(Bundle(tuple(broken[:split])), None, broken[split:]))
    assert told > 50


def _bundle(folder: Path) -> Path:
    (folder / "lakefront.toml").write_text('[bundle]\nname = "b"\n[env.local]\n', encoding="utf-8")
    (folder / "semantic_layer" / "models").mkdir(parents=True)
    shutil.copy(INVALID / "models.yml", folder / "semantic_layer" / "models" / "shop.yml")
    return Path(shutil.copytree(INVALID / "bundle", folder / "superset_assets"))


def test_the_command_fails_on_errors_and_on_warnings_when_strict(tmp_path: Path) -> None:
    assets = _bundle(tmp_path)
    sound = lakefront("superset", "validate", cwd=tmp_path)
    assert (sound.returncode, sound.stdout) == (0, "")
    assert "not run: Superset's own import schemas" in sound.stderr, "this bundle has no environment of Superset"

    _break(assets, "warning", CASES["chart_without_owners"])
    assert lakefront("superset", "validate", "--no-schemas", cwd=tmp_path).returncode == 0
    strict = lakefront("superset", "validate", "--no-schemas", "--strict", "--format", "json", cwd=tmp_path)
    assert strict.returncode == 1
    assert [(item["severity"], item["code"]) for item in json.loads(strict.stdout)] == [("warning", "asset-owner")]

    _break(assets, "error", CASES["column_unknown"])
    failed = lakefront("superset", "validate", "--no-schemas", "--format", "markdown", cwd=tmp_path)
    assert failed.returncode == 1
    assert "| error | asset-column | shop has no column 'reguon'. Did you mean 'region'? |" in failed.stdout
    assert "6 assets" in failed.stderr
    assert "1 errors, 1 warnings" in failed.stderr
