"""What `lakefront grafana validate` finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lakefront.errors import Location


class Severity(StrEnum):
    """An error is shown wrongly, or not at all, in Grafana; a warning is a matter of quality."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where, and what mends it. `accepted`: why it is left so, as the file says."""

    rule: str
    severity: Severity
    what: str
    where: Location
    fix: str
    accepted: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return it as plain data."""
        return {
            "severity": "accepted" if self.accepted else self.severity.value,
            "rule": self.rule,
            "what": self.what,
            "where": str(self.where),
            "fix": self.fix,
            "accepted": self.accepted,
        }
