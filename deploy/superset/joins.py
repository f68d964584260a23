"""Only the joins that a question needs: Trino reads every table that the SQL of a dataset joins, asked for or not.

A dataset of the semantic layer joins to each of its rows at most one of each other table, and says so beside the join.
Where nothing of such a table is asked for, the question has the same answer without it: `LEFT JOIN` leaves out no row,
and one partner doubles none. What is not sure to be so stays as it is.
"""

from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

#: What `lakefront semantic build` writes beside a join.
MARK = "at most one row"
_DIALECT = "trino"
#: What makes of rows something else than they are, so that one more column or row could be seen. `WITH` has two names,
#: by the parser's version.
_MAKES_OTHERS = ("distinct", "group", "having", "qualify", "limit", "offset", "order", "laterals", "with_", "with")


def without_unused_joins(sql: str, security_manager: Any = None, **_: Any) -> str:
    """Do what Superset calls SQL_QUERY_MUTATOR: return the question without joins whose columns it does not name.

    Whoever signs in may ask a dataset when she may see all of its tables. A guest may ask whatever is on her dashboard,
    and whether a table is hers is said by Trino alone: it has to be asked for all of them.
    """
    if MARK not in sql or (security_manager is not None and security_manager.is_guest_user()):
        return sql
    try:
        tree = sqlglot.parse_one(sql, dialect=_DIALECT)
    except SqlglotError:
        return sql
    changed = False
    for subquery in list(tree.find_all(exp.Subquery)):
        select, asking = subquery.this, subquery.parent_select
        if isinstance(select, exp.Select) and asking and _is_table(subquery, asking):
            used = _names_used(asking)
            changed |= used is not None and _leave_out(select, used)
    return tree.sql(_DIALECT, pretty=True) if changed else sql


def _names_used(asking: exp.Select) -> set[str] | None:
    """Return every name that a SELECT itself has; None where it may mean others, too."""
    names: set[str] = set()
    # The tables in FROM see nothing of each other; what stands elsewhere may see all of them.
    for node in asking.walk(prune=lambda node: _is_table(node, asking)):
        if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
            return None
        if isinstance(node, exp.Join) and (node.args.get("using") or node.method):
            return None
        if isinstance(node, exp.Column):
            names |= _parts(node)
    return names


def _is_table(node: exp.Expression, asking: exp.Select) -> bool:
    within = isinstance(node, exp.Subquery) and isinstance(node.parent, (exp.From, exp.Join))
    return within and node.parent_select is asking


def _leave_out(select: exp.Select, used: set[str]) -> bool:
    """Take joins out of a SELECT of which only some columns are used. Returns whether there were any."""
    joins: list[exp.Join] = select.args.get("joins") or []
    where = [select.args["where"]] if select.args.get("where") else []
    parts = [*select.expressions, *where, *joins]
    if any(select.args.get(name) for name in _MAKES_OTHERS) or not all(map(_is_plain, parts)):
        return False
    asked = [item for item in select.expressions if item.alias_or_name.lower() in used]
    kept = [join for join in joins if not _adds_no_row(join)]
    needed = set[str]().union(*map(_tables, [*asked, *where, *kept]))
    # What is joined by a column of another table needs that one, too: joins stand behind those that they need.
    for join in reversed(joins):
        if join not in kept and join.alias_or_name.lower() in needed:
            kept.append(join)
            needed |= _tables(join)
    gone = {join.alias_or_name.lower() for join in joins if join not in kept}
    rest = [item for item in select.expressions if not _tables(item) & gone]
    if not gone or not rest:
        return False
    select.set("joins", [join for join in joins if join in kept])
    select.set("expressions", rest)
    return True


def _is_plain(part: exp.Expression) -> bool:
    """Whether all of its columns say of which table they are, and nothing in it looks at several rows."""
    within = _seen(part)
    others = within.find(exp.Star, exp.AggFunc, exp.Window, exp.Query)
    return not others and all(column.table for column in within.find_all(exp.Column))


def _adds_no_row(join: exp.Join) -> bool:
    # Which node a comment belongs to is a matter of the parser's version.
    alias = join.this.args.get("alias")
    said = [each for node in (join, join.this, *(alias.walk() if alias else ())) for each in node.comments or ()]
    left = join.side == "LEFT" and not join.kind and not join.method and not join.args.get("using")
    return left and any(comment.strip() == MARK for comment in said)


def _seen(part: exp.Expression) -> exp.Expression:
    # A SELECT that is joined sees nothing of the others, and they nothing but its columns.
    return part.args.get("on") or exp.Literal.number(1) if isinstance(part, exp.Join) else part


def _tables(part: exp.Expression) -> set[str]:
    return {column.table.lower() for column in _seen(part).find_all(exp.Column)}


def _parts(column: exp.Column) -> set[str]:
    # A field of a row is written as a column of a table is.
    return {part.name.lower() for part in column.parts}
