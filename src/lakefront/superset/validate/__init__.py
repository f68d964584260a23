"""`lakefront superset validate`: what is wrong with `superset_assets/`, found before Superset is asked."""

from lakefront.superset.validate.problem import Problem, Severity
from lakefront.superset.validate.run import Checked, validate, validate_folder
from lakefront.superset.validate.schema import SchemaCheck

__all__ = ["Checked", "Problem", "SchemaCheck", "Severity", "validate", "validate_folder"]
