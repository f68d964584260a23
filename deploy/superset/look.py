"""How Superset looks: its themes, logo and colours, made of the [look] table of lakefront.toml."""

import base64
from typing import Any

_SYSTEM_FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans KR', 'Liberation Sans', sans-serif"
)
_CODE_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace"


def _blend(colour: str, other: str, share: float) -> str:
    """Return `colour` with `share` (0 to 1) of `other` mixed in."""
    pairs = zip(bytes.fromhex(colour.lstrip("#")), bytes.fromhex(other.lstrip("#")), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def _svg(body: str, width: int, height: int) -> str:
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{body}</svg>'
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _mark(colour: str, accent: str) -> str:
    waves = "".join(
        f'<path d="M3 {y}q3.5-4 7 0t7 0t7 0" fill="none" stroke="{colour}" stroke-width="2.6" stroke-linecap="round"/>'
        for y in (15, 21)
    )
    return f'<circle cx="13.5" cy="7" r="4" fill="{accent}"/>{waves}'


def _spinner(colour: str) -> str:
    ring = f'<circle cx="22" cy="22" r="17" fill="none" stroke="{colour}" stroke-width="4" opacity="0.2"/>'
    arc = (
        f'<path d="M22 5a17 17 0 0 1 17 17" fill="none" stroke="{colour}" stroke-width="4" stroke-linecap="round">'
        '<animateTransform attributeName="transform" type="rotate" from="0 22 22" to="360 22 22" dur="1s"'
        ' repeatCount="indefinite"/></path>'
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="44" height="44" viewBox="0 0 44 44">{ring}{arc}</svg>'


class Look:
    """Colours, and what is made of them."""

    def __init__(self, tokens: dict[str, Any]) -> None:
        """Take the tokens of the [look] table."""
        self.tokens = tokens

    @property
    def series(self) -> list[str]:
        """The colours of series, in order, then a tint of each."""
        return [*self.tokens["series"], *(_blend(colour, "#FFFFFF", 0.45) for colour in self.tokens["series"])]

    @property
    def shades(self) -> list[str]:
        """Colours from little to much."""
        return [_blend("#EAF3F8", self.tokens["primary"], step / 5) for step in range(6)]

    @property
    def favicon(self) -> str:
        """The mark, as a data URL."""
        return _svg(_mark(self.tokens["primary"], self.tokens["accent"]), 27, 27)

    def logo(self, ink: str, primary: str) -> str:
        """Return the mark with the name, as a data URL."""
        font = _SYSTEM_FONT.replace("'", "")
        style = f'font-family="{font}" font-size="18" font-weight="600" fill="{ink}"'
        return _svg(f'{_mark(primary, self.tokens["accent"])}<text x="36" y="20" {style}>Lakefront</text>', 140, 28)

    def theme(self, *, dark: bool) -> dict[str, Any]:
        """Return Superset's tokens of the light or the dark theme."""
        ink = "#E6EEF4" if dark else self.tokens["ink"]
        surface = self.tokens["dark_surface_alt" if dark else "surface"]
        page = self.tokens["dark_surface" if dark else "surface_alt"]
        primary = _blend(self.tokens["primary"], "#FFFFFF", 0.35) if dark else self.tokens["primary"]
        line = _blend(surface, ink, 0.12)
        quiet = _blend(ink, surface, 0.32)
        return {
            "algorithm": "dark" if dark else "default",
            "token": {
                "brandAppName": "Lakefront",
                "brandLogoAlt": "Lakefront",
                "brandLogoUrl": self.logo(ink, primary),
                "brandLogoHref": "/",
                "brandLogoMargin": "18px 0",
                "brandLogoHeight": "28px",
                "brandSpinnerUrl": None,
                "brandSpinnerSvg": _spinner(primary),
                "colorPrimary": primary,
                "colorLink": primary,
                "colorInfo": primary,
                "colorSuccess": _blend(self.tokens["good"], "#FFFFFF", 0.25) if dark else self.tokens["good"],
                "colorWarning": self.tokens["warning"],
                "colorError": _blend(self.tokens["bad"], "#FFFFFF", 0.25) if dark else self.tokens["bad"],
                "colorTextBase": ink,
                "colorBgBase": page if dark else surface,
                "colorBgContainer": surface,
                "colorBgElevated": _blend(surface, "#FFFFFF", 0.06) if dark else surface,
                "colorBgLayout": page,
                "colorBorder": _blend(surface, ink, 0.2),
                "colorBorderSecondary": line,
                "colorSplit": line,
                "borderRadius": 8,
                "fontUrls": [],
                "fontFamily": _SYSTEM_FONT,
                "fontFamilyCode": _CODE_FONT,
                "fontSizeXS": "8",
                "fontSizeXXL": "28",
                "fontWeightNormal": "400",
                "fontWeightLight": "300",
                "fontWeightStrong": "600",
                "fontWeightBold": "700",
                "transitionTiming": 0.3,
                "brandIconMaxWidth": 37,
                "colorEditorSelection": "#5C4D1A" if dark else "#FFF5CF",
                "echartsOptionsOverrides": {
                    "textStyle": {"fontFamily": _SYSTEM_FONT},
                    "tooltip": {
                        "backgroundColor": _blend(surface, "#FFFFFF", 0.06) if dark else surface,
                        "borderColor": line,
                        "textStyle": {"color": ink, "fontFamily": _SYSTEM_FONT},
                    },
                    "legend": {"textStyle": {"color": quiet}},
                },
            },
        }
