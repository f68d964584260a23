"""The ways by which one person asks for one table, as questions with what their answers should be."""

# ruff: noqa: S608 - names are quoted and values are literals of sqlglot

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Final, cast

from lakefront.semantic.policy.matrix.ask import Answer, Miss, Probe, Route, Verdict, together
from lakefront.semantic.policy.matrix.case import Case
from lakefront.semantic.policy.matrix.lake import View, quoted
from lakefront.semantic.policy.matrix.masks import kind
from lakefront.semantic.policy.matrix.verdict import ANY, equals, opens, refused_or_unsupported, silent

#: Tables about a table that tell of its rows by number only: for who sees all rows.
_OF_ROWS: Final = ("snapshots", "refs", "metadata_log_entries")
#: The one that tells when it was changed: for who sees any row, where a view lets her choose among earlier states.
_OF_TIMES: Final = ("history",)
#: Those that hold values of every column: for who sees all of it.
_OF_VALUES: Final = ("files", "partitions", "manifests", "entries", "all_manifests", "all_entries")
#: The one of them that tells sizes: of who runs the platform, without these columns.
_OF_SIZES: Final = "files"
_HIDDEN_OF_FILES: Final = ("file_path", "lower_bounds", "upper_bounds", "readable_metrics", "key_metadata")
_ORDERED: Final = ("text", "number", "date", "moment")
_PLANS: Final = ("EXPLAIN", "EXPLAIN ANALYZE", "EXPLAIN (TYPE IO, FORMAT JSON)")


def questions_of_values(case: Case, other: Case | None) -> Iterator[Probe]:
    """Yield what one person asks for values of one table. `other`: another table that she may read, to join with."""
    if not case.seen.opened:
        yield from _closed(case)
        return
    yield from _values(case, other)
    yield _aggregate(case)
    if case.rows:
        yield _predicates(case)


def questions_beside_values(case: Case) -> Iterator[Probe]:
    """Yield what else one person may try with one table: plans, tables about it, errors, writes."""
    yield from _metadata(case)
    yield from _hidden(case)
    yield from _writes(case)
    if case.seen.opened:
        yield from _errors(case)
        yield from _plans(case)
    else:
        yield from _closed_plans(case)


def _probe(case: Case, route: Route, sql: str, verdict: Verdict, cells: int = 1) -> Probe:
    return Probe(case.who, case.table.name, route, sql, verdict, cells)


def _plain(case: Case) -> Route:
    return Route.ROLLUP if case.table.model and case.table.model.rollups else Route.SELECT


def _values(case: Case, other: Case | None) -> Iterator[Probe]:
    table = case.table.sql()
    columns = ", ".join(map(quoted, case.columns))
    each = ", ".join(f"b.{quoted(name)}" for name in case.columns)
    count = len(case.rows)
    asked = [
        (_plain(case), f"SELECT {columns} FROM {table}", 1),
        (Route.SUBQUERY, f"WITH t AS (SELECT * FROM (SELECT * FROM {table})) SELECT {columns} FROM t", 1),
        (Route.SELF_JOIN, f"SELECT {each} FROM {table} AS a CROSS JOIN {table} AS b", count),
    ]
    if case.snapshot is not None:
        travelled = f"SELECT {columns} FROM {table} FOR VERSION AS OF {case.snapshot}"
        asked.append((Route.TIME_TRAVEL, travelled, 1))
    if other is not None:
        joined = f"SELECT {each} FROM {other.table.sql()} AS a CROSS JOIN {table} AS b"
        asked.append((Route.JOIN, joined, len(other.rows)))
    yield together(
        [
            _probe(case, route, sql, equals(case.values(), case.columns, times), case.cells)
            for route, sql, times in asked
        ]
    )


def _closed(case: Case) -> Iterator[Probe]:
    table = case.table.sql()
    yield _probe(case, _plain(case), f"SELECT * FROM {table}", opens(False), case.cells)
    yield _probe(case, Route.AGGREGATE, f"SELECT count(*) FROM {table}", opens(False), case.cells)
    if case.snapshot is not None:
        travelled = f"SELECT * FROM {table} FOR VERSION AS OF {case.snapshot}"
        yield _probe(case, Route.TIME_TRAVEL, travelled, opens(False), case.cells)


def _closed_plans(case: Case) -> Iterator[Probe]:
    table = case.table.sql()
    yield _probe(case, Route.PLAN, f"EXPLAIN SELECT * FROM {table}", silent(case.forbidden, answered=False))
    yield _probe(case, Route.PLAN, f"SHOW STATS FOR {table}", silent(case.forbidden, answered=False))
    yield _probe(case, Route.CATALOGUE, f"SHOW COLUMNS FROM {table}", _no_columns)


