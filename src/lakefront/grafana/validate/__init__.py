"""`lakefront grafana validate`: what is wrong with `grafana_dashboards/`, found before Grafana is asked."""

from lakefront.grafana.validate.problem import Problem, Severity
from lakefront.grafana.validate.run import RULES, Checked, validate, validate_here

__all__ = ["RULES", "Checked", "Problem", "Severity", "validate", "validate_here"]
