"""A dashboard as of a date, on the running stack: its numbers are those of the command line and of plain SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from lakefront.config import Settings
from lakefront.superset.client import SupersetClient
from lakefront.trino import Trino
from tests.support.cli import lakefront
from tests.support.superset import Visitor, messages

pytestmark = pytest.mark.stack

PEOPLE: Final = ("ana", "elena")
DAYS: Final = ("2026-03-31", "2026-07-31")
CLOSES: Final = [
    "2025-11-30", "2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30",
    "2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31",
]  # fmt: skip
METRICS: Final = ["booked_net_revenue", "booked_orders"]
SUMS: Final = "sum(revenue) - sum(refunds), sum(orders)"


class House:
    """Superset with the bundle in it, two people who look at it, and Trino beside it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        with SupersetClient.from_settings(settings) as admin:
            self.datasets = {asset.title: asset.id for asset in admin.assets("dataset")}
            self.databases = {asset.title: asset.id for asset in admin.assets("database")}
        self.visitors = {name: Visitor(settings, name) for name in PEOPLE}
        self._trino = Trino.from_settings(settings, source="lakefront-tests")

    def rows(self, user: str, sql: str) -> list[tuple[Any, ...]]:
        """Return what Trino itself shows a person."""
        return self._trino.signed_in_as(user).query(sql).rows

    def sums(self, user: str, day: str | None = None, where: str = "TRUE") -> list[float]:
        """Return net revenue and orders by plain SQL."""
        version = f"FOR TIMESTAMP AS OF TIMESTAMP '{day} 23:59:59.999 UTC'" if day else ""
        (row,) = self.rows(user, f"SELECT {SUMS} FROM sales.monthly_close {version} WHERE {where}")
        return [float(value) for value in row]

    def asked(self, user: str, show: str, value: Any = None, **more: Any) -> httpx.Response:
        """Ask Superset for the same numbers of a state, as of what a filter says."""
        filters = [{"col": "as_of", "op": "IN", "val": value}] if value is not None else []
        query = {"metrics": [f"{name}_{show}" for name in METRICS], "filters": filters, **more.pop("query", {})}
        return self.visitors[user].chart_data(self.datasets["monthly_results_as_of"], query, **more)

    def close(self) -> None:
        for visitor in self.visitors.values():
            visitor.close()


@pytest.fixture(scope="module")
def house(stack: Settings) -> Iterator[House]:
    made = House(stack)
    yield made
    made.close()


def numbers(response: httpx.Response) -> list[float]:
    assert response.status_code == 200, messages(response)
    (row,) = response.json()["result"][0]["data"]
    return [float(value) for value in row.values()]


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("day", DAYS)
def test_the_dashboard_the_command_line_and_plain_sql_agree(house: House, name: str, day: str) -> None:
    truth = house.sums(name, day)
    assert numbers(house.asked(name, "then", [day])) == pytest.approx(truth)
    metrics = [word for metric in METRICS for word in ("--metric", metric)]
    run = lakefront(
        "semantic", "query", *metrics, "--as-of", day, "--user", name, "--format", "json", home=house.settings.home.root
    )
    assert run.returncode == 0, run.stderr
    (row,) = json.loads(run.stdout)
    assert [float(row[metric]) for metric in METRICS] == pytest.approx(truth)
    same_months = house.sums(name, where=f"month <= DATE '{day}'")
    assert numbers(house.asked(name, "restated", [day])) == pytest.approx(same_months)
    change = [now - then for now, then in zip(same_months, truth, strict=True)]
    assert numbers(house.asked(name, "change", [day])) == pytest.approx(change)
    assert all(abs(value) > 10 for value in change), "the books were restated since"
    assert numbers(house.asked(name, "today", [day])) == pytest.approx(house.sums(name))


def test_two_people_see_two_numbers(house: House) -> None:
    everything, hers = (house.sums(name, DAYS[0]) for name in PEOPLE)
    assert hers[0] < everything[0] / 2
    regions = house.visitors["elena"].chart_data(
        house.datasets["monthly_results_as_of"],
        {"columns": ["region"], "filters": [{"col": "as_of", "op": "IN", "val": [DAYS[0]]}]},
    )
    assert {row["region"] for row in regions.json()["result"][0]["data"]} == {"EU"}


def test_without_a_choice_it_is_today(house: House) -> None:
    today = house.sums("ana")
    assert numbers(house.asked("ana", "then")) == pytest.approx(today)
    assert numbers(house.asked("ana", "change")) == [0, 0]