def _no_columns(said: Answer) -> Iterator[Miss]:
    if said.rows:
        yield Miss(ANY, ANY, "refused", f"{len(said.rows)} columns")


def view_question(case: Case, view: View, catalog: str, *, listed: bool) -> Probe:
    """Return the question for a view that runs as who asks. `listed`: whether one of her roles opens the view."""
    sql = f"SELECT * FROM {view.sql(catalog)}"
    if not (listed and case.seen.opened):
        return _probe(case, Route.VIEW, sql, _nothing_of_it, case.cells)
    rows = [[row[column] for _, column in view.columns] for row in case.rows]
    return _probe(case, Route.VIEW, sql, equals(rows, [name for name, _ in view.columns]), case.cells)


def _nothing_of_it(said: Answer) -> Iterator[Miss]:
    # Trino says "View owner … access denied" or "Access Denied", by what is closed: the view or what is below.
    if not (said.denied or said.error):
        yield Miss(ANY, ANY, "refused", f"{len(said.rows)} rows")


def _aggregate(case: Case) -> Probe:
    types = case.table.types
    asked: list[tuple[str, str]] = [("count(*)", "count(*)")]
    expected: list[Any] = [len(case.rows)]
    for name, type_ in types.items():
        present = [row[name] for row in case.rows if row[name] is not None]
        asked.append((name, f"array_agg({quoted(name)}) FILTER (WHERE {quoted(name)} IS NOT NULL)"))
        expected.append(_Bag(present) if present else None)
        if kind(type_) in _ORDERED:
            for function, best in (("min", min), ("max", max)):
                asked.append((name, f"{function}({quoted(name)})"))
                expected.append(best(present) if present else None)
    sql = f"SELECT {', '.join(text for _, text in asked)} FROM {case.table.sql()}"

    def verdict(said: Answer) -> Iterator[Miss]:
        if said.denied or said.error:
            yield Miss(ANY, ANY, "answered", said.denied or said.error or "")
            return
        for (name, text), wanted, got in zip(asked, expected, said.rows[0], strict=True):
            if wanted != got:
                yield Miss(text.split("(", maxsplit=1)[0], name, repr(wanted), repr(got))

    return _probe(case, Route.AGGREGATE, sql, verdict, case.cells)


