"""The canonical form of a dataset of Superset, which is generated here and read back from the server elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

Data = dict[str, Any]
#: What Superset takes for a missing key.
DATASET_DEFAULTS: Final[Mapping[str, Any]] = {
    "main_dttm_col": None,
    "currency_code_column": None,
    "description": None,
    "default_endpoint": None,
    "offset": 0,
    "cache_timeout": None,
    "catalog": None,
    "schema": None,
    "sql": None,
    "params": None,
    "template_params": None,
    "filter_select_enabled": True,
    "fetch_values_predicate": None,
    "extra": None,
    "normalize_columns": False,
    "always_filter_main_dttm": False,
    "folders": None,
}
COLUMN_DEFAULTS: Final[Mapping[str, Any]] = {
    "verbose_name": None,
    "is_dttm": False,
    "is_active": True,
    "type": None,
    "advanced_data_type": None,
    "groupby": True,
    "filterable": True,
    "expression": None,
    "description": None,
    "python_date_format": None,
    "datetime_format": None,
    "extra": None,
}
METRIC_DEFAULTS: Final[Mapping[str, Any]] = {
    "verbose_name": None,
    "metric_type": None,
    "description": None,
    "d3format": None,
    "currency": None,
    "extra": None,
    "warning_text": None,
}
# How data got into a table once; no import asks for it.
_NOISE: Final = frozenset({"data", "data_file", "source_db_engine"})
_OLD_PARAMS: Final = frozenset({"remote_id", "database_name", "import_time"})
_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {})


def tidy_dataset(data: Mapping[str, Any]) -> Data:
    """Return a dataset without defaults; columns and metrics by name, as an export has them in no order."""
    found = {key: value for key, value in data.items() if key not in _NOISE}
    for key in ("extra", "params", "template_params"):
        if isinstance(found.get(key), dict):
            found[key] = _filled(found[key], _OLD_PARAMS if key == "params" else frozenset())
    for key, name, defaults in (
        ("columns", "column_name", COLUMN_DEFAULTS),
        ("metrics", "metric_name", METRIC_DEFAULTS),
    ):
        items = [_item(item, defaults) for item in cast("list[Data]", found.get(key) or [])]
        found[key] = sorted(items, key=lambda item, name=name: str(item.get(name)))
    return _without_defaults(found, DATASET_DEFAULTS)


def _item(data: Data, defaults: Mapping[str, Any]) -> Data:
    found = dict(data)
    for key in ("extra", "currency"):
        if isinstance(found.get(key), dict):
            found[key] = _filled(found[key], frozenset())
    return _without_defaults(found, defaults)


def _filled(data: Data, without: frozenset[str]) -> Data:
    return {key: value for key, value in data.items() if value not in _NOTHING and key not in without}


def _without_defaults(data: Data, defaults: Mapping[str, Any]) -> Data:
    return {
        key: value
        for key, value in data.items()
        if value not in _NOTHING and not (key in defaults and defaults[key] == value)
    }
