"""`make bench` runs every benchmark, and the large bundle that two of them use is a sound one."""

from __future__ import annotations

import inspect
import pkgutil
from collections import Counter
from importlib import import_module
from pathlib import Path

import benchmarks
import pytest
from benchmarks.__main__ import BENCHMARKS
from benchmarks.crowd import Browsed
from benchmarks.large_model import METRICS, MODELS, write_models

from lakefront.semantic import load_layer


def test_every_benchmark_is_listed_with_what_it_needs() -> None:
    modules = [import_module(f"benchmarks.{item.name}") for item in pkgutil.iter_modules(benchmarks.__path__)]
    needs = {
        module.__name__.removeprefix("benchmarks."): bool(inspect.signature(module.run).parameters)
        for module in modules
        if hasattr(module, "run")
    }
    assert needs == BENCHMARKS


def test_a_percentile_is_the_time_within_which_so_many_pages_came() -> None:
    browsed = Browsed({"item": Counter({1000: 1, 2000: 1}), "gallery": Counter({100: 97, 9000: 1})})
    assert browsed.pages == 100
    assert [browsed.percentile(percent) for percent in (50, 97, 98, 99, 100)] == [0.1, 0.1, 1.0, 2.0, 9.0]
    assert browsed.percentile(50, "item") == 1.0
    with pytest.raises(ValueError, match="no page"):
        Browsed().percentile(95)


def test_the_large_bundle_has_as_many_models_and_metrics_as_it_says(tmp_path: Path) -> None:
    write_models(tmp_path)
    layer = load_layer(tmp_path)
    assert (len(layer.models), len(layer.metrics)) == (MODELS, METRICS) == (300, 3_000)