def test_each_date_and_each_person_has_her_own_entry_in_the_cache(house: House) -> None:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for name in PEOPLE:
        for day in DAYS:
            assert numbers(house.asked(name, "then", [day], force=True))
            again = house.asked(name, "then", [day])
            found[name, day] = again.json()["result"][0]
            assert found[name, day]["is_cached"] is True
            assert numbers(again) == pytest.approx(house.sums(name, day))
    assert len({item["cache_key"] for item in found.values()}) == len(found)


def test_form_data_that_say_another_date_change_nothing(house: House) -> None:
    other = {
        "expressionType": "SIMPLE",
        "clause": "WHERE",
        "subject": "as_of",
        "operator": "IN",
        "comparator": [DAYS[1]],
    }
    form_data = {
        "adhoc_filters": [other],
        "extra_form_data": {"filters": [{"col": "as_of", "op": "IN", "val": [DAYS[1]]}]},
    }
    answer = house.asked("ana", "then", [DAYS[0]], force=True, form_data=form_data)
    assert numbers(answer) == pytest.approx(house.sums("ana", DAYS[0]))


@pytest.mark.parametrize(
    "value", ["2026-07-31' AS t --", ["2026-07-31", "2026-06-30"], ["now"], ["{{ current_username() }}"], "2026"]
)
def test_what_is_no_date_is_refused_in_a_sentence(house: House, value: Any) -> None:
    response = house.asked("ana", "then", value)
    assert response.status_code == 400
    assert "As of when? Choose" in messages(response)


def test_a_time_before_the_first_close_has_no_state(house: House) -> None:
    response = house.asked("ana", "then", ["2020-01-01"])
    assert response.status_code == 400
    assert "at or before 2020-01-01" in messages(response)


def test_nobody_has_templates(house: House) -> None:
    text = "{{ current_username() }}{% for i in range(9) %}x{% endfor %}"
    asked = house.visitors["ana"].sql(house.databases["Lakehouse SQL"], f"SELECT '{text}' AS x")
    assert asked.status_code != 200 or asked.json()["data"] == [{"x": text}]
    metric = {"expressionType": "SQL", "label": "x", "sqlExpression": f"max('{text}')"}
    answer = house.visitors["ana"].chart_data(house.datasets["monthly_results"], {"metrics": [metric]})
    assert answer.status_code == 200, messages(answer)
    assert answer.json()["result"][0]["data"] == [{"x": text}]
    filled = {**metric, "sqlExpression": "max('{{ as_of(''as_of'') }}')"}
    answer = house.visitors["ana"].chart_data(house.datasets["monthly_results"], {"metrics": [filled]})
    assert "TIMESTAMP" not in answer.text


@pytest.mark.parametrize("name", PEOPLE)
def test_the_days_to_choose_from_are_the_closes_and_tell_of_no_row(house: House, name: str) -> None:
    response = house.visitors[name].chart_data(
        house.datasets["monthly_results_as_of_dates"], {"columns": ["as_of"], "orderby": [["as_of", True]]}
    )
    assert response.status_code == 200, messages(response)
    assert [row["as_of"] for row in response.json()["result"][0]["data"]] == CLOSES


def test_who_sees_some_rows_is_told_when_and_not_how_much(house: House) -> None:
    assert len(house.rows("elena", 'SELECT made_current_at FROM sales."monthly_close$history"')) == len(CLOSES)
    for name in ("snapshots", "files", "partitions", "refs"):
        with pytest.raises(Exception, match=r"monthly_close"):
            house.rows("elena", f'SELECT * FROM sales."monthly_close${name}"')
    with pytest.raises(Exception, match=r"monthly_close"):
        house.rows("tom", 'SELECT * FROM sales."monthly_close$history"')


def test_the_sample_is_the_same_everywhere(house: House) -> None:
    """Of months that were long closed, the partners' late report in the EU is what changed most."""
    rows = house.rows(
        "ana",
        "SELECT n.month, n.region, n.channel, n.orders - t.orders AS change FROM sales.monthly_close AS n "
        "JOIN sales.monthly_close FOR TIMESTAMP AS OF TIMESTAMP '2026-07-31 23:59:59.999 UTC' AS t "
        "ON t.month = n.month AND t.region = n.region AND t.channel = n.channel WHERE t.month < DATE '2026-07-01' "
        "ORDER BY abs(n.revenue - t.revenue) DESC LIMIT 1",
    )
    assert [str(value) for value in rows[0][:3]] == ["2026-05-01", "EU", "partner"]
    (total,) = house.rows("ana", "SELECT count(*), sum(orders), sum(revenue), sum(refunds) FROM sales.monthly_close")
    assert [str(value) for value in total] == ["720", "195031", "51937751.75", "3536633.57"]
