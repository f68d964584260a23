"""Every query of dashboards and alerts asked of the real sources, as Grafana's data sources would ask it."""

from lakefront.grafana.asking.run import Result, State, run

__all__ = ["Result", "State", "run"]
