"""Quality rules as a person writes them under a dataset of the semantic model.

    quality:
      - {rule: not_null, column: email, severity: warning, max_share: 0.01}
      - {rule: relationship, relationship: item_product}

One type holds all kinds; which keys belong to which kind is told by `KEYS` and checked, with line and column, by
`lakefront.semantic.quality.check`. This module must not import `lakefront.semantic.model`, which imports it.
"""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr, StringConstraints

AGE_PATTERN: Final = r"^[1-9][0-9]{0,4}[mhdw]$"
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)]
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
#: `90m`, `36h`, `2d`, `1w`
Age = Annotated[str, StringConstraints(pattern=AGE_PATTERN)]
#: A number, a text or an ISO date or timestamp; `today` and `now` are the reference time of a run.
Bound = StrictInt | StrictFloat | StrictStr


class RuleKind(StrEnum):
    """What a rule asks of the rows of a dataset."""

    NOT_NULL = "not_null"
    UNIQUE = "unique"
    ACCEPTED_VALUES = "accepted_values"
    RELATIONSHIP = "relationship"
    FRESHNESS = "freshness"
    ROW_COUNT = "row_count"
    RANGE = "range"
    EXPRESSION = "expression"


class Severity(StrEnum):
    """What a failed rule means for a run: `error` fails it, `warning` is told only."""

    ERROR = "error"
    WARNING = "warning"


#: Keys that a kind needs, and those it may have, besides the ones that every rule may have.
#: `column|columns` stands for exactly one of the two, `min|max` for at least one.
KEYS: Final[dict[RuleKind, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    RuleKind.NOT_NULL: (("column|columns",), ()),
    RuleKind.UNIQUE: (("column|columns",), ()),
    RuleKind.ACCEPTED_VALUES: (("column", "values"), ()),
    RuleKind.RELATIONSHIP: (("relationship|to",), ("column", "columns", "to_columns")),
    RuleKind.FRESHNESS: (("column", "max_age"), ()),
    RuleKind.ROW_COUNT: (("min|max",), ()),
    RuleKind.RANGE: (("column", "min|max"), ()),
    RuleKind.EXPRESSION: (("expression",), ()),
}
#: Keys that every rule may have.
COMMON_KEYS: Final = ("rule", "name", "severity", "owner", "description", "where", "max_rows", "max_share")
#: Kinds that judge each row by itself (or by its key); the others judge the table as a whole and take no tolerance.
ROW_KINDS: Final = frozenset(RuleKind) - {RuleKind.FRESHNESS, RuleKind.ROW_COUNT}


class QualityRule(BaseModel):
    """What rows of a dataset must be like, how bad it is if they are not, and who cares.

    `where` limits the rows that are checked. `max_rows` and `max_share` (0 to 1, of the checked rows) are how many
    may fail; with both, the rule fails as soon as one of them is passed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    rule: RuleKind
    name: _Name | None = None
    column: _Name | None = None
    columns: tuple[_Name, ...] | None = Field(default=None, min_length=1)
    values: tuple[Bound, ...] | None = Field(default=None, min_length=1)
    relationship: _Name | None = None
    to: _Name | None = None
    to_columns: tuple[_Name, ...] | None = Field(default=None, min_length=1)
    max_age: Age | None = None
    min_: Bound | None = Field(default=None, alias="min")
    max_: Bound | None = Field(default=None, alias="max")
    expression: _Text | None = None
    where: _Text | None = None
    severity: Severity = Severity.ERROR
    owner: _Text | None = None
    description: _Text | None = None
    max_rows: int | None = Field(default=None, ge=0)
    max_share: float | None = Field(default=None, ge=0, le=1)

    @property
    def own_columns(self) -> tuple[str, ...]:
        """The columns that the rule names on its own dataset."""
        return self.columns or ((self.column,) if self.column else ())

    @property
    def age(self) -> dt.timedelta:
        """`max_age` as a duration; zero if the rule has none."""
        return age_of(self.max_age) if self.max_age else dt.timedelta()


def age_of(text: str) -> dt.timedelta:
    """Return the duration that a text such as `36h` says. Raises ValueError."""
    if not re.match(AGE_PATTERN, text):
        raise ValueError(text)
    return dt.timedelta(**{_UNITS[text[-1]]: int(text[:-1])})
