"""All questions put to a scratch lake under the rules of a bundle, and what came of them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from lakefront.errors import BadInputError, CheckFailedError, did_you_mean
from lakefront.semantic.emit.trino_access import AccessFiles, access_files
from lakefront.semantic.expression import parse_dataset_sql
from lakefront.semantic.policy.live import followed, physical_columns
from lakefront.semantic.policy.load import Loaded
from lakefront.semantic.policy.mask import KEY_TABLE
from lakefront.semantic.policy.matrix.ask import Failure, Probe, Route, Tally, answer, ask_all
from lakefront.semantic.policy.matrix.case import Case
from lakefront.semantic.policy.matrix.choose import Chooser, NotRun
from lakefront.semantic.policy.matrix.expect import Expectations
from lakefront.semantic.policy.matrix.general import SCHEMA, Surroundings, general_questions, own_table
from lakefront.semantic.policy.matrix.lake import Canaried, Report, View, drop, make_tables, make_views
from lakefront.semantic.policy.matrix.people import Asker, askers_of, members_of, with_askers
from lakefront.semantic.policy.matrix.routes import questions_beside_values, questions_of_values, view_question
from lakefront.semantic.policy.matrix.verdict import opens, silent
from lakefront.semantic.policy.model import Policies
from lakefront.semantic.policy.tables import Table, Tables
from lakefront.semantic.tables import catalog_of
from lakefront.trino import Trino

_READ_WITHIN: Final = 60.0

Write = Callable[[AccessFiles], None]


@dataclass(frozen=True)
class Result:
    """What came of a run. `by_pair`: cells asked by person and table; `not_run`: what could not be asked."""

    people: tuple[Asker, ...]
    tables: tuple[str, ...]
    by_route: Mapping[Route, int]
    by_pair: Mapping[tuple[str, str], int]
    failures: tuple[Failure, ...]
    not_run: tuple[NotRun, ...]
    queries: int
    seconds: float

    @property
    def cells(self) -> int:
        """How many cells were asked."""
        return sum(self.by_route.values())


class Matrix:
    """A bundle's policies on a scratch lake that obeys the rules which `write` puts in place.

    `trino` asks as a service that maintains tables. `key` is that of hashes. `views` are more views that run as who
    asks, besides one over each table.
    """

    def __init__(
        self, loaded: Loaded, trino: Trino, *, catalog: str, key: bytes, write: Write, views: Iterable[View] = (),
    ) -> None:  # fmt: skip
        self.loaded = loaded
        self.trino = trino
        self.catalog = catalog
        self.key = key
        self.write = write
        self.askers = askers_of(loaded)
        self.expectations = Expectations(with_askers(loaded.policies, self.askers), loaded.layer, catalog)
        self.tables: dict[str, Canaried] = {}
        self.views: dict[str, View] = {}
        self.not_run: list[NotRun] = []
        self._snapshots: dict[str, int] = {}
        self._catalogs: frozenset[str] = frozenset()
        self._wanted_views = tuple(views)

    def make(self, report: Report) -> None:
        """Make the tables with canaries, and the views over them. Raises as `Trino.query`."""
        if not self.askers:
            raise BadInputError("policy-nobody", "the policies have no role", fix="write one under `roles:`")
        self._catalogs = self.trino.catalogs()
        chooser = Chooser(self.expectations, self.askers)
        wanted = [table for item in self._reachable() if (table := chooser.table(item))]
        wanted += [chooser.unmodelled(name) for name in self._listed_only([table.name for table in wanted])]
        failed = make_tables(self.trino, wanted, report)
        self.not_run += chooser.not_run
        self.not_run += [NotRun(name, reason) for name, reason in failed.items()]
        self.tables = {table.name: table for table in wanted if table.name not in failed}
        over = [
            View(f"{SCHEMA}.{name.replace('.', '_')}", name, tuple((column, column) for column in table.types))
            for name, table in self.tables.items()
        ]
        self.views = {view.name: view for view in (*over, *self._wanted_views) if view.table in self.tables}
        make_views(self.trino, self.views.values(), self.tables, self.catalog)
        self._snapshots = self._last_snapshots()

    def run(
        self,
        report: Report,
        *,
        only: Collection[str] = (),
        tamper: Callable[[AccessFiles], AccessFiles] = lambda files: files,
        briefly: bool = False,
    ) -> Result:
        """Ask everything, under the rules that the policies give, as everybody or as the people in `only`.

        `briefly`: everybody asks for the values of every table all the same, but tries plans, tables about a table,
        errors and writes with one table of each `Case.sight` only. `tamper` changes these rules before they hold.
        Raises BadInputError (`policy-unknown-person`), CheckFailedError (`policy-rules-not-read`) when the engine does
        not follow the rules, and as `Trino.query`.
        """
        began = time.monotonic()
        tally = Tally()
        names = [asker.name for asker in self.askers]
        for name in only:
            if name not in names:
                raise BadInputError(
                    "policy-unknown-person", f"'{name}' is not asked.{did_you_mean(name, names)}",
                    fix=f"use one of: {', '.join(names)}",
                )  # fmt: skip
        people = [asker for asker in self.askers if not only or asker.name in only]
        self._obey(self.loaded.policies, tamper)
        cases = {asker.name: self._cases(asker) for asker in people}
        probes = [probe for asker in people for probe in self._questions(asker, cases[asker.name], briefly=briefly)]
        # Writes come last: should one not be refused, the others still meet the tables as they were made.
        probes.sort(key=lambda probe: probe.route is Route.WRITE)
        views = list(self._view_questions(cases))
        total = len(probes) + len(views)
        ask_all(self.trino, probes, lambda what, done, _: report(what, done, total), tally)
        self._compare_twins(people, tally)
        self._obey(_with_views_open(self.loaded.policies), tamper)
        ask_all(self.trino, views, lambda what, done, _: report(what, len(probes) + done, total), tally)
        return Result(
            tuple(people), tuple(self.tables), tally.by_route, tally.by_pair, tuple(tally.failures),
            tuple(self.not_run), tally.queries, time.monotonic() - began,
        )  # fmt: skip

    def drop(self) -> None:
        """Drop what was made. Raises as `Trino.query`."""
        drop(self.trino, self.tables.values(), self.views.values(), self.catalog)
        for asker in self.askers:
            self.trino.query(f"DROP TABLE IF EXISTS {own_table(asker, self.catalog)}")

    def _reachable(self) -> Iterator[Table]:
        for name, table in sorted(Tables(self.loaded.layer, self.loaded.policies.roles).tables.items()):
            catalog = catalog_of(name, self.catalog)
            if catalog in self._catalogs:
                yield table
            else:
                self.not_run.append(NotRun(name, f"the scratch stack has no catalog {catalog}"))

    def _listed_only(self, modelled: Sequence[str]) -> Iterator[str]:
        """Yield the tables that roles open as they are and that no dataset is over, one for each pattern."""
        known = {*modelled, *(view.name for view in self._wanted_views)}
        for pattern in sorted({text for role in self.loaded.policies.roles.values() for text in role.tables}):
            short = pattern.removeprefix(f"{self.catalog}.")
            if short.count(".") == 2 or short.startswith("system."):
                if not short.startswith("tpch.tiny."):
                    self.not_run.append(NotRun(pattern, "it belongs to the engine or to another catalog"))
            elif short.endswith(".*"):
                yield f"{short[:-2]}.matrix_canary"
            elif short not in known:
                yield short

    def _last_snapshots(self) -> dict[str, int]:
        tables = [table for table in self.tables.values() if table.in_lake]
        parts = [
            f"SELECT {number}, max_by(snapshot_id, committed_at) FROM {table.sql('$snapshots')}"  # noqa: S608 - names are quoted
            for number, table in enumerate(tables)
        ]
        return {tables[number].name: snapshot for number, snapshot in self.trino.query(" UNION ALL ".join(parts)).rows}

    def _cases(self, asker: Asker) -> list[Case]:
        return [
            Case(
                asker, table, self.expectations.seen(asker, table), self.key, self._snapshots.get(table.name),
                admin=self.expectations.is_admin(asker), operates=self.expectations.operates(asker),
            )
            for table in self.tables.values()
        ]  # fmt: skip

    def _questions(self, asker: Asker, cases: list[Case], *, briefly: bool) -> Iterator[Probe]:
        readable = [case for case in cases if case.seen.opened and case.rows]
        for case in cases:
            yield from questions_of_values(case, next((other for other in readable if other is not case), None))
        for case in {case.sight: case for case in cases}.values() if briefly else cases:
            yield from questions_beside_values(case)
        key_table = self.loaded.layer.schemas.table(KEY_TABLE)
        around = Surroundings(self.expectations, self._catalogs, self.views, self._victim(asker), key_table)
        yield from general_questions(asker, cases, around)
        yield from self._dataset_queries(asker, cases)

    def _victim(self, asker: Asker) -> str:
        return next((other.name for other in self.askers if other is not asker), self.trino.user)

    def _dataset_queries(self, asker: Asker, cases: list[Case]) -> Iterator[Probe]:
        """Yield the SELECTs that datasets are over: whoever asks them needs all that they read."""
        by_name = {case.table.name: case for case in cases}
        for dataset in self.loaded.layer.datasets.values():
            if not dataset.sql:
                continue
            query = parse_dataset_sql(dataset.sql)
            names = {".".join(part.name for part in item.parts) for item in query.find_all(exp.Table) if item.db}
            if names <= set(by_name):
                used = [by_name[name] for name in sorted(names)]
                forbidden = {token: place for case in used for token, place in case.forbidden.items()}
                allowed = all(case.seen.opened for case in used)
                verdict = silent(forbidden) if allowed else opens(False)
                cells = sum(case.cells for case in used)
                yield Probe(asker.name, dataset.name, Route.DATASET_SQL, dataset.sql, verdict, cells)
            elif asker is self.askers[0]:
                reason = f"{', '.join(sorted(names - set(by_name)))} is not in the scratch lake"
                self.not_run.append(NotRun(f"the SQL of {dataset.name}", reason))

    def _view_questions(self, cases: Mapping[str, list[Case]]) -> Iterator[Probe]:
        for asker in (asker for asker in self.askers if asker.name in cases):
            by_name = {case.table.name: case for case in cases[asker.name]}
            for view in self.views.values():
                listed = view.name.startswith(f"{SCHEMA}.") or self.expectations.opens_as_it_is(asker, view.name)
                listed = listed or self.expectations.is_admin(asker)
                yield view_question(by_name[view.table], view, self.catalog, listed=listed)

    def _compare_twins(self, people: Sequence[Asker], tally: Tally) -> None:
        """Ask whether the engine takes people of one standing for members of the same groups."""
        sql = "SELECT array_sort(current_groups())"
        for asker in people:
            wanted = answer(self.trino, asker.name, sql).rows if asker.twins else []
            for twin in asker.twins:
                got = answer(self.trino, twin, sql)
                probe = Probe(twin, "(everywhere)", Route.TWIN, sql, opens(True))
                wrong = [Failure(twin, probe.table, "*", "*", Route.TWIN, str(wanted), got.denied or str(got.rows))]
                tally.add(probe, [] if got.rows == wanted else wrong)

    def _obey(self, policies: Policies, tamper: Callable[[AccessFiles], AccessFiles]) -> None:
        """Put the rules of policies in place and wait until the engine follows them.

        `tamper` leaves their version as it is: that the engine has none of it yet, the other phase's rules see to.
        """
        loaded = dataclasses.replace(self.loaded, policies=with_askers(policies, self.askers))
        physical = physical_columns(self.trino, self.tables, self.catalog)
        members = members_of(policies, self.askers)
        files = access_files(loaded, catalog=self.catalog, physical=physical, members=members)
        self.write(tamper(files))
        if not followed(self.trino, files.version, within=_READ_WITHIN):
            raise CheckFailedError(
                "policy-rules-not-read", f"the engine does not follow the rules within {_READ_WITHIN:.0f} s",
                fix="look at its log for a mistake in the rules",
            )  # fmt: skip


def _with_views_open(policies: Policies) -> Policies:
    """Return the policies as if each role opened the views that were made over all tables."""
    opened = tuple(
        policy.model_copy(
            update={
                "roles": tuple(
                    role.model_copy(update={"tables": (*role.tables, f"{SCHEMA}.*")}) for role in policy.roles
                )
            }
        )
        for policy in policies.policies
    )
    return Policies(policies=opened, files=policies.files)
