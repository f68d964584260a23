"""The canonical text of the files of `superset_assets/`, and the YAML that Superset itself reads and writes.

`dump` is shared with the generated files of the semantic layer, and so is written there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import yaml

from lakefront.semantic.emit.yaml_text import dump, leading_comments

__all__ = ["dump", "dump_for_superset", "leading_comments", "read_from_superset"]

# Superset reads and writes by PyYAML, so by YAML 1.1: `yes` is no text there, and 1e5 is one. libyaml's where it is.
_LOADER: Final = cast("Any", getattr(yaml, "CSafeLoader", yaml.SafeLoader))
_DUMPER: Final = cast("Any", getattr(yaml, "CSafeDumper", yaml.SafeDumper))


def dump_for_superset(data: Mapping[str, Any]) -> str:
    """Return data as YAML for Superset's import; the same for the same data."""
    return str(yaml.dump(dict(data), Dumper=_DUMPER, allow_unicode=True, default_flow_style=False, sort_keys=True))


def read_from_superset(text: str) -> Any:
    """Return the data of a file that Superset exported."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 (a safe loader, by either name)
