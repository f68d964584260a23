"""The schemas of the tables that a SQL text reads, given other names; every other character stays as it is.

They are found by sqlglot, as Trino's, and replaced where they stand. Jinja is covered by words of the same length
first; where it says which table is read, nobody can tell the schema, and the text is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokens import Tokenizer

from lakefront.config import Schemas
from lakefront.errors import BadInputError
from lakefront.semantic.expression import DIALECT, ExpressionError

#: (catalog or None, schema) -> what they are called elsewhere. May raise.
_Rename = Callable[[str | None, str], tuple[str | None, str]]
#: What stands before an expression, so that it is a statement.
_SELECT: Final = "SELECT "
_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_]*")
#: An expression reads a table only by a query inside it.
_QUERY: Final = re.compile(r"\b(?:select|table)\b", re.IGNORECASE)
_STRING: Final = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_JINJA: Final = re.compile(
    rf"\{{\{{(?P<value>(?:{_STRING}|[^'\"])*?)\}}\}}|\{{%(?P<statement>(?:{_STRING}|[^'\"])*?)%\}}|\{{#.*?#\}}",
    re.DOTALL,
)
#: The SQL of another dataset of the same Superset, whose schemas are right already.
_DATASET: Final = re.compile(r"-?\s*dataset\s*\(")
_PARTITIONS: Final = re.compile(r"\b(?:first_)?latest_(?:sub_)?partitions?\s*\(")
_TEXTS: Final = re.compile(_STRING, re.DOTALL)
_READS: Final = re.compile(r"\b(?:from|join|table)\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Piece:
    """Jinja, from `start` to before `end`, covered by a word or blanks. `open`: what it reads is known."""

    start: int
    end: int
    open: bool


def sql_here(sql: str, schemas: Schemas, *, query: bool = True) -> str:
    """Return a SQL text of the bundle with the schemas of an environment. `query`: a SELECT; else an expression.

    Raises ExpressionError, with the offset, where it cannot be told which tables are read, and as `Schemas.here`.
    """
    return sql if schemas.all_same else _with_schemas(sql, schemas.here, schemas, query=query)


def sql_in_bundle(sql: str, schemas: Schemas, *, query: bool = True) -> str | None:
    """Return the SQL text of the bundle that `sql_here` makes this one of; None where there is none."""
    if schemas.all_same:
        return sql

    def rename(catalog: str | None, schema: str) -> tuple[str | None, str]:
        found = schemas.in_bundle(catalog, schema)
        if found is None:
            raise ExpressionError(f"no schema of the bundle is '{schema}' here")
        return found

    try:
        found = _with_schemas(sql, rename, schemas, query=query)
        return found if sql_here(found, schemas, query=query) == sql else None
    except (ExpressionError, BadInputError):
        return None


def _with_schemas(sql: str, rename: _Rename, schemas: Schemas, *, query: bool) -> str:
    if not query and not _QUERY.search(sql):
        return sql
    covered, pieces = _covered(sql)
    before = "" if query else _SELECT
    moved = [_Piece(item.start + len(before), item.end + len(before), item.open) for item in pieces]
    edits: dict[int, tuple[int, str]] = {}
    try:
        for tree in _statements(before + covered):
            for start, end, name in _edits(tree, rename, schemas, moved):
                edits[start - len(before)] = (end - len(before), name)
    except ExpressionError as error:
        raise ExpressionError(str(error), max(error.offset - len(before), 0)) from None
    text = sql
    for start in sorted(edits, reverse=True):
        end, name = edits[start]
        text = text[:start] + name + text[end:]
    return text


def _covered(sql: str) -> tuple[str, list[_Piece]]:
    """Return a text of the same length without Jinja. Raises ExpressionError for Jinja that names tables in texts."""
    pieces: list[_Piece] = []
    result = sql
    for found in _JINJA.finditer(sql):
        code = found["value"] or found["statement"] or ""
        if _PARTITIONS.search(code):
            raise ExpressionError("a macro of partitions names its table in a text", found.start())
        if any(_READS.search(text) for text in _TEXTS.findall(code)):
            raise ExpressionError("Jinja puts a table into the SQL, so its schema cannot be told", found.start())
        length = len(found.group())
        cover = " " * length
        if found["value"] is not None:
            cover = "(" + "1".ljust(length - 2) + ")" if "where_in" in code else "j" * length
        pieces.append(_Piece(found.start(), found.end(), bool(_DATASET.match(code))))
        result = result[: found.start()] + cover + result[found.end() :]
    return result, pieces


def _statements(text: str) -> list[exp.Query]:
    try:
        trees = [tree for tree in sqlglot.parse(text, dialect=DIALECT) if tree is not None]
    except SqlglotError as error:
        places = error.errors if isinstance(error, ParseError) else []
        line, column = (int(places[0].get(key) or 1) for key in ("line", "col")) if places else (1, 1)
        place = sum(len(row) + 1 for row in text.split("\n")[: line - 1]) + max(column - 1, 0)
        raise ExpressionError("it cannot be told which tables this SQL reads", place) from None
    queries = [tree for tree in trees if isinstance(tree, exp.Query)]
    if len(queries) != len(trees) or not queries:
        raise ExpressionError("it cannot be told which tables this SQL reads: it is no SELECT")
    return queries


def _edits(tree: exp.Query, rename: _Rename, schemas: Schemas, pieces: list[_Piece]) -> Iterator[tuple[int, int, str]]:
    read: list[tuple[str, ...]] = []
    hidden = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        parts = _parts(table, schemas, pieces)
        if table.alias:
            hidden.add(table.alias.lower())
        elif len(parts) > 1:
            read.append(tuple(part.name.lower() for part in parts))
        elif parts:
            hidden.add(parts[0].name.lower())
        if len(parts) > 1:
            yield from _renamed(parts[-3] if len(parts) > 2 else None, parts[-2], rename)
    for column in tree.find_all(exp.Column):
        parts = column.parts
        names = tuple(part.name.lower() for part in parts)
        schema = parts[0]
        if len(names) < 3 or names[0] in hidden or not isinstance(schema, exp.Identifier):
            continue
        # Columns may be named by the table's own name, with its schema, with or without its catalog.
        of = next((name for name in read if names[:2] == name[-2:]), None)
        if of is not None:
            yield _replaced(schema, rename(of[0] if len(of) > 2 else None, schema.name)[1])
        elif names[:3] in read and isinstance(parts[1], exp.Identifier):
            yield from _renamed(schema, parts[1], rename)


def _parts(table: exp.Table, schemas: Schemas, pieces: list[_Piece]) -> list[exp.Identifier]:
    """Return the identifiers of a table's name; none for a function. Raises ExpressionError for another thing."""
    if isinstance(table.this, exp.Func):
        _check_function(table.this, schemas)
        return []
    parts = [part for part in table.parts if isinstance(part, exp.Identifier)]
    if isinstance(table.this, exp.Dot) or len(parts) != len(table.parts) or not parts:
        raise ExpressionError("it cannot be told which table this is", _start(table))
    # The table's own name may come from Jinja where its schema does not.
    for part in parts[:-1] or parts:
        start, end = _span(part)
        if any(start < piece.end and piece.start < end and not piece.open for piece in pieces):
            raise ExpressionError("the table comes from Jinja, so its schema cannot be told", start)
    return parts