class _Bag:
    """Values in any order."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, list):
            return False
        left: list[Any] = list(self.values)
        for item in cast("list[Any]", other):
            if item not in left:
                return False
            left.remove(item)
        return not left

    def __hash__(self) -> int:
        return hash(len(self.values))

    def __repr__(self) -> str:
        return repr(self.values)


def _predicates(case: Case) -> Probe:
    """Ask for the raw values of each column: a masked one must be found by none of them, an open one by its own."""
    parts: list[str] = []
    expected: list[tuple[int, int]] = []
    names: list[str] = []
    for name, type_ in case.table.types.items():
        raw = [row[name] for row in case.table.rows if row[name] is not None]
        if kind(type_) not in _ORDERED or not raw:
            continue
        present = [row[name] is not None for row in case.table.rows]
        literals = itertools.compress((row[name] for row in case.table.literals), present)
        wanted = ", ".join(dict.fromkeys(literals))
        parts.append(f"SELECT {len(names)}, count(*) FROM {case.table.sql()} WHERE {quoted(name)} IN ({wanted})")
        expected.append((len(names), sum(row[name] in raw for row in case.rows if row[name] is not None)))
        names.append(name)

    def verdict(said: Answer) -> Iterator[Miss]:
        if said.denied or said.error:
            yield Miss(ANY, ANY, "answered", said.denied or said.error or "")
            return
        got = dict(said.rows)
        for number, count in expected:
            if got.get(number) != count:
                yield Miss(ANY, names[number], f"{count} rows found", f"{got.get(number)} rows found")

    cells = len(case.table.rows) * len(names)
    return _probe(case, Route.PREDICATE, " UNION ALL ".join(parts), verdict, cells)


def _errors(case: Case) -> Iterator[Probe]:
    table = case.table.sql()
    texts = [name for name, type_ in case.table.types.items() if kind(type_) == "text" and case.masked(name)]
    hidden = [row for row, masks in zip(case.table.rows, case.seen.masks, strict=True) if masks is None]
    if hidden and not texts:
        texts = [name for name, type_ in case.table.types.items() if kind(type_) == "text"]
    for name in texts[:2]:
        # Telling the value that it could not make a number of is what this error is for.
        sql = f"SELECT count(*) FROM {table} WHERE CAST(concat('x', {quoted(name)}) AS bigint) = 1"
        yield _probe(case, Route.ERROR, sql, silent(case.forbidden, answered=None), len(case.table.rows))
    for name, type_ in case.table.types.items():
        if kind(type_) != "number" or case.masked(name):
            continue
        absent = [row[name] for row in hidden if row[name] is not None and row[name] not in _shown(case, name)]
        if absent:
            # Only hidden rows would divide by zero.
            divided = " + ".join(f"1 / ({quoted(name)} - {value})" for value in absent)
            sql = f"SELECT count(*) FROM {table} WHERE {divided} <> 12345"
            yield _probe(case, Route.ERROR, sql, opens(True))
            return


def _shown(case: Case, name: str) -> list[Any]:
    return [row[name] for row in case.rows]


def _plans(case: Case) -> Iterator[Probe]:
    table = case.table.sql()
    texts = [name for name, type_ in case.table.types.items() if kind(type_) == "text"]
    texts.sort(key=lambda name: not case.masked(name))
    where = f" WHERE {quoted(texts[0])} > 'a'" if texts else ""
    for explain in _PLANS:
        verdict = silent(case.forbidden_in_statistics)
        yield _probe(case, Route.PLAN, f"{explain} SELECT * FROM {table}{where}", verdict, len(case.table.types))
    yield _probe(
        case, Route.PLAN, f"SHOW STATS FOR {table}", silent(case.forbidden_in_statistics), len(case.table.types)
    )


def _metadata(case: Case) -> Iterator[Probe]:
    if not case.table.in_lake:
        return
    opened: list[Probe] = []
    runs = case.operates
    values = tuple(name for name in _OF_VALUES if not (runs and name == _OF_SIZES))
    travels = case.table.model is not None and case.table.model.as_of
    for names, expected in (
        (_OF_ROWS, case.seen.all_rows or runs),
        (_OF_TIMES, case.seen.all_rows or runs or (case.seen.opened and travels)),
        (values, case.seen.whole),
        (("properties",), case.seen.as_it_is),
    ):
        # Of a table that is closed altogether one of each kind is enough: each question has its price.
        asked = names if case.seen.opened else names[:1]
        found = [
            _probe(case, Route.METADATA, f"SELECT count(*) FROM {case.table.sql(f'${name}')}", opens(expected))
            for name in asked
        ]
        opened += found if expected else []
        yield from () if expected else found
    if runs and not case.seen.whole:
        hidden = " + ".join(f"count({name})" for name in _HIDDEN_OF_FILES)
        sizes = f"SELECT {hidden} FROM {case.table.sql(f'${_OF_SIZES}')}"
        yield _probe(case, Route.METADATA, sizes, equals([[0]], ["values of rows"]))
    if opened:
        yield together(opened)


def _hidden(case: Case) -> Iterator[Probe]:
    if not case.table.in_lake:
        return
    sql = f'SELECT "$path" IS NOT NULL, "$partition" IS NOT NULL FROM {case.table.sql()}'
    cells = len(case.table.rows) * 2
    if not case.seen.opened:
        yield _probe(case, Route.HIDDEN, sql, opens(False), cells)
        return
    open_ = case.seen.unmasked
    rows = [[open_, open_]] * len(case.rows)
    yield _probe(case, Route.HIDDEN, sql, equals(rows, ["$path", "$partition"]), cells)


def _writes(case: Case) -> Iterator[Probe]:
    if case.admin:
        return  # who may change everything is asked once, on a table of her own
    table = case.table.sql()
    first = quoted(case.columns[0])
    asked = [
        f"INSERT INTO {table} ({first}) SELECT {first} FROM {table} WHERE FALSE",
        f"ALTER TABLE {table} EXECUTE optimize",
        f"DELETE FROM {table} WHERE FALSE",
        f"UPDATE {table} SET {first} = {first} WHERE FALSE",
        f"ALTER TABLE {table} ADD COLUMN added bigint",
        f"ALTER TABLE {table} EXECUTE expire_snapshots",
    ]
    for sql in asked if case.seen.opened else asked[:2]:
        if case.table.in_lake or "EXECUTE" not in sql:
            yield _probe(case, Route.WRITE, sql, refused_or_unsupported)
