"""Portraits of people who don't exist: flat shapes, many skins, hairs, clothes and glasses."""

from __future__ import annotations

from typing import Final

import numpy as np

from lakefront.sample.media.canvas import Canvas
from lakefront.sample.media.noise import blend

_SKIN: Final = ("#f6d3b8", "#efbf97", "#d99f74", "#b97a50", "#8d5a3b", "#5f3b28")
_HAIR: Final = ("#20191a", "#3a261d", "#6b4226", "#a8672f", "#d9a441", "#8c8c90", "#b5402e", "#ece6da")
_CLOTH: Final = ("#0b6e99", "#e07a5f", "#2e8b57", "#6a4fa3", "#f2a65a", "#27384d", "#c4456a", "#f4f1ea", "#3f7f8c")
_GROUND: Final = (
    ("#cfe6f1", "#9cc8df"), ("#fbe3c0", "#f4c488"), ("#d9ecd9", "#a9d1b2"), ("#f7d4d4", "#eba9ac"),
    ("#e2daf2", "#bfb0e0"), ("#dfe5ea", "#b8c4cf"), ("#27435c", "#152a3d"), ("#f8e79a", "#efc94c"),
)  # fmt: skip


def portrait(rng: np.random.Generator, width: int, height: int, *, round_frame: bool = False) -> Canvas:
    """Draw one person from the chest up. With a round frame, the corners are transparent."""
    board = _person(rng, round_frame=round_frame)
    board.fit(width, height)
    return board


def _person(rng: np.random.Generator, *, round_frame: bool) -> Canvas:
    def pick(options: tuple[str, ...]) -> str:
        return options[int(rng.integers(len(options)))]

    skin, hair, cloth, frame = pick(_SKIN), pick(_HAIR), pick(_CLOTH), pick(_CLOTH)
    light, deep = _GROUND[int(rng.integers(len(_GROUND)))]
    style, top, face = int(rng.integers(7)), int(rng.integers(4)), int(rng.integers(3))
    glasses, beard = rng.random() < 0.3, style in {0, 1, 6} and rng.random() < 0.45
    shade, line = blend(skin, "#5a2a1a", 0.18), blend(skin, "#2a1510", 0.72)
    board = Canvas(400, 400)
    inside = board.clip('<circle cx="200" cy="200" r="200"/>') if round_frame else ""
    board.add(f"<g {inside}>")
    board.rect(0, 0, 400, 400, board.linear([(0, light), (1, deep)]))
    board.circle(310, 90, 150, "#ffffff", extra='fill-opacity="0.16"')
    if style in {2, 3}:  # long hair falls behind the shoulders
        length = 330 if style == 2 else 285
        board.path(
            f"M108 190C100 70 300 70 292 190C300 250 306 {length - 20} 290 {length}"
            f"H110C94 {length - 20} 100 250 108 190Z",
            fill=blend(hair, "#000000", 0.12),
        )
    if style == 4:
        board.circle(200, 62, 40, hair)
    if style == 5:
        for x, y, r in (
            (120, 150, 56),
            (280, 150, 56),
            (145, 95, 58),
            (255, 95, 58),
            (200, 78, 62),
            (110, 205, 40),
            (290, 205, 40),
        ):
            board.circle(x, y, r, hair)
    board.path("M60 420C62 330 120 300 168 292H232C280 300 338 330 340 420Z", fill=cloth)
    board.path(
        "M60 420C62 330 120 300 168 292H190C130 320 110 360 108 420Z", fill="#000000", extra='fill-opacity="0.08"'
    )
    board.path("M166 250H234V296C234 326 166 326 166 296Z", fill=shade)
    _collar(board, top, cloth, frame)
    board.ellipse(121, 200, 15, 21, skin)
    board.ellipse(279, 200, 15, 21, skin)
    jaw = (296, 288, 280)[face]
    board.path(
        f"M124 178C124 108 276 108 276 178V208C276 {jaw - 30} 240 {jaw} 200 {jaw}C160 {jaw} 124 {jaw - 30} 124 208Z",
        fill=skin,
    )
    if beard:
        board.path(
            f"M124 205C128 {jaw - 6} 165 {jaw + 8} 200 {jaw + 8}C235 {jaw + 8} 272 {jaw - 6} 276 205"
            "C262 232 246 232 232 228C214 220 186 220 168 228C154 232 138 232 124 205Z",
            fill=blend(hair, skin, 0.12),
        )
    _features(board, skin, line, hair, blush=blend(skin, "#e0605a", 0.35))
    _hair(board, style, hair)
    if glasses:
        for x in (162, 238):
            board.circle(
                x,
                196,
                27,
                "#ffffff",
                extra=f'fill-opacity="0.18" stroke="{blend(frame, "#1a1a1a", 0.45)}" stroke-width="6"',
            )
        board.line((189, 194), (211, 194), blend(frame, "#1a1a1a", 0.45), 6)
    if style != 5 and rng.random() < 0.25:
        for x in (119, 281):
            board.circle(x, 222, 6, "#f2c14e")
    board.add("</g>")
    return board


