"""The pictures of the catalogue: what each shows, how large, in which format, what it is called."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from lakefront.sample.media.item import Item, image_item
from lakefront.sample.media.views import drawn_scenes, landscapes

_WIDE, _TALL, _SQUARE = (1200, 800), (864, 1200), (1000, 1000)

_GOODS: Final = {
    "bottle": ("Bottle", "glass"), "pump": ("Soap dispenser", "bath"), "vase": ("Vase with branches", "decor"),
    "mug": ("Coffee mug", "kitchen"), "lamp": ("Table lamp", "lighting"), "gift": ("Gift boxes", "season"),
    "speaker": ("Loudspeaker", "audio"), "camera": ("Camera", "electronics"), "donut": ("Donut", "food"),
    "sneaker": ("Running shoe", "shoes"), "cactus": ("Cactus in a pot", "plants"),
    "headphones": ("Headphones", "audio"),
    "armchair": ("Armchair", "furniture"), "car": ("Toy car", "toys"), "teapot": ("Teapot", "kitchen"),
    "books": ("Stack of books", "stationery"), "clock": ("Alarm clock", "decor"), "still": ("Still life", "decor"),
    "duck": ("Bath duck", "toys"),
}  # fmt: skip
_SCHEMES: Final = ("sand", "lake", "mint", "rose", "night", "sun", "lilac", "stone", "terra", "forest")
_CHARTS: Final = {
    "lines": ("Revenue by month, K USD", "Active customers by week, K", "Sessions by week, K"),
    "bars": ("Orders by channel and month", "Tickets by team and month", "Shipments by month"),
    "ranking": ("Revenue by product", "Returns by product"),
    "heat": ("Orders by weekday and hour", "Logins by weekday and hour", "Support calls by hour"),
    "ring": ("Orders by region", "Storage by region"),
    "scatter": ("Price against rating", "Spend against visits"),
    "funnel": ("From visit to order", "Sign-up funnel"),
    "treemap": ("Stock by product", "Storage by folder"),
    "candles": ("KRW index, daily", "Futures, daily"),
    "ridges": ("Delivery time by month", "Basket size by month"),
    "network": ("Products bought together", "Services that call each other", "Co-authors"),
    "dashboard": ("Sales overview", "Weekly report", "Board pack"),
}
_ART: Final = {
    "flow": "Flow field", "cells": "Stained glass", "truchet": "Interlocking rings", "mesh": "Soft light",
    "rings": "Circles", "waves": "Paper waves", "fractal": "Julia set", "low_poly": "Facets", "marbling": "Marbled ink",
}  # fmt: skip
_PALETTES: Final = ("lake", "ember", "garden", "candy", "mineral", "clay", "neon", "paper")


def _products() -> Iterator[Item]:
    korean = {"mug": "커피 머그", "lamp": "탁상 램프", "books": "책 더미"}
    for i, (good, (title, label)) in enumerate(_GOODS.items()):
        for k in range(3 if i % 5 == 0 else 2):
            scheme = _SCHEMES[(i * 3 + k * 4) % len(_SCHEMES)]
            size = ((800, 800), (800, 1000), (800, 800), (1000, 800))[(i + k) % 4]
            yield image_item(
                f"product-{good}-{scheme}",
                "product",
                ("jpg", "webp", "jpg", "avif", "png")[(i + k) % 5],
                korean[good] if k == 1 and good in korean else f"{title}, {scheme}",
                "product",
                ("product", label, scheme),
                size,
                params={"good": good, "scheme": scheme},
            )


def _charts() -> Iterator[Item]:
    turn = itertools.count()
    for form, titles in _CHARTS.items():
        for title in titles:
            i = next(turn)
            yield image_item(
                f"chart-{form}-{i}",
                "chart",
                "png" if i % 5 else "webp",
                title,
                "analytics",
                ("chart", form),
                (1200, 750) if i % 4 else (1280, 960),
                params={"form": form, "title": title, "dark": i % 3 == 1},
            )
    for i, kind in enumerate(("mail", "kanban", "music", "shop", "chat", "kanban", "shop", "mail", "chat")):
        accent = ("#0b6e99", "#6a4fa3", "#2e8b57", "#c4456a", "#d98e04")[i % 5]
        phone = i >= 6
        yield image_item(
            f"screen-{kind}-{i}",
            "screen",
            "png" if i % 4 else "webp",
            f"{kind.capitalize()} app{', phone' if phone else ''}",
            "analytics",
            ("screenshot", kind),
            (720, 1280) if phone else (1280, 800),
            params={"kind": kind, "accent": accent},
        )
    for i, style in enumerate(("day", "night", "ink", "day")):
        yield image_item(
            f"map-{style}-{i}",
            "street_map",
            "png",
            f"Town map, {style}",
            "analytics",
            ("map", "route"),
            _WIDE if i < 3 else _SQUARE,
            params={"style": style},
        )
    for i, warm in enumerate((False, True, False, True, False)):
        yield image_item(
            f"relief-{i}",
            "relief_map",
            ("jpg", "webp", "avif")[i % 3],
            ("Islands from above", "Warm coast from above")[warm],
            "other",
            ("map", "aerial"),
            _SQUARE if i % 2 else _WIDE,
            params={"warm": warm},
        )
    for i, (ground, line) in enumerate((("#f4efe4", "#7a5a3a"), ("#0f2a3d", "#56b4e9"), ("#e8f1ea", "#2e6b4f"))):
        yield image_item(
            f"contour-{i}",
            "contour_map",
            "png" if i == 1 else "webp",
            "Contour map",
            "analytics",
            ("map", "contours"),
            _WIDE,
            params={"ground": ground, "line": line},
        )


def _portraits() -> Iterator[Item]:
    names = (
        "Alex",
        "Mina",
        "Jonas",
        "Aisha",
        "Sora",
        "Lena",
        "Omar",
        "Yuna",
        "Ben",
        "Nadia",
        "Carlos",
        "Hana",
        "Tariq",
        "Ines",
        "Paul",
        "Grace",
        "Minho",
        "Elif",
        "Noah",
        "Priya",
        "Leo",
        "서연",
        "Vera",
        "Kofi",
    )
    for i, name in enumerate(names):
        round_frame = i % 4 == 1
        fmt = "svg" if i % 6 == 2 else "webp" if i % 5 == 0 else "png"
        yield image_item(
            f"portrait-{i}",
            "portrait",
            fmt,
            f"Portrait of {name}" if name.isascii() else f"{name}의 초상",
            "user",
            ("portrait", "people", "avatar"),
            (512, 512) if i % 3 else (800, 800),
            params={"round_frame": round_frame},
        )


def _art() -> Iterator[Item]:
    for i, (recipe, title) in enumerate(_ART.items()):
        for k in range(3 if i % 2 == 0 else 2):
            palette = _PALETTES[(i * 3 + k * 3) % len(_PALETTES)]
            vector = recipe in {"truchet", "rings", "waves", "low_poly"}
            fmt = "svg" if vector and k == 1 else ("png" if vector else ("jpg", "webp", "avif")[(i + k) % 3])
            yield image_item(
                f"art-{recipe}-{palette}",
                recipe,
                fmt,
                f"{title}, {palette}",
                ("other", "user")[k % 2],
                ("abstract", recipe, palette),
                (_WIDE, _SQUARE, _TALL)[(i + k) % 3],
                params={"palette": palette},
            )
    surfaces: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("wood", "Oak boards", {"colour": "#b07a4a"}),
        ("wood", "Dark boards", {"colour": "#6b4630"}),
        ("marble", "White marble", {"colour": "#eef0f1", "vein": "#6b7a86"}),
        ("marble", "Green marble", {"colour": "#2f5d50", "vein": "#e8efe6"}),
        ("linen", "Blue linen", {"colour": "#7f9bb0"}),
        ("brick", "Brick wall", {"colour": "#a8503a", "mortar": "#c9c2b8"}),
        ("water", "Pool", {"colour": "#1f9fc0"}),
        ("sand", "Sand ripples", {"colour": "#e3b877"}),
        ("tiles", "Blue tiles", {"colour": "#f5f1e6", "other": "#1f5f9f"}),
        ("tiles", "Green tiles", {"colour": "#f2ead8", "other": "#2f7d5b"}),
        ("paper", "Crumpled paper", {"colour": "#e9e2d3"}),
    )
    for i, (recipe, title, params) in enumerate(surfaces):
        yield image_item(
            f"texture-{i}",
            recipe,
            ("jpg", "webp")[i % 2],
            title,
            "product" if i % 3 == 0 else "other",
            ("texture", recipe),
            _SQUARE if i % 2 else _WIDE,
            params=dict(params),
        )
    sprites = (
        ("heart", "#d1495b"),
        ("star", "#f2a65a"),
        ("house", "#0b6e99"),
        ("drop", "#56b4e9"),
        ("bolt", "#e69f00"),
        ("leaf", "#2e8b57"),
    )
    for i, (sprite, colour) in enumerate(sprites):
        side = 16 if i < 4 else 32
        yield image_item(
            f"icon-{sprite}",
            "icon",
            "png" if i != 3 else "gif",
            f"{sprite.capitalize()} icon",
            "other",
            ("icon", "tiny"),
            (side, side),
            params={"sprite": sprite, "colour": colour},
        )
    for form in ("orbits", "bars", "sea", "pulse", "loading", "rose"):
        yield image_item(
            f"animation-{form}",
            "animation",
            "gif",
            f"{form.capitalize()}, animated",
            "analytics" if form == "bars" else "other",
            ("animation", "loop"),
            (360, 360) if form in {"orbits", "rose", "loading"} else (480, 320),
            params={"form": form},
        )
    yield image_item(
        "flag-gif",
        "truchet",
        "gif",
        "Interlocking rings, still",
        "other",
        ("abstract", "truchet"),
        (400, 300),
        params={"palette": "paper"},
    )


def pictures() -> list[Item]:
    """Return every picture that is not a duplicate, always in the same order."""
    return [*landscapes(), *drawn_scenes(), *_products(), *_charts(), *_portraits(), *_art()]
