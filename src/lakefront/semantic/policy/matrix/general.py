"""Questions of one person that are about no single table: what is listed, changed, called and lies elsewhere."""

# ruff: noqa: S608 - names are quoted

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lakefront.semantic.policy.mask import KEY_TABLE
from lakefront.semantic.policy.matrix.ask import Probe, Route
from lakefront.semantic.policy.matrix.case import Case
from lakefront.semantic.policy.matrix.expect import Expectations
from lakefront.semantic.policy.matrix.lake import View, quoted
from lakefront.semantic.policy.matrix.people import Asker
from lakefront.semantic.policy.matrix.verdict import opens, same_set

#: Stands for no table in the summary.
ALL: Final = "(everywhere)"
SCHEMA: Final = "matrix_views"
_FIGURES: Final = ("system.runtime.queries", 'jmx.current."java.lang:type=runtime"')


@dataclass(frozen=True)
class Surroundings:
    """What there is besides the tables of datasets: catalogs of the engine, and views that run as who asks."""

    expectations: Expectations
    catalogs: Collection[str]
    views: Mapping[str, View]
    #: Whom nobody but a service that impersonates may pass for.
    victim: str
    #: Where the key of masks is.
    key_table: str = KEY_TABLE


def general_questions(asker: Asker, cases: list[Case], around: Surroundings) -> Iterator[Probe]:
    """Yield the questions of one person, whose cases are those of all tables."""
    yield from _listed(asker, cases, around)
    yield from _elsewhere(asker, around)
    yield from _powers(asker, cases, around)


def own_table(asker: Asker, catalog: str) -> str:
    """Return the name, as SQL, of the table that a person tries to make."""
    return ".".join(map(quoted, (catalog, SCHEMA, f"of {asker.name}")))


def _probe(asker: Asker, route: Route, sql: str, *, allowed: bool) -> Probe:
    return Probe(asker.name, ALL, route, sql, opens(allowed))


def _listed(asker: Asker, cases: list[Case], around: Surroundings) -> Iterator[Probe]:
    expectations = around.expectations
    for catalog in sorted({case.table.catalog for case in cases}):
        here = [case for case in cases if case.table.catalog == catalog]
        opened = {case.table.path[1:] for case in here if case.seen.opened}
        among = {case.table.path[1:] for case in here}
        if catalog == expectations.catalog:
            views = {name: tuple(name.split(".")) for name in around.views}
            shown = {
                path
                for name, path in views.items()
                if expectations.is_admin(asker) or expectations.opens_as_it_is(asker, name)
            }
            key = tuple(around.key_table.split("."))
            # Who sees all tables of the key's schema does not see that one.
            opened, among = opened | shown, among | set(views.values()) | {key}
            opened = opened | {key} if expectations.is_admin(asker) else opened - {key}
        for name in ("tables", "columns"):
            sql = f"SELECT DISTINCT table_schema, table_name FROM {quoted(catalog)}.information_schema.{name}"
            verdict = same_set(opened, among, f"{catalog}.information_schema.{name}")
            yield Probe(asker.name, ALL, Route.CATALOGUE, sql, verdict, len(among))
        for schema in sorted({schema for schema, _ in among}):
            names = {table for s, table in among if s == schema}
            wanted = {table for s, table in opened if s == schema}
            verdict = same_set(wanted, names, f"SHOW TABLES FROM {schema}")
            sql = f"SHOW TABLES FROM {quoted(catalog)}.{quoted(schema)}"
            yield Probe(asker.name, ALL, Route.CATALOGUE, sql, verdict, len(names))


def _elsewhere(asker: Asker, around: Surroundings) -> Iterator[Probe]:
    expectations = around.expectations
    admin = expectations.is_admin(asker)
    if "tpch" in around.catalogs:
        allowed = admin or expectations.opens_as_it_is(asker, "tpch.tiny.nation")
        yield _probe(asker, Route.ELSEWHERE, "SELECT count(*) FROM tpch.tiny.nation", allowed=allowed)
    for table in _FIGURES:
        if table.split(".", maxsplit=1)[0] in around.catalogs:
            allowed = admin or expectations.operates(asker)
            # JMX cannot count rows without reading a column of them.
            yield _probe(asker, Route.ELSEWHERE, f"SELECT * FROM {table} LIMIT 1", allowed=allowed)
    yield _probe(
        asker, Route.ELSEWHERE, f"SELECT count(*) FROM {around.expectations.catalog}.{around.key_table}", allowed=admin
    )


def _powers(asker: Asker, cases: list[Case], around: Surroundings) -> Iterator[Probe]:
    expectations = around.expectations
    catalog = quoted(expectations.catalog)
    admin = expectations.is_admin(asker)
    mine = own_table(asker, expectations.catalog)
    create = f"CREATE OR REPLACE TABLE {mine} AS SELECT 1 AS x"
    yield _probe(asker, Route.WRITE, create, allowed=admin)
    yield _probe(asker, Route.WRITE, f"SET SESSION AUTHORIZATION {quoted(around.victim)}", allowed=False)
    if admin:
        return
    yield _probe(asker, Route.WRITE, f"CREATE SCHEMA {catalog}.{quoted(f'of {asker.name}')}", allowed=False)
    readable = next((case for case in cases if case.seen.opened and case.snapshot is not None), None)
    target = readable or next((case for case in cases if case.snapshot is not None), None)
    if target is not None:
        _, schema, table = target.table.path
        view = f"CREATE VIEW {mine} SECURITY DEFINER AS SELECT * FROM {target.table.sql()}"
        yield _probe(asker, Route.WRITE, view, allowed=False)
        changes = f"TABLE({catalog}.system.table_changes('{schema}', '{table}', {target.snapshot}, {target.snapshot}))"
        yield _probe(asker, Route.FUNCTION, f"SELECT * FROM {changes}", allowed=False)
        back = f"CALL {catalog}.system.rollback_to_snapshot('{schema}', '{table}', {target.snapshot})"
        yield _probe(asker, Route.FUNCTION, back, allowed=False)
    for other in sorted({case.table.catalog for case in cases if not case.table.in_lake}):
        passed = f"SELECT * FROM TABLE({quoted(other)}.system.query(query => 'SELECT 1'))"
        yield _probe(asker, Route.FUNCTION, passed, allowed=False)