def _collar(board: Canvas, top: int, cloth: str, other: str) -> None:
    if top == 0:
        board.path(
            "M150 296C160 345 240 345 250 296L236 290C232 322 168 322 164 290Z", fill=blend(cloth, "#000000", 0.18)
        )
    elif top == 1:
        board.polygon([(164, 290), (200, 345), (138, 330)], "#ffffff")
        board.polygon([(236, 290), (200, 345), (262, 330)], "#ffffff")
        board.polygon([(200, 338), (188, 352), (200, 412), (212, 352)], other)
    elif top == 2:
        board.rect(156, 278, 88, 40, blend(cloth, "#ffffff", 0.12), r=18)
    else:
        board.path(
            "M60 420C62 330 120 300 168 292L200 352L232 292C280 300 338 330 340 420Z", fill=blend(cloth, "#000000", 0.1)
        )
        board.polygon(
            [(168, 292), (200, 352), (232, 292), (232, 298), (200, 372), (168, 298)], blend(other, "#ffffff", 0.3)
        )


def _features(board: Canvas, skin: str, line: str, hair: str, *, blush: str) -> None:
    for x in (162, 238):
        board.ellipse(x, 197, 8, 10, "#23262b")
        board.circle(x + 3, 193, 3, "#ffffff")
        board.path(f"M{x - 18} 172Q{x} 162 {x + 18} 172", stroke=blend(hair, line, 0.5), width=6)
    for x in (148, 252):
        board.ellipse(x, 228, 15, 10, blush, extra='fill-opacity="0.45"')
    board.path("M200 200Q190 226 202 228", stroke=blend(skin, line, 0.45), width=5)
    board.path("M176 246Q200 268 224 246Q200 256 176 246Z", fill="#ffffff", stroke=blend(line, "#b03a3a", 0.4), width=4)


def _hair(board: Canvas, style: int, hair: str) -> None:
    shine = blend(hair, "#ffffff", 0.14)
    if style == 0:
        board.path(
            "M118 190C110 96 170 82 214 86C268 82 292 120 282 190C276 160 262 146 250 142"
            "C214 156 160 154 146 142C130 152 124 168 118 190Z",
            fill=hair,
        )
    elif style == 1:
        board.path(
            "M120 182C112 110 164 84 226 92C266 88 290 122 280 184C274 160 268 150 258 146"
            "C220 150 186 136 168 120C158 146 132 150 120 182Z",
            fill=hair,
        )
        board.path("M172 112Q214 96 256 120", stroke=shine, width=5)
    elif style in {2, 3}:
        board.path(
            "M116 214C104 96 178 84 200 88C232 82 298 98 284 214C278 176 258 140 196 132C176 156 128 160 116 214Z",
            fill=hair,
        )
        board.path("M150 116Q200 92 250 124", stroke=shine, width=6)
    elif style == 4:
        board.path(
            "M119 184C116 102 170 90 200 92C230 90 284 102 281 184C272 152 246 132 200 130C154 132 128 152 119 184Z",
            fill=hair,
        )
    elif style == 5:
        board.path(
            "M122 172C124 120 160 104 200 104C240 104 276 120 278 172C262 140 238 134 200 134C162 134 138 140 122 172Z",
            fill=hair,
        )
    else:
        board.path(
            "M122 172C124 116 160 104 200 104C240 104 276 116 278 172C266 136 240 126 200 126C160 126 134 136 122 172Z",
            fill=hair,
            extra='fill-opacity="0.85"',
        )
