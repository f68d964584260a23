"""Rules with everything that they leave out filled in: their name, owner, columns, and the table behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lakefront.semantic.expression import columns_used, parse_row_expression
from lakefront.semantic.model import Dataset, Relationship, SemanticLayer
from lakefront.semantic.quality_model import QualityRule, RuleKind, Severity

_COLUMNS_IN_A_NAME: Final = 3


@dataclass(frozen=True)
class Target:
    """What a relationship rule looks its keys up in."""

    dataset: Dataset
    columns: tuple[str, ...]


@dataclass(frozen=True)
class BoundRule:
    """A rule and what it is about. `columns` are those of its own dataset that it names."""

    rule: QualityRule
    name: str
    dataset: Dataset
    owner: str
    columns: tuple[str, ...]
    target: Target | None = None

    @property
    def kind(self) -> RuleKind:
        """What the rule asks."""
        return self.rule.rule

    @property
    def severity(self) -> Severity:
        """What a failure means."""
        return self.rule.severity

    @property
    def bound(self) -> str:
        """What is asked, in short: values, limits, the other dataset, and how many rows may fail."""
        asked = _asked(self)
        return ", ".join([*([asked] if asked else []), *_tolerance(self.rule)])


def bind_rules(layer: SemanticLayer, *, dataset: str | None = None) -> list[BoundRule]:
    """Return all rules of a checked layer, or those of one dataset, in the order of the files."""
    datasets = layer.datasets
    return [
        bind(rule, datasets[item.name], model.owner, datasets, layer.relationships)
        for model in layer.models
        for item in model.datasets
        if dataset in (None, item.name)
        for rule in item.quality
    ]


def bind(
    rule: QualityRule,
    dataset: Dataset,
    owner: str,
    datasets: Mapping[str, Dataset],
    relationships: Sequence[Relationship],
) -> BoundRule:
    """Return one rule of a checked layer, bound."""
    columns, target = rule.own_columns or _columns_in(rule.expression), None
    if rule.rule is RuleKind.RELATIONSHIP:
        columns, to, to_columns = _ends(rule, relationships, datasets)
        target = Target(datasets[to], to_columns)
    return BoundRule(rule, rule_name(rule), dataset, rule.owner or owner, columns, target)


def _columns_in(expression: str | None) -> tuple[str, ...]:
    names = [use.name for use in columns_used(parse_row_expression(expression))] if expression else []
    return tuple(dict.fromkeys(names))


def rule_name(rule: QualityRule) -> str:
    """Return the name of a rule: its own, or one made of its kind and what it names."""
    if rule.name:
        return rule.name
    if rule.relationship:
        return f"{rule.rule}_{rule.relationship}"
    columns = rule.own_columns
    if len(columns) > _COLUMNS_IN_A_NAME:
        columns = (columns[0], f"and_{len(columns) - 1}_more")
    return "_".join((rule.rule, *columns, *((rule.to,) if rule.to else ())))


def _ends(
    rule: QualityRule, relationships: Sequence[Relationship], datasets: Mapping[str, Dataset]
) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    if rule.relationship:
        declared = next(item for item in relationships if item.name == rule.relationship)
        return declared.from_columns, declared.to, declared.to_columns
    to = rule.to or ""  # a checked rule has one or the other
    return rule.own_columns, to, rule.to_columns or datasets[to].primary_key


def _asked(bound: BoundRule) -> str:
    rule = bound.rule
    if bound.target:
        return f"in {bound.target.dataset.name}({', '.join(bound.target.columns)})"
    if rule.values:
        return f"one of {', '.join(map(str, rule.values))}"
    if rule.max_age:
        return f"at most {rule.max_age} old"
    if rule.expression:
        return " ".join(rule.expression.split())
    if rule.rule in (RuleKind.NOT_NULL, RuleKind.UNIQUE):
        return rule.rule.replace("_", " ")
    limits = [f">= {rule.min_}"] if rule.min_ is not None else []
    return " and ".join([*limits, *([f"<= {rule.max_}"] if rule.max_ is not None else [])])


def _tolerance(rule: QualityRule) -> list[str]:
    share = [f"up to {rule.max_share:.4%}".rstrip("0%").rstrip(".") + "% may fail"] if rule.max_share else []
    return [*([f"up to {rule.max_rows} may fail"] if rule.max_rows else []), *share]
