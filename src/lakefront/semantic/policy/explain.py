"""What a person sees of a table, in words and SQL, and which line of which file says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lakefront.errors import BadInputError, did_you_mean
from lakefront.semantic.expression import DIALECT
from lakefront.semantic.model import Sensitivity
from lakefront.semantic.policy.load import Loaded
from lakefront.semantic.policy.model import Mask, Role
from lakefront.semantic.policy.resolve import Access, access, standing
from lakefront.semantic.policy.tables import Glimpse, Tables


@dataclass(frozen=True)
class Line:
    """One thing that a policy says. `what` is `table`, `rows`, `edits` or a column; `says` is how it is shown."""

    what: str
    says: str
    condition: str | None
    role: str | None
    where: str


@dataclass(frozen=True)
class Explanation:
    """All that a policy says of one person and one table. `allowed`: whether she may ask it at all."""

    user: str
    table: str
    roles: tuple[str, ...]
    allowed: bool
    lines: tuple[Line, ...]


def explain(loaded: Loaded, user: str, table: str, groups: Sequence[str] | None = None) -> Explanation:
    """Return what a person sees of a table, or of the table of a dataset.

    Raises BadInputError (`policy-unknown-table`).
    """
    tables = Tables(loaded.layer, loaded.policies.roles)
    dataset = loaded.layer.datasets.get(table)
    named = dataset.source or "" if dataset else table
    found = tables.tables.get(named) or tables.tables.get(loaded.layer.schemas.table(named))
    if found is None:
        names = sorted(tables.tables)
        raise BadInputError(
            "policy-unknown-table",
            f"no dataset and no rollup is over a table '{table}'.{did_you_mean(table, names)}",
            fix=f"use one of: {', '.join(names)}",
        )
    who = standing(loaded.policies, user, groups)
    if who is None:
        line = Line("table", "closed", None, None, "no policy gives this person a role")
        return Explanation(user, found.name, (), allowed=False, lines=(line,))
    seen = access(tables, found, who)
    admins = [loaded.policies.roles[name] for name in who.roles if loaded.policies.roles[name].admin]
    if admins:
        line = Line("table", "everything", None, admins[0].name, str(loaded.place(admins[0].name, "admin")))
        return Explanation(user, found.name, who.roles, allowed=True, lines=(line,))
    as_it_is = [
        Line("table", "as it is", None, name, str(loaded.place(name, "tables", number)))
        for name in who.roles
        for number, pattern in enumerate(loaded.policies.roles[name].tables)
        if pattern == found.name or pattern == f"{found.name.rpartition('.')[0]}.*"
    ]
    if as_it_is:
        return Explanation(user, found.name, who.roles, allowed=True, lines=tuple(as_it_is))
    if seen is None:
        line = Line("table", "closed", None, None, "none of the roles opens it")
        return Explanation(user, found.name, who.roles, allowed=False, lines=(line,))
    lines = [_table_line(loaded, glimpse) for glimpse in seen.glimpses]
    lines += [_rows_line(loaded, glimpse) for glimpse in seen.glimpses]
    lines += [line for glimpse in seen.glimpses if (line := _edits_line(loaded, glimpse))]
    for column in found.types:
        lines += _column_lines(loaded, tables, seen, column)
    return Explanation(user, found.name, who.roles, allowed=True, lines=tuple(lines))


def _table_line(loaded: Loaded, glimpse: Glimpse) -> Line:
    where = loaded.granted_at(loaded.policies.roles[glimpse.role], glimpse.dataset)
    return Line("table", f"as {glimpse.dataset}", None, glimpse.role, str(where))


def _rows_line(loaded: Loaded, glimpse: Glimpse) -> Line:
    role = loaded.policies.roles[glimpse.role]
    if glimpse.condition is None:
        return Line("rows", "all", None, role.name, str(loaded.granted_at(role, glimpse.dataset)))
    condition = glimpse.condition.sql(DIALECT)
    key = glimpse.dataset if glimpse.dataset in role.rows else _rollup_source(loaded, role, glimpse)
    where = loaded.place(role.name, "rows", key) if key else loaded.place(role.name)
    return Line("rows", "those where", condition, role.name, str(where))


def _edits_line(loaded: Loaded, glimpse: Glimpse) -> Line | None:
    edits = loaded.policies.roles[glimpse.role].edits.get(glimpse.dataset)
    if not edits:
        return None
    condition = glimpse.condition.sql(DIALECT) if glimpse.condition is not None else None
    where = loaded.place(glimpse.role, "edits", glimpse.dataset)
    return Line("edits", ", ".join(edits), condition, glimpse.role, str(where))


def _rollup_source(loaded: Loaded, role: Role, glimpse: Glimpse) -> str | None:
    dataset = loaded.layer.datasets[glimpse.dataset]
    sources = (item.dataset for item in loaded.layer.rollups.values() if item.target == dataset.source)
    return next((name for name in sources if name in role.rows), None)


def _column_lines(loaded: Loaded, tables: Tables, seen: Access, column: str) -> list[Line]:
    lines: list[Line] = []
    for condition, mask in seen.mask(column):
        glimpse = next(item for item in seen.glimpses if item.masks.get(column, Mask.NULL) is mask)
        text = condition.sql(DIALECT) if condition is not None else None
        lines.append(Line(column, mask.value, text, glimpse.role, _why(loaded, tables, glimpse, column)))
    return lines


def _why(loaded: Loaded, tables: Tables, glimpse: Glimpse, column: str) -> str:
    role = loaded.policies.roles[glimpse.role]
    key = f"{glimpse.dataset}.{column}"
    if key in role.columns:
        return str(loaded.place(role.name, "columns", key))
    if column not in glimpse.masks:
        return f"no column of {glimpse.dataset}"
    dataset = loaded.layer.datasets[glimpse.dataset]
    found = dataset.column(column)
    sensitivity = tables.sensitivity(dataset, found) if found else Sensitivity.INTERNAL
    if sensitivity in role.masks:
        wanted, got = role.masks[sensitivity], glimpse.masks[column]
        aside = "" if wanted is got else f" ({wanted} does not suit it)"
        return f"{loaded.place(role.name, 'masks', sensitivity.value)}{aside}"
    return (
        f"{sensitivity} unless a role says more"
        if sensitivity is Sensitivity.PII
        else str(loaded.granted_at(role, glimpse.dataset))
    )
