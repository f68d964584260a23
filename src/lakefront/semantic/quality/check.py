"""Rules against the models they stand in: every key belongs to the rule's kind, every name and value is known.

pydantic has seen to types and unknown keys; this tells the rest, with file, line and column.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from lakefront.errors import BadInputError, did_you_mean
from lakefront.semantic.expression import ExpressionError, columns_used, parse_row_expression
from lakefront.semantic.model import Dataset, Model, Relationship
from lakefront.semantic.quality.bind import rule_name
from lakefront.semantic.quality.moment import BoundError, literal, newest_bound
from lakefront.semantic.quality_model import COMMON_KEYS, KEYS, ROW_KINDS, Bound, QualityRule, RuleKind
from lakefront.semantic.source import Path_, Source

#: Any moment does to see whether a value fits its column.
_SOME_MOMENT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def check_quality(parsed: Sequence[tuple[Source, Model]]) -> list[BadInputError]:
    """Return all that is wrong with the quality rules of models whose other references are sound."""
    datasets = {dataset.name: dataset for _, model in parsed for dataset in model.datasets}
    relationships = tuple(relationship for _, model in parsed for relationship in model.relationships)
    problems: list[BadInputError] = []
    for source, model in parsed:
        for number, dataset in enumerate(model.datasets):
            checker = _Checker(source, dataset, datasets, relationships)
            problems += checker.rules(("datasets", number, "quality"))
    return problems


class _Checker:
    def __init__(
        self,
        source: Source,
        dataset: Dataset,
        datasets: Mapping[str, Dataset],
        relationships: Sequence[Relationship],
    ) -> None:
        self.source = source
        self.dataset = dataset
        self.datasets = datasets
        self.relationships = relationships

    def rules(self, path: Path_) -> Iterator[BadInputError]:
        seen: dict[str, int] = {}
        for number, rule in enumerate(self.dataset.quality):
            here = (*path, number)
            wrong = list(self._keys(here, rule)) or list(self._rule(here, rule))
            yield from wrong
            name = rule_name(rule)
            if not wrong and name in seen:
                yield self._problem(
                    here,
                    "quality-duplicate",
                    f"'{self.dataset.name}' has two rules named '{name}', the other at "
                    f"line {self.source.at_value((*path, seen[name])).line}",
                    "remove one, or give it a name: `name: another_name`",
                )
            seen.setdefault(name, number)

    def _keys(self, path: Path_, rule: QualityRule) -> Iterator[BadInputError]:
        """Compare the keys that were written with those of the rule's kind."""
        written = [alias for alias in _aliases() if _given(rule, alias)]
        needed, possible = KEYS[rule.rule]
        allowed = [key for group in (*needed, *possible) for key in group.split("|")]
        strange = [key for key in written if key not in (*COMMON_KEYS, *allowed)]
        for key in strange:
            yield self._problem_at_key(
                (*path, key),
                f"a rule of kind {rule.rule} has no '{key}'.{did_you_mean(key, allowed)}",
                f"remove it; {rule.rule} takes {', '.join(allowed)}",
            )
        for group in needed:
            names = group.split("|")
            here = [name for name in names if name in written]
            if not here and not strange:  # a key of another kind often stands for the one that is missing
                yield self._problem(
                    path, "model-missing-key", f"{' or '.join(map(repr, names))} is missing", f"add `{names[0]}: …`"
                )
            elif len(here) > 1 and group != "min|max":
                yield self._problem_at_key((*path, here[1]), f"'{here[0]}' is there already", f"remove {here[1]}")
        if rule.rule not in ROW_KINDS:
            for key in (name for name in ("max_rows", "max_share") if name in written):
                yield self._problem_at_key(
                    (*path, key), f"{rule.rule} is about the whole table: no number of rows may fail", "remove it"
                )

    def _rule(self, path: Path_, rule: QualityRule) -> Iterator[BadInputError]:
        """Check names and values of a rule that has the right keys."""
        unknown = [*self._columns((*path, "column"), rule.own_columns[:1] if rule.column else (), self.dataset)]
        unknown += self._columns((*path, "columns"), rule.columns or (), self.dataset, listed=True)
        yield from unknown
        for key in ("expression", "where"):
            text: str | None = getattr(rule, key)
            if text:
                yield from self._expression((*path, key), text)
        if rule.rule is RuleKind.RELATIONSHIP:
            yield from self._relationship(path, rule)
        elif not unknown:
            yield from self._values(path, rule)

    def _columns(
        self, path: Path_, names: Sequence[str], dataset: Dataset, *, listed: bool = False
    ) -> Iterator[BadInputError]:
        known = [column.name for column in dataset.columns]
        for number, name in enumerate(names):
            if name not in known:
                yield self._unknown((*path, number) if listed else path, name, f"column of {dataset.name}", known)

    def _expression(self, path: Path_, text: str) -> Iterator[BadInputError]:
        try:
            tree = parse_row_expression(text)
        except ExpressionError as error:
            where = self.source.at_value(path, error.offset)
            yield BadInputError("model-expression", str(error), where=where, fix="write SQL as Trino reads it")
            return
        known = [column.name for column in self.dataset.columns]
        for use in columns_used(tree):
            if use.name not in known:
                yield self._unknown(path, use.name, f"column of {self.dataset.name}", known, offset=use.offset)
        for column in tree.find_all(exp.Column):
            if column.table:
                yield self._problem(
                    path,
                    "model-expression",
                    f"'{column.sql('trino')}': a rule looks at one row of its own dataset",
                    "name its columns without a qualifier, or write a relationship rule",
                )

    def _relationship(self, path: Path_, rule: QualityRule) -> Iterator[BadInputError]:
        if rule.relationship:
            yield from self._declared(path, rule, rule.relationship)
            return
        target = self.datasets.get(rule.to or "")
        if target is None:
            yield self._unknown((*path, "to"), rule.to or "", "dataset", self.datasets)
            return
        if not rule.own_columns:
            yield self._problem(path, "model-missing-key", "'column' or 'columns' is missing", "add `column: …`")
            return
        yield from self._columns((*path, "to_columns"), rule.to_columns or (), target, listed=True)
        theirs = rule.to_columns or target.primary_key
        if len(theirs) != len(rule.own_columns):
            yield self._problem(
                (*path, "to_columns"),
                "model-relationship",
                f"{len(rule.own_columns)} columns cannot be matched with {len(theirs)}: {', '.join(theirs)}",
                "name as many columns on both sides",
            )

    def _declared(self, path: Path_, rule: QualityRule, name: str) -> Iterator[BadInputError]:
        own = {item.name for item in self.relationships if item.from_ == self.dataset.name}
        if name not in own:
            yield self._unknown((*path, "relationship"), name, f"relationship from {self.dataset.name}", own)
        for key in ("column", "columns", "to_columns"):
            if _given(rule, key):
                yield self._problem_at_key(
                    (*path, key), f"the relationship '{name}' has its columns already", f"remove {key}"
                )

    def _values(self, path: Path_, rule: QualityRule) -> Iterator[BadInputError]:
        column = self.dataset.column(rule.own_columns[0]) if rule.own_columns else None
        if column is None:
            yield from self._row_count(path, rule)
            return
        for number, value in enumerate(rule.values or ()):
            yield from self._fits((*path, "values", number), value, column.type)
        for key, value in (("min", rule.min_), ("max", rule.max_)):
            if value is not None:
                yield from self._fits((*path, key), value, column.type)
        if rule.rule is RuleKind.FRESHNESS:
            try:
                newest_bound(column.type, _SOME_MOMENT)
            except BoundError as error:
                yield self._problem((*path, "column"), "quality-value", str(error), "name a time column")

    def _row_count(self, path: Path_, rule: QualityRule) -> Iterator[BadInputError]:
        if rule.rule is RuleKind.ROW_COUNT:
            for key, value in (("min", rule.min_), ("max", rule.max_)):
                if value is not None and (not isinstance(value, int) or value < 0):
                    yield self._problem(
                        (*path, key), "quality-value", f"'{value}' is not a number of rows", "write a whole number"
                    )

    def _fits(self, path: Path_, value: Bound, column_type: str) -> Iterator[BadInputError]:
        try:
            literal(value, column_type, _SOME_MOMENT)
        except BoundError as error:
            yield self._problem(path, "quality-value", f"'{value}': {error}", "write a value of the column's type")

    def _unknown(
        self, path: Path_, name: str, what: str, known: Mapping[str, object] | Sequence[str] | set[str], offset: int = 0
    ) -> BadInputError:
        candidates = sorted(known)
        return BadInputError(
            "model-unknown-name",
            f"there is no {what} '{name}'.{did_you_mean(name, candidates)}",
            where=self.source.at_value(path, offset),
            fix=f"use one of: {', '.join(candidates)}" if candidates else f"define the {what} first",
        )

    def _problem(self, path: Path_, code: str, what: str, fix: str) -> BadInputError:
        return BadInputError(code, what, where=self.source.at_value(path), fix=fix)

    def _problem_at_key(self, path: Path_, what: str, fix: str) -> BadInputError:
        return BadInputError("quality-key", what, where=self.source.at_key(path), fix=fix)


def _aliases() -> list[str]:
    return [field.alias or name for name, field in QualityRule.model_fields.items()]


def _given(rule: QualityRule, alias: str) -> bool:
    return (f"{alias}_" if alias in ("min", "max") else alias) in rule.model_fields_set
