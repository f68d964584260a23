"""What runs inside Superset and is no part of the toolkit, as far as it needs nothing of Superset's."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from tests.support.cli import ROOT


def module_of_superset(name: str) -> ModuleType:
    """Load a module of `deploy/superset`, without putting its folder on the path."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "deploy" / "superset" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
