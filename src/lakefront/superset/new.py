"""New charts and dashboards from a model, so that nobody starts with an empty file."""

from __future__ import annotations

from lakefront.superset.viz_types import VIZ_TYPES, Param, ParamKind, VizType

__all__ = ["VIZ_TYPES", "Param", "ParamKind", "VizType"]
