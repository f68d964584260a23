"""Plan -> sqlglot AST -> Trino SQL, the same text for the same plan.

One fact without windows is one SELECT. Several branches become CTEs, put under each other and grouped by the
dimensions: GROUP BY takes NULL as a value like any other, so rows whose key is NULL or missing on one side meet or
stand alone as they should, without a chain of FULL JOINs on NULL-safe equality.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from lakefront.semantic.compile_scan import dimension_value, plain_select
from lakefront.semantic.compile_window import leaf_aggregate, level_branch, window_branch
from lakefront.semantic.expression import DIALECT, replace_columns
from lakefront.semantic.metrics import ZERO_WHEN_EMPTY
from lakefront.semantic.model import SemanticLayer
from lakefront.semantic.plan import plan_query
from lakefront.semantic.plan_types import Branch, Plan
from lakefront.semantic.query import Query
from lakefront.semantic.rollup.match import ReadyRollup

#: Name of a CTE -> its SELECT.
Ctes = dict[str, exp.Query]


@dataclass(frozen=True)
class Compiled:
    """A query as SQL. `columns`: those of the answer, in order."""

    plan: Plan
    sql: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answer, in order."""
        return self.plan.columns


def compile_query(query: Query, layer: SemanticLayer, rollups: Sequence[ReadyRollup] = ()) -> Compiled:
    """Return the SQL of a query, over `rollups` where they give the same answer. Raises BadInputError (`query-…`)."""
    plan = plan_query(query, layer, rollups)
    return Compiled(plan, compile_plan(plan).sql(DIALECT, pretty=True, identify=True, normalize_functions="upper"))


def compile_plan(plan: Plan) -> exp.Query:
    """Return a plan as a SELECT."""
    only = plan.branches[0]
    simple = len(plan.branches) == 1 and only.window is None and only.over_time is None
    select = _one_select(plan, only) if simple else _joined(plan)
    places = {name: number for number, name in enumerate(plan.columns, start=1)}
    if plan.order:
        select = select.order_by(
            *(
                exp.Ordered(this=exp.Literal.number(places[item.name]), desc=item.descending, nulls_first=False)
                for item in plan.order
            ),
            copy=False,
        )
    return select.limit(plan.query.limit, copy=False) if plan.query.limit else select


def _one_select(plan: Plan, branch: Branch) -> exp.Select:
    leaves = {leaf.name: leaf_aggregate(branch, leaf.metric) for leaf in branch.leaves}
    values = {
        **{name: dimension_value(branch, item) for name, item in zip(plan.names, branch.dimensions, strict=True)},
        **{item.name: replace_columns(item.tree, leaves.__getitem__) for item in plan.outputs},
    }
    columns = [exp.alias_(value, name) for name, value in values.items()]
    select = _grouped(plain_select(branch, plan.query).select(*columns, copy=False), len(plan.names))
    return select.having(_condition(plan.having, values), copy=False) if plan.having else select


def _joined(plan: Plan) -> exp.Select:
    ctes: Ctes = {}
    names = [_branch_ctes(plan, branch, number, ctes) for number, branch in enumerate(plan.branches, start=1)]
    if len(names) == 1:
        leaves: dict[str, exp.Expr] = {leaf.name: exp.column(leaf.name) for leaf in plan.branches[0].leaves}
        source: exp.Expr = exp.table_(names[0])
    else:
        leaves = {
            leaf.name: _one_of(leaf.name, zero=leaf.metric.type in ZERO_WHEN_EMPTY)
            for branch in plan.branches
            for leaf in branch.leaves
        }
        source = exp.Subquery(this=_stacked(plan, names), alias=exp.TableAlias(this=exp.to_identifier("branches")))
    values: dict[str, exp.Expr] = {
        **{name: exp.column(name) for name in plan.names},
        **{item.name: replace_columns(item.tree, leaves.__getitem__) for item in plan.outputs},
    }
    select = exp.select(
        *(value if name in plan.names else exp.alias_(value, name) for name, value in values.items())
    ).from_(source, copy=False)
    if len(names) > 1:
        select = _grouped(select, len(plan.names))
    if plan.having:
        condition = _condition(plan.having, values)
        select = select.having(condition, copy=False) if len(names) > 1 else select.where(condition, copy=False)
    for name, body in ctes.items():
        select = select.with_(name, as_=body, copy=False)
    return select


def _condition(having: exp.Expr, values: dict[str, exp.Expr]) -> exp.Expr:
    return replace_columns(having, lambda name: values[name].copy())


def _branch_ctes(plan: Plan, branch: Branch, number: int, ctes: Ctes) -> str:
    """Add the CTEs of a branch; return the name of the last, which has the dimensions and the leaves."""
    name = f"{branch.dataset.name}_{number}"
    if branch.window:
        window_branch(plan, branch, name, ctes)
    elif branch.over_time:
        level_branch(plan, branch, name, ctes)
    else:
        columns = [
            *(
                exp.alias_(dimension_value(branch, item), output)
                for output, item in zip(plan.names, branch.dimensions, strict=True)
            ),
            *(exp.alias_(leaf_aggregate(branch, leaf.metric), leaf.name) for leaf in branch.leaves),
        ]
        ctes[name] = _grouped(plain_select(branch, plan.query).select(*columns, copy=False), len(plan.names))
    return name


def _one_of(name: str, *, zero: bool) -> exp.Expr:
    # Each key is in a branch once at most, so there is one value, or none.
    value = exp.Anonymous(this="ANY_VALUE", expressions=[exp.column(name)])
    return exp.func("coalesce", value, exp.Literal.number(0)) if zero else value


def _stacked(plan: Plan, names: list[str]) -> exp.Query:
    every = [(number, leaf.name) for number, branch in enumerate(plan.branches) for leaf in branch.leaves]
    parts = [
        exp.select(
            *(exp.column(name) for name in plan.names),
            *(exp.column(leaf) if owner == number else exp.alias_(exp.Null(), leaf) for owner, leaf in every),
        ).from_(exp.table_(cte), copy=False)
        for number, cte in enumerate(names)
    ]
    stacked: exp.Query = parts[0]
    for part in parts[1:]:
        stacked = exp.Union(this=stacked, expression=part, distinct=False)
    return stacked


def _grouped(select: exp.Select, dimensions: int) -> exp.Select:
    if not dimensions:
        return select
    return select.group_by(*(exp.Literal.number(place) for place in range(1, dimensions + 1)), copy=False)
