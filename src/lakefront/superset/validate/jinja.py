"""Jinja in SQL: macros that exist, blocks that end, and values from outside that are escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from lakefront.errors import did_you_mean
from lakefront.semantic.source import Path_
from lakefront.superset.bundle import AssetFile
from lakefront.superset.environment import WRITTEN
from lakefront.superset.validate.index import Index
from lakefront.superset.values import in_list, listed, mapping

#: superset.jinja_context, for Trino.
MACROS: Final = frozenset({
    "cache_key_wrapper", "current_user_email", "current_user_id", "current_user_rls_rules", "current_user_roles",
    "current_username", "dataset", "filter_values", "first_latest_partition", "get_filters", "get_time_filter",
    "latest_partition", "latest_partitions", "latest_sub_partition", "metric", "url_param",
})  # fmt: skip
#: Ours, of deploy/superset/as_of.py, which fills it in by a pattern: it is written in one form, and in datasets only.
_AS_OF: Final = re.compile(r"\{\{ as_of\('[a-z][a-z0-9_]*'\) \}\}")
#: Jinja's own, and tests that look like calls.
_OF_JINJA: Final = frozenset({"range", "dict", "namespace", "cycler", "joiner", "loop", "caller", "super", "not", "in"})
#: Macros whose values whoever looks at the dashboard chooses. `url_param` hands on what is in the address as it is.
_FROM_OUTSIDE: Final = ("filter_values", "url_param", "get_filters")
_BLOCK: Final = re.compile(r"\{\{(?P<value>.*?)\}\}|\{%-?(?P<statement>.*?)-?%\}|\{#.*?#\}", re.DOTALL)
_OPEN: Final = re.compile(r"\{\{|\{%|\{#")
_STRING: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_CALL: Final = re.compile(r"(?<![\w.|])(?<!\|\s)([A-Za-z_]\w*)\s*\(")
_NAME: Final = re.compile(r"(?<![\w.])([A-Za-z_]\w*)")
_BINDS: Final = re.compile(r"^\s*(?:for\s+(?P<loop>[\w\s,]+?)\s+in\s+|set\s+(?P<set>\w+)\s*=\s*)(?P<of>.*)", re.DOTALL)
_DEFINES: Final = re.compile(r"^\s*macro\s+(\w+)")
_SAFE: Final = re.compile(r"\|\s*(?:where_in|replace|int|float|tojson)\b|\|\s*map\(\s*'(?:int|float|replace)'")


def check_jinja(index: Index) -> None:
    """Check the SQL of datasets, charts and row filters."""
    for folder in ("datasets", "charts", "dashboards", "rls"):
        for asset in index.of.get(folder, []):
            for path, sql in _sql_of(asset):
                if "{" in sql:
                    _Template(asset, path, sql, index).check()


def _sql_of(asset: AssetFile) -> Iterator[tuple[Path_, str]]:
    """Yield the SQL that Superset renders, by its path."""
    data = asset.data
    if asset.folder == "rls":
        for number, item in enumerate(listed(data.get("rules"))):
            yield from _of(("rules", number, "clause"), mapping(item).get("clause"))
        return
    if asset.folder == "datasets":
        yield from _of(("sql",), data.get("sql"))
        yield from _of(("fetch_values_predicate",), data.get("fetch_values_predicate"))
        for key in ("columns", "metrics"):
            for number, item in enumerate(listed(data.get(key))):
                yield from _of((key, number, "expression"), mapping(item).get("expression"))
        return
    yield from _adhoc(("params",) if asset.folder == "charts" else ("metadata",), dict(data))


def _adhoc(path: Path_, data: dict[str, Any]) -> Iterator[tuple[Path_, str]]:
    waiting: list[tuple[Path_, Any]] = [(path, data.get(str(path[0])))]
    while waiting:
        here, value = waiting.pop()
        for key, inner in mapping(value).items():
            if key in WRITTEN:
                yield from _of((*here, key), inner)
            else:
                waiting.append(((*here, key), inner))
        waiting += [((*here, number), inner) for number, inner in enumerate(listed(value))]


def _of(path: Path_, value: Any) -> Iterator[tuple[Path_, str]]:
    if isinstance(value, str):
        yield path, value


class _Template:
    """One SQL text with Jinja in it."""

    def __init__(self, asset: AssetFile, path: Path_, sql: str, index: Index) -> None:
        self.asset = asset
        self.path = path
        self.sql = sql
        self.index = index
        #: Names that hold values from outside -> the macro behind them.
        self.outside: dict[str, str] = {}
        self.known = set(MACROS | _OF_JINJA)

    def check(self) -> None:
        self.known |= {found.group(1) for block in _BLOCK.finditer(self.sql) if (found := _defined(block))}
        for block in _BLOCK.finditer(self.sql):
            code = block.group("value") or block.group("statement")
            if code is None:
                continue
            if _AS_OF.fullmatch(block.group()):
                self._as_of(block)
                continue
            start = block.start("value") if block.group("value") else block.start("statement")
            self._macros(code, start)
            binds = _BINDS.match(code) if block.group("statement") else None
            source = self._source(binds.group("of") if binds else code)
            if binds:
                for name in re.findall(r"\w+", binds.group("loop") or binds.group("set")):
                    self.outside.pop(name, None)
                    if source:
                        self.outside[name] = source
            elif source and block.group("value"):
                self._unescaped(block, source)
        rest = _BLOCK.sub(lambda found: " " * len(found.group()), self.sql)
        if opened := _OPEN.search(rest):
            what = f"'{opened.group()}' is not closed"
            self._add("asset-jinja-syntax", what, opened.start(), "close it, or write the bracket in quotes")

    def _as_of(self, block: re.Match[str]) -> None:
        if self.path != ("sql",) or self.asset.folder != "datasets":
            what = "'as_of' is filled into the SELECT of a dataset only"
            self._add(
                "asset-jinja-macro", what, block.start(), "ask a dataset that is generated for a view with `as_of`"
            )

    def _macros(self, code: str, start: int) -> None:
        bare = _STRING.sub(lambda found: "'" + " " * (len(found.group()) - 2) + "'", code)
        for found in _CALL.finditer(bare):
            name = found.group(1)
            if name not in self.known and not bare[: found.start()].rstrip().endswith(("|", "is", "macro", "call")):
                what = f"Superset has no macro '{name}'.{did_you_mean(name, self.known)}"
                fix = f"use one of: {in_list(MACROS)}"
                if name == "as_of":
                    what = "'as_of' is known in one form only"
                    fix = "write {{ as_of('column') }}, with these blanks and quotes"
                self._add("asset-jinja-macro", what, start + found.start(), fix)

    def _source(self, code: str) -> str:
        """Return the macro whose values a piece of code hands on without escaping them; empty if none."""
        if _SAFE.search(code):
            return ""
        names = _NAME.findall(_STRING.sub("''", code))
        return next(
            (self.outside.get(name, name) for name in names if name in _FROM_OUTSIDE or name in self.outside), ""
        )

    def _unescaped(self, block: re.Match[str], source: str) -> None:
        quoted = self.sql[: block.start()].rstrip().endswith("'") or "'" in block.group()[: block.group().find(source)]
        how = "puts into quotes by hand" if quoted else "puts into the SQL as it is"
        if source == "url_param":
            fix = "write '{{ url_param('x') | replace(\"'\", \"''\") }}' in quotes, or {{ url_param('n') | int }}"
        else:
            fix = f"write IN {{{{ {source if source == 'filter_values' else 'filter_values'}('column') | where_in }}}}"
        what = f"whoever looks at it chooses the value of {source}, which this {how}"
        self._add("asset-jinja-unescaped", what, block.start(), fix)

    def _add(self, code: str, what: str, offset: int, fix: str) -> None:
        where = self.asset.source.at_offset(self.path, self.sql, offset)
        self.index.found.add(code, what, where, fix)


def _defined(block: re.Match[str]) -> re.Match[str] | None:
    return _DEFINES.match(block.group("statement") or "")
