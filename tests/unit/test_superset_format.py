"""`lakefront superset format`: what people write comes out as an apply and a pull would leave it."""

from __future__ import annotations

from pathlib import Path

from lakefront.superset.formatting import format_edits
from tests.support.bundles import with_own_assets
from tests.support.cli import ROOT, lakefront


def test_the_files_of_the_bundle_are_formatted() -> None:
    assert list(format_edits(ROOT / "superset_assets")) == []


def test_what_a_person_wrote_is_put_in_order_and_its_comments_stay(tmp_path: Path) -> None:
    bundle = with_own_assets(tmp_path / "bundle")
    chart = bundle / "superset_assets" / "charts" / "media-kpi-assets.yaml"
    theme = bundle / "superset_assets" / "themes" / "lakefront.yaml"
    formatted = chart.read_text(encoding="utf-8")
    key, _, rest = formatted.partition("params:\n")
    # As people write: a comment, tags as they come to mind, a default, an own key at the end.
    chart.write_text(f"# Looked at on Mondays.\n{key}cache_timeout: null\nparams:\n{rest}\n", encoding="utf-8")
    theme.write_text(theme.read_text(encoding="utf-8") + "\n\n", encoding="utf-8")
    arguments = ("--bundle", str(bundle), "superset", "format")

    checked = lakefront(*arguments, "--check")
    assert checked.returncode == 1
    assert "--- a/superset_assets/charts/media-kpi-assets.yaml\n" in checked.stdout
    assert "-cache_timeout: null\n" in checked.stdout
    assert "2 files are not in canonical form" in checked.stderr
    assert "cache_timeout" in chart.read_text(encoding="utf-8"), "a check writes nothing"

    written = lakefront(*arguments)
    assert written.returncode == 0
    assert written.stdout.splitlines() == [
        "changed superset_assets/charts/media-kpi-assets.yaml",
        "changed superset_assets/themes/lakefront.yaml",
    ]
    assert chart.read_text(encoding="utf-8") == f"# Looked at on Mondays.\n{formatted}"
    again = lakefront(*arguments, "--check")
    assert (again.returncode, again.stdout) == (0, "")


def test_a_broken_file_is_told_with_its_place_and_left_alone(tmp_path: Path) -> None:
    bundle = with_own_assets(tmp_path / "bundle")
    chart = bundle / "superset_assets" / "charts" / "media-kpi-assets.yaml"
    chart.write_text("version: [1.0.0\n", encoding="utf-8")
    done = lakefront("--bundle", str(bundle), "superset", "format")
    assert done.returncode == 2
    assert "media-kpi-assets.yaml:2:1" in done.stderr
    assert chart.read_text(encoding="utf-8") == "version: [1.0.0\n"