def _check_function(function: exp.Func, schemas: Schemas) -> None:
    """Raise ExpressionError for a table function that names tables: as text, or as an argument."""
    for node in function.find_all(exp.Dot, exp.Column):
        if isinstance(node.parent, exp.Dot):
            continue
        names = _dotted(node)
        if isinstance(node, exp.Column) and len(names) < 2:
            continue
        catalog = names[0] if len(names) > 2 else ""
        if isinstance(node, exp.Column) or schemas.touches(catalog or schemas.lake):
            raise ExpressionError("a table function reads tables that cannot be told", _start(function))


def _dotted(node: exp.Expr) -> list[str]:
    if isinstance(node, exp.Dot):
        return [*_dotted(node.this), node.expression.name]
    return [part.name for part in node.parts] if isinstance(node, exp.Column) else [node.name]


def _renamed(catalog: exp.Identifier | None, schema: exp.Identifier, rename: _Rename) -> Iterator[tuple[int, int, str]]:
    new_catalog, new_schema = rename(catalog.name if catalog else None, schema.name)
    if new_schema != schema.name.lower():
        yield _replaced(schema, new_schema)
    if catalog is not None and new_catalog and new_catalog != catalog.name.lower():
        yield _replaced(catalog, new_catalog)


def _replaced(part: exp.Identifier, name: str) -> tuple[int, int, str]:
    start, end = _span(part)
    if name == part.name.lower():
        return start, end, f'"{part.name}"' if part.quoted else part.name
    plain = not part.quoted and _PLAIN.fullmatch(name) and name.upper() not in _KEYWORDS
    return start, end, name if plain else '"' + name.replace('"', '""') + '"'


_KEYWORDS: Final = frozenset(Tokenizer.KEYWORDS)


def _span(part: exp.Identifier) -> tuple[int, int]:
    return int(part.meta["start"]), int(part.meta["end"]) + 1


def _start(node: exp.Expr) -> int:
    return min((int(part.meta["start"]) for part in node.find_all(exp.Identifier) if "start" in part.meta), default=0)
