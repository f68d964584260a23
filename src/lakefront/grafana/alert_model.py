"""Alert rules and who is told, as a person writes them: `grafana_dashboards/alerts/*.yml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from lakefront.grafana.model import Accepted, Period, Source, Uid
from lakefront.semantic.model_base import Node, Text

RunbookName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]+$")]
#: The name of an environment variable that Grafana's process has.
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]


class AlertRule(Node):
    """One rule: a query gives a number for each series, and it fires for those that are over (or under) a bound.

    `runbook`: a page of docs/operations/runbooks. `dashboard` and `panel`: what shows the number. `lasting`: how long
    it has to be so. `silent`: what no answer means.
    """

    uid: Uid
    title: Text
    summary: Text
    description: Text
    severity: Literal["page", "ticket"]
    runbook: RunbookName
    promql: Text | None = None
    search: Text | None = None
    sql: Text | None = None
    over: float | None = None
    under: float | None = None
    unit: str | None = None
    window: Period = "10m"
    lasting: Period = "5m"
    silent: Literal["fine", "fires", "told"] = "fine"
    dashboard: Uid | None = None
    panel: Text | None = None
    labels: dict[str, str] = Field(default_factory=dict[str, str])
    accept: tuple[Accepted, ...] = ()

    @model_validator(mode="after")
    def _one_of_each(self) -> AlertRule:
        if len([item for item in (self.promql, self.search, self.sql) if item]) != 1:
            raise ValueError("a rule has one of `promql`, `search`, `sql`")
        if (self.over is None) == (self.under is None):
            raise ValueError("a rule has a bound: `over` or `under`")
        if self.panel and not self.dashboard:
            raise ValueError("`panel` is one of a `dashboard`, which is missing")
        return self

    @property
    def source(self) -> Source:
        """Where it asks."""
        if self.promql:
            return Source.PROMETHEUS
        return Source.OPENSEARCH if self.search else Source.TRINO


class AlertFile(Node):
    """One file: a group of rules that are looked at together."""

    version: Literal[1]
    group: Text
    every: Period = "1m"
    rules: tuple[AlertRule, ...] = Field(min_length=1)


class ContactPoint(Node):
    """Who is told, and how. What is secret or differs between installations is named by environment variables."""

    name: Text
    kind: Literal["slack", "email", "webhook"]
    address_from: Variable
    #: Slack only: the channel, where the address is a token and not a hook.
    channel: str | None = None


class MuteTiming(Node):
    """When nobody is told of tickets, such as at weekends."""

    name: Text
    weekdays: tuple[str, ...] = ()
    times: tuple[tuple[TimeOfDay, TimeOfDay], ...] = ()
    zone: str = "UTC"


class Routing(Node):
    """Who is told in one environment: of what wakes people up, and of what can wait."""

    page: Text
    ticket: Text
    mute_tickets: tuple[str, ...] = ()


class Notifications(Node):
    """`alerts/notifications.yml`: contact points, mute timings, and who is told in which environment."""

    version: Literal[1]
    contact_points: tuple[ContactPoint, ...] = Field(min_length=1)
    mute_timings: tuple[MuteTiming, ...] = ()
    environments: dict[str, Routing]

    @model_validator(mode="after")
    def _known(self) -> Notifications:
        points = {point.name for point in self.contact_points}
        timings = {timing.name for timing in self.mute_timings}
        for name, routing in self.environments.items():
            for point in (routing.page, routing.ticket):
                if point not in points:
                    raise ValueError(f"environment '{name}' tells '{point}', which is no contact point")
            for timing in routing.mute_tickets:
                if timing not in timings:
                    raise ValueError(f"environment '{name}' is muted by '{timing}', which is no mute timing")
        return self
