"""Thousands of mixed requests of several people at once, most from the cache: each has her own answer."""

from __future__ import annotations

import csv
import io
import itertools
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from tests.support.embedding import Shown
from tests.support.house import OPEN, House
from tests.support.superset import Guest

pytestmark = pytest.mark.stack

#: Requests of all people together, in less than the life of a guest's token.
_OF_ONE_TOKEN: Final = 1000
PEOPLE = ("admin", "ana", "dana", "elena", "tom", "victor")
#: Questions whose answers tell people apart, and some that do not.
QUESTIONS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("customer_list", ("region",), "signups"),
    ("customer_list", ("region", "country"), "signups"),
    ("customer_list", ("full_name",), "signups"),
    ("business_accounts", ("region",), "accounts"),
    ("daily_statistics", ("underlying",), "daily_volume"),
    ("media", ("kind",), "assets"),
    ("sales", ("region",), "revenue"),
)
WAYS = ("json", "csv", "guest", "guest csv")
AT_ONCE = 6
#: One in so many asks Trino anew, and so replaces what the cache has.
FORCED = 25


@dataclass(frozen=True)
class Request:
    """One of the requests of a run."""

    person: str
    question: tuple[str, tuple[str, ...], str]
    way: str
    force: bool


def _requests(count: int) -> list[Request]:
    """Return so many requests in an order that is the same each time: every combination, shuffled, again and again."""
    chance = random.Random(20260901)  # noqa: S311 - an order, not a secret
    every = list(itertools.product(PEOPLE, QUESTIONS, WAYS))
    found: list[Request] = []
    while len(found) < count:
        chance.shuffle(every)
        found += [Request(*item, force=chance.randrange(FORCED) == 0) for item in every]
    return found[:count]


def _rows(response: httpx.Response, columns: tuple[str, ...], metric: str) -> Any:
    """Return an answer in a form that is the same for JSON and CSV; None for a refusal."""
    if response.status_code >= 400:
        assert response.status_code in (400, 403), response.text[:500]
        return None
    if response.headers["content-type"].startswith("text/csv"):
        _, *rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))  # headed as people see them
        found = [dict(zip((*columns, metric), row, strict=True)) for row in rows]
    else:
        found = response.json()["result"][0]["data"]
    return Counter((*(str(row[name] or "") for name in columns), round(float(row[metric] or 0), 4)) for row in found)


def _run(house: House, shown: Shown, count: int) -> Counter[str]:
    """Ask, and compare each answer with what Trino gave that person; return how many came from where."""
    guests: dict[str, Guest] = {}
    house.visitors  # noqa: B018 - everybody signs in before the first request
    expected: dict[tuple[str, Any], Any] = {}
    for name, question in itertools.product(PEOPLE, QUESTIONS):
        dataset, columns, metric = question
        if name in OPEN[dataset]:
            rows = house.rows(name, house.sql_of(dataset, list(columns), [metric]))
            key = [(*(str(value or "") for value in row[:-1]), round(float(row[-1] or 0), 4)) for row in rows]
            expected[name, question] = Counter(key)
    told: Counter[str] = Counter()

    def ask(request: Request) -> tuple[Request, httpx.Response]:
        dataset, columns, metric = request.question
        query = {"columns": list(columns), "metrics": [metric], "row_limit": 10_000}
        more = {"result_format": "csv" if request.way.endswith("csv") else "json", "force": request.force}
        if request.way.startswith("guest"):
            return request, shown.ask(guests[request.person], dataset, query, **more)
        return request, house.visitors[request.person].chart_data(house.datasets[dataset], query, **more)

    def compare(request: Request, response: httpx.Response) -> None:
        _, columns, metric = request.question
        seen = _rows(response, columns, metric)
        wanted = expected.get((request.person, request.question))
        assert seen == wanted, f"{request}: {response.text[:500]}"
        told["refused" if seen is None else request.way] += 1
        if seen is not None and request.way in ("json", "guest") and not request.force:
            told["cached" if response.json()["result"][0]["is_cached"] else "asked"] += 1

    requests = iter(_requests(count))
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        # A page gives its guest another token every five minutes.
        while some := list(itertools.islice(requests, _OF_ONE_TOKEN)):
            guests |= {name: shown.guest(name) for name in PEOPLE}
            for request, response in pool.map(ask, some):
                compare(request, response)
            for guest in guests.values():
                guest.close()
    return told


def _check(house: House, told: Counter[str], count: int, least: float) -> None:
    assert sum(told[way] for way in (*WAYS, "refused")) == count
    assert min(told[way] for way in (*WAYS, "refused")) > count / 20
    assert told["cached"] > least * (told["cached"] + told["asked"]), f"the cache was hardly in use: {told}"


def test_mixed_requests_give_each_person_her_own(house: House, shown: Shown) -> None:
    told = _run(house, shown, 300)
    _check(house, told, 300, 0.3)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_ten_thousand_mixed_requests_give_each_person_her_own(house: House, shown: Shown) -> None:
    told = _run(house, shown, 10_000)
    print(dict(told))  # noqa: T201 - the figures of a run that takes minutes
    _check(house, told, 10_000, 0.9)
