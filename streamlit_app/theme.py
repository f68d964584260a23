"""Streamlit's configuration, made from the `[look]` tokens of lakefront.toml.

python streamlit_app/theme.py      writes .streamlit/config.toml anew
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lakefront.config import LookTable, load_settings

CONFIG_FILE: Final = Path(__file__).parent / ".streamlit" / "config.toml"
#: WCAG 2.2 AA for text of normal size.
TEXT_CONTRAST: Final = 4.5
RADIUS: Final = "8px"
FONT: Final = "system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, Noto Sans KR, sans-serif"
CODE_FONT: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, Noto Sans Mono, monospace"

_HEADER: Final = """\
# Made by `python streamlit_app/theme.py` from the [look] tokens of lakefront.toml: change them there.

[server]
headless = true
showEmailPrompt = false
fileWatcherType = "none"
enableXsrfProtection = true
enableStaticServing = false
disconnectedSessionTTL = 120

[browser]
gatherUsageStats = false

[client]
toolbarMode = "minimal"
showErrorDetails = "none"
showErrorLinks = false

[runner]
magicEnabled = false
"""


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(colour: str, other: str, share: float) -> str:
    """Return `colour` with `share` (0 to 1) of `other` in it, as #RRGGBB."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02X}" for a, b in pairs)


def contrast(colour: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""

    def luminance(value: str) -> float:
        channels = [c / 255 for c in _rgb(value)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(colour), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, *backgrounds: str, towards: str) -> str:
    """Return the colour nearest to `colour`, on the way to `towards`, that text on all `backgrounds` can have."""
    for step in range(0, 101, 2):
        candidate = mix(colour, towards, step / 100)
        if all(contrast(candidate, background) >= TEXT_CONTRAST for background in backgrounds):
            return candidate
    return towards


def theme(look: LookTable) -> dict[str, dict[str, str | bool | int | list[str]]]:
    """Return the sections of Streamlit's theme, by their name in config.toml."""
    light = (look.surface, look.surface_alt)
    dark = (look.dark_surface, look.dark_surface_alt)
    series = list(look.series)
    return {
        "theme": {
            "font": FONT,
            "baseFontSize": 15,
            "codeFont": CODE_FONT,
            "codeFontSize": "0.875rem",
            "baseRadius": RADIUS,
            "buttonRadius": RADIUS,
            "showWidgetBorder": True,
            "showSidebarBorder": True,
            "linkUnderline": False,
            "paddingTop": "1.25rem",
            "paddingBottom": "2rem",
            "metricValueFontSize": "1.5rem",
            "headingFontSizes": ["1.5rem", "1.125rem", "1rem", "1rem", "0.875rem", "0.875rem"],
            "headingFontWeights": ["650", "650", "600", "600", "600", "600"],
            "chartCategoricalColors": series,
        },
        "theme.light": {
            "primaryColor": look.primary,
            "backgroundColor": look.surface,
            "secondaryBackgroundColor": look.surface_alt,
            "textColor": look.ink,
            "linkColor": readable(look.primary, *light, towards=look.ink),
            "borderColor": mix(look.surface, look.ink, 0.14),
            "greenColor": look.good,
            "greenTextColor": readable(look.good, *light, towards=look.ink),
            "orangeColor": look.warning,
            "orangeTextColor": readable(look.warning, *light, towards=look.ink),
            "redColor": look.bad,
            "redTextColor": readable(look.bad, *light, towards=look.ink),
            "blueColor": look.primary,
            "grayTextColor": readable(mix(look.ink, look.surface, 0.4), *light, towards=look.ink),
        },
        "theme.dark": {
            "primaryColor": readable(look.primary, *dark, towards=look.surface),
            "backgroundColor": look.dark_surface,
            "secondaryBackgroundColor": look.dark_surface_alt,
            "textColor": mix(look.surface_alt, look.dark_surface, 0.08),
            "linkColor": readable(look.primary, *dark, towards=look.surface),
            "borderColor": mix(look.dark_surface, look.surface, 0.16),
            "greenColor": look.good,
            "greenTextColor": readable(look.good, *dark, towards=look.surface),
            "orangeColor": look.warning,
            "orangeTextColor": readable(look.warning, *dark, towards=look.surface),
            "redColor": look.bad,
            "redTextColor": readable(look.bad, *dark, towards=look.surface),
            "blueColor": look.primary,
            "grayTextColor": readable(mix(look.surface_alt, look.dark_surface, 0.4), *dark, towards=look.surface),
        },
        "theme.light.sidebar": {"backgroundColor": look.surface_alt, "secondaryBackgroundColor": look.surface},
        "theme.dark.sidebar": {"backgroundColor": look.dark_surface_alt, "secondaryBackgroundColor": look.dark_surface},
    }


def config_toml(look: LookTable) -> str:
    """Return the whole of `.streamlit/config.toml`."""

    def literal(value: str | bool | int | list[str]) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value)
        if isinstance(value, list):
            return f"[{', '.join(v if v.isdigit() else literal(v) for v in value)}]"
        return f'"{value}"'

    sections = [
        f"[{name}]\n" + "".join(f"{key} = {literal(value)}\n" for key, value in values.items())
        for name, values in theme(look).items()
    ]
    return _HEADER + "\n" + "\n".join(sections)


if __name__ == "__main__":
    CONFIG_FILE.parent.mkdir(exist_ok=True)
    CONFIG_FILE.write_text(config_toml(load_settings(bundle=Path(__file__).parents[1]).manifest.look), encoding="utf-8")
