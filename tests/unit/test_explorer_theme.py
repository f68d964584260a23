"""The explorer looks as the tokens of lakefront.toml say, in light and in dark, and stays readable."""

from __future__ import annotations

import importlib
import sys
import tomllib
from pathlib import Path

import pytest
from streamlit import config as streamlit_config

from lakefront.config import load_manifest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "streamlit_app"))
theme = importlib.import_module("theme")

LOOK = load_manifest(ROOT / "lakefront.toml").look


def test_the_committed_configuration_is_made_from_the_tokens() -> None:
    written = theme.CONFIG_FILE.read_text(encoding="utf-8")
    assert written == theme.config_toml(LOOK), "run `python streamlit_app/theme.py`"


def test_streamlit_knows_every_setting() -> None:
    def names(table: dict[str, object], prefix: str = "") -> list[str]:
        found: list[str] = []
        for name, value in table.items():
            path = f"{prefix}{name}"
            found += names(value, f"{path}.") if isinstance(value, dict) else [path]
        return found

    known = streamlit_config.get_config_options()
    unknown = [name for name in names(tomllib.loads(theme.config_toml(LOOK))) if name not in known]
    assert unknown == []


def test_nothing_is_told_to_anybody_and_no_font_comes_from_elsewhere() -> None:
    settings = tomllib.loads(theme.config_toml(LOOK))
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["server"]["showEmailPrompt"] is False
    assert "//" not in settings["theme"]["font"] + settings["theme"]["codeFont"]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("text", ["textColor", "linkColor", "grayTextColor", "greenTextColor", "redTextColor"])
def test_text_has_enough_contrast_on_both_surfaces(mode: str, text: str) -> None:
    colours = theme.theme(LOOK)[f"theme.{mode}"]
    for surface in ("backgroundColor", "secondaryBackgroundColor"):
        assert theme.contrast(colours[text], colours[surface]) >= 4.5


def test_a_pale_brand_colour_is_darkened_until_it_can_be_read() -> None:
    pale = LOOK.model_copy(update={"primary": "#BFE3F2"})
    link = theme.theme(pale)["theme.light"]["linkColor"]
    assert link != "#BFE3F2"
    assert theme.contrast(link, pale.surface) >= 4.5


def test_contrast_agrees_with_the_published_extremes() -> None:
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)  # WCAG's well-known near miss
