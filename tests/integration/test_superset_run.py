"""Every query of the bundle as every person, on the running stack."""

from __future__ import annotations

import copy
import dataclasses
import io

import pytest
from rich.console import Console

from lakefront.cli.context import Context
from lakefront.cli.superset_run import run_and_print
from lakefront.config import Settings
from lakefront.errors import BadInputError
from lakefront.superset.apply import apply
from lakefront.superset.bundle import Bundle, read_bundle
from lakefront.superset.queries.run import Result, State, run
from tests.support.bundles import only_dashboards
from tests.support.cli import ROOT

pytestmark = pytest.mark.stack

#: All that the policies name: `grafana` is the service that asks for the boards of Ops.
EVERYBODY = ("admin", "ana", "dana", "elena", "grafana", "olga", "tom", "victor")
#: Who may open the data of sales and of marketing, written by hand from the policy.
SEES_SALES = {"admin", "ana", "dana", "victor"}
#: The same of dashboards over other data.
SEES = {
    "customer-360": {"admin", "ana", "dana", "elena"},
    "data-quality": {"admin", "grafana", "olga"},
    "lakehouse-analytics": {"admin", "ana", "dana", "tom"},
    "media": {"admin", "ana", "dana", "victor"},
    "time-machine": {"admin", "ana", "dana", "elena", "victor"},
    "usage-audit": {"admin", "grafana", "olga"},
}
#: One person of each role; who sees what another of them sees, too, is asked by `make test-long`.
ONE_OF_EACH = [
    pytest.param(name, marks=pytest.mark.long) if name in {"admin", "dana", "grafana"} else name for name in EVERYBODY
]
TOP = "charts/sales-top-products.yaml"


@pytest.fixture(scope="module")
def bundle(stack: Settings) -> Bundle:
    apply(stack, lambda _: None)
    return read_bundle(ROOT / "superset_assets")


@pytest.fixture(scope="module")
def sales(bundle: Bundle) -> Bundle:
    """The bundle with one of its dashboards."""
    return only_dashboards(bundle, "sales-overview")


def changed(bundle: Bundle, name: str, **params: object) -> Bundle:
    """Return the bundle with other parameters in one chart."""
    assets = []
    for asset in bundle.assets:
        if asset.name == name:
            data = copy.deepcopy(asset.source.data)
            data["params"].update(params)
            assets.append(dataclasses.replace(asset, source=dataclasses.replace(asset.source, data=data)))
        else:
            assets.append(asset)
    return Bundle(tuple(assets))


def test_everybody_is_asked_for_unless_somebody_is_named(stack: Settings, sales: Bundle) -> None:
    steps: list[tuple[int, int]] = []
    results = run(stack, sales, lambda done, of: steps.append((done, of)))
    assert {item.person for item in results} == set(EVERYBODY)
    _check(results)
    assert steps[-1] == (len(results), len(results))


@pytest.mark.parametrize("person", ONE_OF_EACH)
def test_a_person_gets_what_the_policies_open_and_nothing_else(stack: Settings, bundle: Bundle, person: str) -> None:
    results = run(stack, bundle, lambda *_: None, only=[person])
    assert {item.person for item in results} == {person}
    assert {item.dashboard for item in results} == {item.slug for item in bundle.of("dashboards")}
    _check(results)


def _check(results: list[Result]) -> None:
    wrong = [item for item in results if item.state in (State.ERROR, State.NOT_DERIVED)]
    assert wrong == []
    asked = [item for item in results if item.says != "asks nothing"]
    assert {item.dashboard for item in asked} == {item.dashboard for item in results}
    for item in asked:
        sees = SEES.get(item.dashboard, SEES_SALES)
        assert item.state == (State.OK if item.person in sees else State.REFUSED), item
    assert all(item.milliseconds > 0 for item in asked)
    assert all(item.rows > 0 and item.bytes > 0 for item in asked if item.state == State.OK)


def _one(results: list[Result], name: str) -> Result:
    (found,) = [item for item in results if item.name == name]
    return found


def test_a_chart_that_fails_is_told_with_the_servers_words(stack: Settings, sales: Bundle) -> None:
    broken = changed(sales, TOP, metrics=["no_such_metric"], x_axis_sort=None)
    result = _one(run(stack, broken, lambda *_: None, only=["ana"]), TOP)
    assert result.state == State.ERROR
    assert "no_such_metric" in result.says


def test_a_chart_without_a_row_is_empty(stack: Settings, sales: Bundle) -> None:
    nothing = {
        "clause": "WHERE",
        "comparator": ["nowhere"],
        "expressionType": "SIMPLE",
        "operator": "IN",
        "subject": "region",
    }
    result = _one(run(stack, changed(sales, TOP, adhoc_filters=[nothing]), lambda *_: None, only=["ana"]), TOP)
    assert (result.state, result.rows) == (State.EMPTY, 0)


def test_a_person_whom_the_policies_do_not_name(stack: Settings, sales: Bundle) -> None:
    with pytest.raises(BadInputError, match="Did you mean 'ana'") as caught:
        run(stack, sales, lambda *_: None, only=["anna"])
    assert caught.value.code == "person-unknown"


def test_what_is_printed(stack: Settings, sales: Bundle) -> None:
    out, err = io.StringIO(), io.StringIO()
    context = Context(
        bundle=ROOT,
        home=stack.home.root,
        console=Console(file=out, width=300),
        console_err=Console(file=err, width=300),
    )
    assert run_and_print(context, sales, ["victor"], "markdown") == 0
    assert f"| victor | sales-overview | chart | {TOP} | ok |" in out.getvalue()
    assert "as 1 person: " in err.getvalue()
    assert ", 0 error, 0 not derived" in err.getvalue()
    assert run_and_print(context, changed(sales, TOP, metrics=["no_such"]), ["victor"], "json") == 1
    assert f"error victor: sales-overview chart {TOP}: " in err.getvalue()
