"""The colours of the site, light and dark, from the `[look]` of lakefront.toml: text is readable whatever is chosen."""

from __future__ import annotations

from typing import Final

from lakefront.config import LookTable

#: WCAG 2.2 AA for text of normal size.
_TEXT_CONTRAST: Final = 4.5
#: The kinds of boxes in pictures, in the order of the series that colours them.
KINDS: Final = ("dataset", "metric", "view", "chart", "dashboard", "table")


def theme_css(look: LookTable) -> str:
    """Return the variables of both themes as CSS; dark is chosen by the system, or by `data-theme` on the root."""
    light, dark = _block(_light(look)), _block(_dark(look))
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        f"@media screen {{ :root[data-theme=dark] {{ color-scheme: dark; {dark} }} }}\n"
        "@media screen and (prefers-color-scheme: dark) "
        f"{{ :root:not([data-theme=light]) {{ color-scheme: dark; {dark} }} }}\n"
    )


def _block(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in colours.items())


def _light(look: LookTable) -> dict[str, str]:
    return _colours(look, look.surface, look.surface_alt, look.ink)


def _dark(look: LookTable) -> dict[str, str]:
    return _colours(look, look.dark_surface, look.dark_surface_alt, mix("#FFFFFF", look.dark_surface, 0.1))


def _colours(look: LookTable, surface: str, alt: str, ink: str) -> dict[str, str]:
    tint = mix(surface, look.primary, 0.12)
    grounds = (surface, alt, tint)
    ink = readable(ink, *grounds)
    fill = readable(look.primary, "#FFFFFF")
    return {
        "surface": surface,
        "alt": alt,
        "tint": tint,
        "ink": ink,
        "muted": readable(mix(ink, surface, 0.38), *grounds, towards=ink),
        "line": mix(surface, ink, 0.16),
        "edge": mix(surface, ink, 0.38),
        "link": readable(look.primary, *grounds, towards=ink),
        "fill": fill,
        "accent": look.accent,
        "mark": mix(surface, look.accent, 0.42),
        "good": readable(look.good, *grounds, towards=ink),
        "warning": readable(look.warning, *grounds, towards=ink),
        "bad": readable(look.bad, *grounds, towards=ink),
        **{f"k-{kind}": look.series[at % len(look.series)] for at, kind in enumerate(KINDS)},
    }


def mix(colour: str, other: str, share: float) -> str:
    """Return `colour` with `share` (0 to 1) of `other` in it, as #RRGGBB."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02X}" for a, b in pairs)


def readable(colour: str, *grounds: str, towards: str | None = None) -> str:
    """Return the colour nearest to `colour`, on the way to `towards`, that text on all grounds can have.

    Where `towards` itself cannot be read, black or white is taken, whichever is the clearer.
    """
    ways = [towards] if towards else []
    ways += sorted(("#000000", "#FFFFFF"), key=lambda end: -min(contrast(end, ground) for ground in grounds))[:1]
    for end in ways:
        for step in range(0, 101, 4):
            candidate = mix(colour, end, step / 100)
            if all(contrast(candidate, ground) >= _TEXT_CONTRAST for ground in grounds):
                return candidate
    return ways[-1]


def contrast(colour: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [channel / 255 for channel in _rgb(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
