"""The plain model of expectations by itself: conditions and masks of single values, people who are asked, verdicts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from decimal import Decimal
from typing import Any

import pytest

from lakefront.semantic import load_layer
from lakefront.semantic.policy.load import Loaded, load_policies
from lakefront.semantic.policy.matrix.ask import Answer
from lakefront.semantic.policy.matrix.case import Case
from lakefront.semantic.policy.matrix.choose import Chooser
from lakefront.semantic.policy.matrix.condition import UnknownToModelError, holds
from lakefront.semantic.policy.matrix.expect import Expectations
from lakefront.semantic.policy.matrix.masks import shown
from lakefront.semantic.policy.matrix.people import askers_of, with_askers
from lakefront.semantic.policy.matrix.verdict import equals, opens, same_set, silent
from lakefront.semantic.policy.model import Mask
from lakefront.semantic.policy.tables import Tables
from tests.support.cli import ROOT

BUNDLE = ROOT / "tests" / "data" / "policed" / "semantic_layer"
LAYER = load_layer(BUNDLE)
ROW = {
    "customer_id": 2, "full_name": "petra", "email": "petra@example.com", "phone": None,
    "birth_date": dt.date(1980, 5, 6), "region": "EU", "credit": Decimal("37.00"),
}  # fmt: skip


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load_policies(BUNDLE, LAYER)


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("region IN ({region})", True),
        ("region IN ({missing})", False),
        ("region = {region} AND credit < 37", False),
        ("phone = 'x' OR region = 'EU'", True),
        ("NOT phone = 'x'", False),
        ("phone IS NULL", True),
        ("NOT phone IS NULL", False),
        ("credit BETWEEN 37 AND 38", True),
        ("full_name = current_user", True),
        ("full_name LIKE 'p_t%'", True),
        ("regexp_like(email, '^p.*com$')", True),
        ("regexp_extract(full_name, '^([a-z])etra', 1) = 'p'", True),
        ("mailbox = 'petra'", True),
        ("birth_date >= DATE '1980-05-07'", False),
        ("upper(region) = 'EU' AND length(full_name) = 5", True),
        ("coalesce(phone, 'none') = 'none'", True),
    ],
)
def test_a_condition_is_told_true_or_not(text: str, true: bool) -> None:
    assert holds(text, LAYER.datasets["customers"], ROW, "petra", {"region": ("EU", "US")}) is true


def test_sql_that_the_model_does_not_know_is_not_guessed() -> None:
    with pytest.raises(UnknownToModelError, match="LEVENSHTEIN"):
        holds("levenshtein_distance(region, 'EU') < 2", LAYER.datasets["customers"], ROW, "petra", {})


@pytest.mark.parametrize(
    ("mask", "value", "type_", "seen"),
    [
        (Mask.NULL, "x", "varchar", None),
        (Mask.SHOW, 7, "bigint", 7),
        (Mask.HASH, 7, "bigint", None),
        (Mask.HASH, None, "varchar", None),
        (Mask.HASH, "a", "varchar(4)", "69A9"),
        (Mask.PARTIAL, "petra@example.com", "varchar", "p***@example.com"),
        (Mask.PARTIAL, "+49 30 555 0101", "varchar", "***0101"),
        (Mask.PARTIAL, "petra", "varchar", "p***"),
        (Mask.PARTIAL, "", "varchar", "***"),
        (Mask.GENERALISE, "petra", "varchar", "pe***"),
        (Mask.GENERALISE, 4711, "bigint", 4000),
        (Mask.GENERALISE, -37, "integer", -30),
        (Mask.GENERALISE, Decimal("0.37"), "decimal(4,2)", Decimal("0.3")),
        (Mask.GENERALISE, 0, "bigint", 0),
        (Mask.GENERALISE, dt.date(1980, 5, 6), "date", dt.date(1980, 1, 1)),
        (Mask.GENERALISE, True, "boolean", None),
    ],
)
def test_a_mask_leaves_what_the_documentation_says(mask: Mask, value: Any, type_: str, seen: Any) -> None:
    assert shown(mask, value, type_, b"key") == seen


def test_each_role_and_each_standing_is_asked_once(loaded: Loaded) -> None:
    askers = {asker.name: asker for asker in askers_of(loaded)}
    # Self filters by the name of the person, so petra does not stand for all who have it.
    assert set(askers) == {"ana", "lost", "mia", "mixed", "petra", "root", "vic", "matrix.Self"}
    assert askers["mixed"].roles == ("Manager", "Viewer")


def test_there_is_a_row_on_either_side_of_every_filter(loaded: Loaded) -> None:
    askers = askers_of(loaded)
    expectations = Expectations(with_askers(loaded.policies, askers), LAYER, "iceberg")
    chooser = Chooser(expectations, askers)
    table = chooser.table(Tables(LAYER, loaded.policies.roles).tables["shop.customers"])
    assert table is not None
    assert chooser.not_run == []
    for name in ("mia", "petra", "matrix.Self"):
        asker = next(asker for asker in askers if asker.name == name)
        sides = {masks is not None for masks in expectations.seen(asker, table).masks}
        assert sides == {True, False}
    values = [str(row[name]) for row in table.rows for name in ("email", "phone", "undescribed") if row[name]]
    assert len(set(values)) == len(values)


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        # Her masks differ from table to table; two rollups and nothing else are shown whole.
        ("ana", [{"by_day", "by_region"}, {"by_mailbox"}, {"customers"}, {"orders"}, {"secrets"}]),
        # The same rows and the same masks, on tables that are of the same kind.
        ("mia", [{"by_day"}, {"by_mailbox"}, {"by_region"}, {"customers", "orders"}, {"secrets"}]),
        ("root", [{"by_day", "by_region"}, {"by_mailbox"}, {"customers", "orders", "secrets"}]),
    ],
)
def test_tables_whose_rules_are_of_the_same_kinds_are_seen_alike(
    loaded: Loaded, name: str, alike: list[set[str]]
) -> None:
    askers = askers_of(loaded)
    expectations = Expectations(with_askers(loaded.policies, askers), LAYER, "iceberg")
    chooser = Chooser(expectations, askers)
    asker = next(asker for asker in askers if asker.name == name)
    found: dict[Hashable, set[str]] = {}
    for _, item in sorted(Tables(LAYER, loaded.policies.roles).tables.items()):
        table = chooser.table(item)
        assert table is not None
        case = Case(asker, table, expectations.seen(asker, table), b"key")
        found.setdefault(case.sight, set()).add(table.path[-1])
    assert list(found.values()) == alike


def _said(rows: list[tuple[Any, ...]]) -> Answer:
    return Answer(rows)


def test_a_verdict_names_the_cell() -> None:
    verdict = equals([(1, "a"), (2, None)], ("id", "name"))
    assert list(verdict(_said([(2, None), (1, "a")]))) == []
    (miss,) = verdict(_said([(1, "a"), (2, "b")]))
    assert (miss.row, miss.column, miss.expected, miss.got) == ("2", "name", "None", "'b'")
    (less,) = verdict(_said([(1, "a")]))
    assert (less.expected, less.got) == ("a row", "no row")
    (more,) = verdict(_said([(1, "a"), (2, None), (3, "c")]))
    assert (more.row, more.expected, more.got) == ("3", "no row", "a row")
    assert list(verdict(Answer([], denied="no")))


def test_only_a_refusal_is_a_refusal() -> None:
    assert list(opens(False)(Answer([], denied="no"))) == []
    assert list(opens(False)(Answer([], error="there is no such table")))
    assert list(opens(True)(Answer([], denied="no")))
    assert list(silent({"secret": ("row 1", "name")})(_said([("a secret plan",)])))
    assert list(same_set({"a"}, {"a", "b"}, "tables")(_said([("a",), ("b",), ("c",)])))
    assert list(same_set(set(), {"a"}, "tables")(Answer([], denied="no"))) == []
