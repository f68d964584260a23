"""Random policies and random questions: what people get through Trino is what a plain model of the policies says."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from sqlglot import exp

from lakefront.config import Settings
from lakefront.errors import LakefrontError, NotAllowedError
from lakefront.semantic import load_layer
from lakefront.semantic.emit.trino_access import access_files, write_access
from lakefront.semantic.policy import resolve
from lakefront.semantic.policy.live import followed, mask_key
from lakefront.semantic.policy.load import Loaded
from lakefront.semantic.policy.matrix.canaries import literal
from lakefront.semantic.policy.matrix.expect import Expectations
from lakefront.semantic.policy.matrix.lake import Canaried, drop, make_tables
from lakefront.semantic.policy.matrix.people import Asker
from lakefront.semantic.policy.model import Mask, Policies, Policy
from lakefront.semantic.policy.resolve import Access
from lakefront.semantic.policy.tables import Tables
from lakefront.trino import Trino
from tests.support.cli import ROOT

LAYER = load_layer(ROOT / "tests" / "data" / "policed" / "semantic_layer")
SEED = 20261121
PEOPLE = 40
_CUSTOMERS: list[tuple[Any, ...]] = [
    (1, "petra", "petra@example.com", "+49 30 555 0101", dt.date(1980, 5, 6), "EU", Decimal("4711.00")),
    (2, "quentin", "q@example.com", "+1 555 0100 202", dt.date(1999, 9, 9), "US", Decimal("37.00")),
    (3, "otto", None, None, None, "EU", Decimal("0.00")),
    (4, "rosa", "rosa@example.org", "12", dt.date(1990, 1, 1), "ASIA", Decimal("99.50")),
    (5, None, "none@example.org", "+82 2 555 0105", dt.date(1989, 12, 31), None, None),
    (6, "person3", "p3@example.net", None, dt.date(2000, 2, 29), "US", Decimal("1000.00")),
    (7, "Ümit", "ümit@example.com", "(030) 555-0107", dt.date(1975, 7, 7), "EU", Decimal("-250.00")),
]
_ORDERS: list[tuple[Any, ...]] = [
    (10, 1, "EU", dt.date(2026, 1, 1), Decimal("5.00")),
    (20, 2, "US", dt.date(2026, 1, 2), Decimal("777.00")),
    (30, 1, "US", dt.date(2026, 2, 1), Decimal("12.50")),
    (40, 6, None, dt.date(2026, 2, 2), None),
    (50, 7, "EU", None, Decimal("0.00")),
    (60, None, "ASIA", dt.date(2026, 3, 1), Decimal("88.00")),
]
_CONDITIONS = {
    "customers": (
        "region = 'EU'", "region IN ({region})", "region = {region} OR customer_id = 2", "region <> 'US'",
        "NOT region IN ('EU', 'ASIA')", "region IS NULL", "credit < 100", "credit BETWEEN 0 AND 1000",
        "credit > 500 OR full_name LIKE 'p%'", "full_name = current_user", "birth_date >= DATE '1990-01-01'",
        "mailbox = 'petra' OR region = 'US'", "regexp_like(email, '\\.org$')", "customer_id > 2 AND NOT region = 'US'",
    ),
    "orders": (
        "region IN ({region})", "amount > 10", "day < DATE '2026-02-01'", "customer_id = 1 OR region = {region}",
        "NOT (region = 'EU' OR amount IS NULL)",
    ),
}  # fmt: skip
_FITTING = {
    "full_name": ("null", "hash", "generalise", "partial", "show"), "email": ("null", "hash", "partial", "show"),
    "phone": ("partial", "show"), "birth_date": ("null", "generalise", "show"), "credit": ("null", "generalise"),
}  # fmt: skip


def _role(draw: random.Random, name: str) -> dict[str, Any]:
    datasets = draw.choice((["customers", "orders"], ["customers", "orders"], ["customers"], ["*"]))
    rows = {
        dataset: draw.choice(texts)
        for dataset, texts in _CONDITIONS.items()
        if dataset in (datasets + list(_CONDITIONS) * ("*" in datasets)) and draw.random() < 0.7
    }
    columns = {f"customers.{c}": draw.choice(masks) for c, masks in _FITTING.items() if draw.random() < 0.5}
    masks = {"pii": draw.choice([mask.value for mask in Mask])} if draw.random() < 0.6 else {}
    return {
        "name": name, "description": "Drawn.", "datasets": datasets, "rows": rows, "columns": columns, "masks": masks,
    }  # fmt: skip


def _policies(draw: random.Random) -> Policies:
    """Return one set of policies in which each person has roles of her own: as many policies as there are people."""
    roles: list[dict[str, Any]] = []
    users: list[dict[str, Any]] = []
    for number in range(PEOPLE):
        own = [_role(draw, f"Role{number}x{n}") for n in range(draw.randint(1, 3))]
        regions = draw.sample(["EU", "US", "ASIA"], draw.randint(0, 2))
        known = {"region": regions} if regions else {}
        users.append({"name": f"person{number}", "roles": [role["name"] for role in own], "attributes": known})
        roles += own
    services = [{"name": "lakefront", "description": "Loads.", "does": "maintain"}]
    policy = Policy.model_validate({
        "version": 1, "name": "drawn", "description": "Drawn.", "owner": "o", "roles": roles, "users": users,
        "services": services,
    })  # fmt: skip
    return Policies(policies=(policy,), files=())


def _table(name: str, rows: list[tuple[Any, ...]]) -> Canaried:
    model = Tables(LAYER, {}).tables[name]
    named = tuple(dict(zip(model.types, row, strict=True)) for row in rows)
    literals = tuple({key: literal(row[key], type_) for key, type_ in model.types.items()} for row in named)
    return Canaried(name, "iceberg", model.types, named, literals, model)


@dataclasses.dataclass(frozen=True)
class Question:
    """A statement and what it answers, worked out by pandas on what the person should see."""

    sql: str
    tables: tuple[str, ...]
    answer: Callable[[dict[str, pd.DataFrame]], list[tuple[Any, ...]]]


def _rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return [tuple(None if pd.isna(value) else value for value in row) for row in frame.itertuples(index=False)]


def _select(draw: random.Random) -> Question:
    table = draw.choice(("customers", "orders"))
    names = list(Tables(LAYER, {}).tables[f"shop.{table}"].types)
    columns = draw.sample(names, draw.randint(1, len(names)))
    sql = f"SELECT {', '.join(columns)} FROM shop.{table}"
    return Question(sql, (table,), lambda seen: _rows(seen[table][columns]))


def _filtered(draw: random.Random) -> Question:
    column, value = draw.choice(
        [("region", "EU"), ("full_name", "petra"), ("email", "p***@example.com"), ("phone", "***0101")]
    )
    sql = f"SELECT customer_id, {column} FROM shop.customers WHERE {column} = '{value}'"

    def answer(seen: dict[str, pd.DataFrame]) -> list[tuple[Any, ...]]:
        frame = seen["customers"]
        return _rows(frame[frame[column] == value][["customer_id", column]])

    return Question(sql, ("customers",), answer)


def _grouped(draw: random.Random) -> Question:
    column = draw.choice(("full_name", "email", "birth_date", "credit"))
    sql = f"SELECT region, count(*), count({column}), max({column}) FROM shop.customers GROUP BY region"

    def answer(seen: dict[str, pd.DataFrame]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for region, part in seen["customers"].groupby("region", dropna=False):
            values = [value for value in part[column] if not pd.isna(value)]
            key = None if pd.isna(region) else region
            found.append((key, len(part), len(values), max(values) if values else None))
        return found

    return Question(sql, ("customers",), answer)


def _joined(draw: random.Random) -> Question:
    how = draw.choice(("inner", "left"))
    sql = (
        f"SELECT o.order_id, c.customer_id, c.full_name, o.amount FROM shop.orders AS o {how} JOIN shop.customers AS c "
        "ON c.customer_id = o.customer_id"
    )

    def answer(seen: dict[str, pd.DataFrame]) -> list[tuple[Any, ...]]:
        # SQL joins no NULL with a NULL; pandas would.
        known = seen["customers"].rename(columns={"customer_id": "number"})
        orders = seen["orders"]
        both = orders.merge(known, how=how, left_on="customer_id", right_on="number", suffixes=("", "_of_customer"))
        return _rows(both[["order_id", "number", "full_name", "amount"]])

    return Question(sql, ("orders", "customers"), answer)


def _in_order(rows: list[tuple[Any, ...]]) -> list[str]:
    plain = ([v.normalize() if isinstance(v, Decimal) else v for v in row] for row in rows)
    return sorted(map(repr, plain))


class Drawn:
    """Random policies on a real Trino, beside the plain model of them."""

    def __init__(self, settings: Settings) -> None:
        draw = random.Random(SEED)  # noqa: S311 - the same policies each time
        self.settings = settings
        self.policies = _policies(draw)
        self.trino = Trino.from_settings(settings, source="lakefront-tests")
        self.tables = {
            "customers": _table("shop.customers", _CUSTOMERS), "orders": _table("shop.orders", _ORDERS),
        }  # fmt: skip
        kinds = (_select, _filtered, _grouped, _joined)
        self.questions = {name: [kind(draw) for kind in kinds] for name in self.policies.users}

    def obey(self) -> None:
        """Have Trino follow the rules that the emission makes now, and wait until it does."""
        files = access_files(Loaded(self.policies, LAYER, ()), catalog="iceberg")
        write_access(files, self.settings.home.access_rules)
        assert followed(self.trino, files.version, within=60)

    def differences(self) -> list[str]:
        """Return where Trino and the model differ, for all people and questions."""
        expectations = Expectations(self.policies, LAYER, "iceberg")
        with ThreadPoolExecutor(4) as pool:
            found = pool.map(lambda name: self._of(expectations, name), self.policies.users)
            return [line for lines in found for line in lines]

    def _of(self, expectations: Expectations, name: str) -> list[str]:
        person = self.policies.users[name]
        asker = Asker(name, person.roles, person.attributes, made_up=False)
        seen = {key: expectations.seen(asker, table) for key, table in self.tables.items()}
        key = mask_key(self.settings.secrets.signing_key)
        frames = {
            table: pd.DataFrame(seen[table].values(item, key), columns=list(item.types), dtype=object)
            for table, item in self.tables.items()
            if seen[table].opened
        }
        lines: list[str] = []
        for question in self.questions[name]:
            expected: object = "refused"
            if all(table in frames for table in question.tables):
                expected = _in_order(question.answer(frames))
            try:
                got: object = _in_order(self.trino.signed_in_as(name).query(question.sql).rows)
            except NotAllowedError:
                got = "refused"
            except LakefrontError as error:
                got = error.what
            if got != expected:
                lines.append(f"{name}: {question.sql}: expected {expected}, got {got}")
        return lines


@pytest.fixture(scope="module")
def drawn(policed: Settings) -> Iterator[Drawn]:
    made = Drawn(policed)
    tables = made.tables.values()
    assert make_tables(made.trino, tables, lambda *_: None) == {}
    yield made
    drop(made.trino, tables, (), "iceberg")


def test_everybody_gets_what_the_model_says(drawn: Drawn) -> None:
    drawn.obey()
    assert drawn.differences() == []


def _all_of(glimpses: Any) -> exp.Expr | None:
    conditions = [glimpse.condition for glimpse in glimpses if glimpse.condition is not None]
    return exp.and_(*conditions) if conditions else None


def _least_open(self: Access, column: str) -> list[tuple[exp.Expr | None, Mask]]:
    return [(None, min((glimpse.masks.get(column, Mask.NULL) for glimpse in self.glimpses), key=lambda m: m.rank))]


def _most_open_anywhere(self: Access, column: str) -> list[tuple[exp.Expr | None, Mask]]:
    return [(None, max((glimpse.masks.get(column, Mask.NULL) for glimpse in self.glimpses), key=lambda m: m.rank))]


@pytest.mark.parametrize(
    ("where", "name", "bug"),
    [
        (resolve, "_any_of", _all_of),
        (Access, "mask", _least_open),
        (Access, "mask", _most_open_anywhere),
    ],
    ids=["rows of all roles", "the least open mask", "the most open mask, whichever row"],
)
def test_a_planted_bug_is_noticed(
    drawn: Drawn, monkeypatch: pytest.MonkeyPatch, where: object, name: str, bug: object
) -> None:
    monkeypatch.setattr(where, name, bug)
    drawn.obey()
    monkeypatch.undo()
    assert drawn.differences()
