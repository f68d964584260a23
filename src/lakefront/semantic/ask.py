"""The semantic layer for programs: `Semantic(settings).query(...).to_pandas()` gives the number of every consumer."""

from __future__ import annotations

import datetime as dt
import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from lakefront.config import Settings, load_settings
from lakefront.semantic.compile import Compiled, compile_query
from lakefront.semantic.load import layer_here
from lakefront.semantic.model import SemanticLayer
from lakefront.semantic.plan import usable_rollups
from lakefront.semantic.policy.load import load_policies
from lakefront.semantic.policy.model import Policies
from lakefront.semantic.policy.rollups import same_for
from lakefront.semantic.policy.tables import Tables
from lakefront.semantic.query import parse_query
from lakefront.semantic.rollup.layout import Layout, layouts_of
from lakefront.semantic.rollup.match import ReadyRollup
from lakefront.semantic.rollup.state import ready_rollups
from lakefront.semantic.time import TimeBound
from lakefront.trino import Trino

if TYPE_CHECKING:  # slow to import, and the command line does not need it
    import pandas as pd

_DECIMAL: Final = re.compile(r"decimal\((\d+), ?(\d+)\)")


@dataclass(frozen=True)
class Answer:
    """A query with its SQL; Trino is asked when the rows are first wanted, and once only."""

    compiled: Compiled
    trino: Trino
    #: Why rollups that would fit are not used.
    unused: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of the answer: what is approximate, as of when it is, which rollups it comes from."""
        return (*self.compiled.plan.notes, *self.unused)

    @property
    def sql(self) -> str:
        """The SQL that Trino is asked."""
        return self.compiled.sql

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns: dimensions, then metrics."""
        return self.compiled.columns

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """The rows as Python values. Raises as `Trino.query`."""
        return self._fetched[0]

    def dicts(self) -> list[dict[str, Any]]:
        """Return the rows as mappings from column name to value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def to_arrow(self) -> Any:
        """Return the rows as a `pyarrow.Table` whose types are Trino's: decimals stay decimals."""
        pa = _pyarrow()
        rows, types = self._fetched
        arrays: list[Any] = [
            pa.array([row[place] for row in rows], type=_arrow_type(type_)) for place, type_ in enumerate(types)
        ]
        return pa.table(arrays, names=list(self.columns))

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows as a data frame: numbers as floats or integers, dates and times as datetimes."""
        import pandas as pd  # noqa: PLC0415 - slow to import

        frame = pd.DataFrame(self.rows, columns=list(self.columns))
        for name, type_ in zip(self.columns, self._fetched[1], strict=True):
            if type_.startswith(("decimal", "double", "real")):
                frame[name] = frame[name].astype("float64")
            elif type_ in {"bigint", "integer", "smallint", "tinyint"}:
                frame[name] = frame[name].astype("Int64")
            elif type_.startswith(("date", "timestamp")):
                frame[name] = pd.to_datetime(frame[name], utc=type_.endswith("time zone"))
        return frame

    @cached_property
    def _fetched(self) -> tuple[list[tuple[Any, ...]], list[str]]:
        with self.trino.cursor() as cursor:
            cursor.execute(self.sql)
            rows = [tuple(row) for row in cursor.fetchall()]
            types = [str(column[1]) for column in cast("list[tuple[Any, ...]]", cursor.description or [])]
            return rows, types


class Semantic:
    """The semantic layer of a bundle, asked through the Trino of its environment.

    Without settings, those of the bundle that the working folder is in. `user`: whose rights count; `groups`: those
    that the identity provider puts her in, where the policies leave it to one.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        user: str | None = None,
        groups: Sequence[str] | None = None,
        layer: SemanticLayer | None = None,
    ) -> None:
        self.settings = settings or load_settings()
        self._user = user
        self._groups = groups
        self._layer = layer

    @cached_property
    def layer(self) -> SemanticLayer:
        """The checked models. Raises ModelError."""
        return self._layer or layer_here(self.settings)

    @cached_property
    def trino(self) -> Trino:
        """The engine, asked as the user."""
        return Trino.from_settings(self.settings, user=self._user, source="lakefront-semantic")

    @cached_property
    def _service(self) -> Trino:
        """The engine, asked as the environment's own user: the state of rollups is nobody's data."""
        return Trino.from_settings(self.settings, source="lakefront-rollups")

    def query(
        self,
        metrics: str | Sequence[str],
        by: str | Sequence[str] = (),
        *,
        where: str | None = None,
        since: str | TimeBound | None = None,
        until: str | TimeBound | None = None,
        order: str | Sequence[str] = (),
        limit: int | None = None,
        as_of: str | int | dt.datetime | None = None,
        having: str | None = None,
        rollups: Literal["auto", "never", "assume"] = "auto",
        approximate: bool = False,
    ) -> Answer:
        """Return the answer to a query, not yet fetched.

        `by`: `region`, `customers.region`, `order_date.month`, `metric_time.month`. `since` is the first time that
        counts, `until` the first that does not. `order`: `revenue`, or `-revenue` for falling.
        `having`: a condition over the answer's columns, such as `revenue > 1000`.
        `rollups`: `auto` asks Trino which of those that fit are current, `never` reads the datasets themselves,
        `assume` takes all of them for current, without asking. `approximate`: distinct values may be counted by the
        sketches of a rollup.
        Raises BadInputError (`query-…`).
        """
        query = parse_query(
            _list(metrics),
            _list(by),
            where=where,
            since=since,
            until=until,
            order=_list(order),
            limit=limit,
            as_of=as_of,
            having=having,
            approximate=approximate,
        )
        compiled = compile_query(query, self.layer)
        fitting = usable_rollups(compiled.plan, layouts_of(self.layer)) if rollups != "never" else []
        if not fitting:
            return Answer(compiled, self.trino)
        if rollups == "assume":
            return Answer(compile_query(query, self.layer, [ReadyRollup(item, 0) for item in fitting]), self.trino)
        fitting, closed = self._open_to_the_user(fitting)
        ready, notes = ready_rollups(self._service, fitting, self.settings.env.iceberg_catalog)
        said = (*notes, *closed)
        return Answer(compile_query(query, self.layer, ready) if ready else compiled, self.trino, said)

    def _open_to_the_user(self, layouts: list[Layout]) -> tuple[list[Layout], list[str]]:
        if self._user in (None, self.settings.env.trino_user) or self.settings.everybody_sees_everything:
            return layouts, []
        policies, tables = self._policies
        return same_for(layouts, tables, policies, self._user or "", self._groups)

    @cached_property
    def _policies(self) -> tuple[Policies, Tables]:
        policies = load_policies(self.settings.part("semantic_layer"), self.layer).policies
        return policies, Tables(self.layer, policies.roles)


def _list(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _pyarrow() -> Any:
    """Import pyarrow, which has no types and is slow to import."""
    return importlib.import_module("pyarrow")


def _arrow_type(name: str) -> Any:
    pa = _pyarrow()
    decimal = _DECIMAL.fullmatch(name)
    if decimal:
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    if name.startswith("timestamp"):
        return pa.timestamp("us", tz="UTC" if name.endswith("time zone") else None)
    types: dict[str, Any] = {
        "bigint": pa.int64(),
        "integer": pa.int32(),
        "smallint": pa.int16(),
        "tinyint": pa.int8(),
        "double": pa.float64(),
        "real": pa.float32(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
    }
    return types.get(name, pa.string())
