"""Pictures from the catalogue's words: paint, encode, and make the near duplicates."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from PIL import ExifTags, Image, ImageEnhance
from PIL.TiffImagePlugin import IFDRational

from lakefront.sample.media import (
    abstract,
    apps,
    charts,
    goods,
    maps,
    motion,
    noise,
    people,
    scenes,
    space,
    studio,
    terrain,
    textures,
)
from lakefront.sample.media.canvas import Canvas
from lakefront.sample.media.item import Item

Painting = Image.Image | Canvas | list[Image.Image]


def _product(rng: np.random.Generator, width: int, height: int, *, good: str, scheme: str) -> Image.Image:
    backdrop, colours = studio.SCHEMES[scheme]
    around, above = rng.uniform(-0.2, 0.42), rng.uniform(0.2, 0.42)
    eye = (4.3 * float(np.sin(around)), 0.55 + 4.3 * float(np.sin(above)), 4.3 * float(np.cos(around)))
    set_up = studio.Studio(backdrop, eye=eye, zoom=float(rng.uniform(3.0, 3.5)))
    return studio.render(goods.GOODS[good](*colours), set_up, width, height)


RECIPES: Final[dict[str, Callable[..., Painting]]] = {
    "landscape": terrain.landscape,
    "skyline": scenes.skyline,
    "forest": scenes.forest,
    "leaves": scenes.leaves,
    "sea": scenes.sea,
    "planet": space.planet,
    "nebula": space.nebula,
    "product": _product,
    "chart": charts.chart,
    "portrait": people.portrait,
    "flow": abstract.flow_field,
    "cells": abstract.cells,
    "truchet": abstract.truchet,
    "mesh": abstract.mesh,
    "rings": abstract.rings,
    "waves": abstract.waves,
    "fractal": abstract.fractal,
    "low_poly": abstract.low_poly,
    "marbling": abstract.marbling,
    "street_map": maps.street_map,
    "relief_map": maps.relief_map,
    "contour_map": maps.contour_map,
    "screen": apps.screen,
    "icon": apps.icon,
    "wood": textures.wood,
    "marble": textures.marble,
    "linen": textures.linen,
    "brick": textures.brick,
    "water": textures.water,
    "sand": textures.sand,
    "tiles": textures.tiles,
    "paper": textures.paper,
    "animation": motion.animation,
}


def paint(item: Item) -> Painting:
    """Return the picture that an item describes. Over 2 megapixels it is painted smaller and enlarged."""
    rng = noise.rng_for(item.recipe, item.name)
    share = min(1.0, (2_000_000 / (item.width * item.height)) ** 0.5)
    painting = RECIPES[item.recipe](rng, round(item.width * share), round(item.height * share), **item.params)
    if share < 1 and isinstance(painting, Image.Image):
        painting = _with_grain(painting.resize((item.width, item.height), Image.Resampling.BICUBIC), rng)
    return painting


def _with_grain(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    pixels = np.asarray(picture).copy()
    tile = rng.integers(-4, 5, (500, picture.width), dtype=np.int16)[..., None]
    for top in range(0, picture.height, 500):  # in strips, so that 24 megapixels need no gigabyte
        rows = pixels[top : top + 500]
        rows[:] = np.clip(rows.astype(np.int16) + tile[: len(rows)], 0, 255).astype(np.uint8)
    return Image.fromarray(pixels)


def encode(item: Item, painting: Painting) -> bytes:
    """Return the file of a painting in the item's format."""
    if isinstance(painting, Canvas) and item.format == "svg":
        return painting.source().encode()
    target = io.BytesIO()
    if isinstance(painting, list):
        palette = painting[0].quantize(128, dither=Image.Dither.NONE)
        frames = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in painting]
        frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=70, loop=0, optimize=False)
        return target.getvalue()
    painting = as_picture(painting, alpha=bool(item.params.get("round_frame")))
    extra: dict[str, Any] = {"exif": _exif(item)} if item.exif else {}
    if item.exif.get("orientation") == "6":  # held upright: the sensor's rows are the scene's columns
        painting = painting.transpose(Image.Transpose.ROTATE_90)
    if item.format == "jpg":
        options: dict[str, Any] = {
            "quality": item.quality or 86,
            "optimize": item.width < 4000,
            "progressive": item.width == 1600,
        }
        painting.convert("RGB").save(target, "JPEG", **options, **extra)
    elif item.format == "png":
        if item.recipe in {"chart", "screen", "street_map", "portrait"} and painting.mode == "RGB":
            painting = painting.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        painting.save(target, "PNG", compress_level=6, **extra)
    elif item.format == "webp":
        painting.save(target, "WEBP", quality=item.quality or 84, method=2, **extra)
    elif item.format == "avif":
        painting.convert("RGB").save(target, "AVIF", quality=item.quality or 66, speed=9, max_threads=1, **extra)
    else:
        painting.convert("RGB").quantize(128).save(target, "GIF")
    return target.getvalue()


def as_picture(painting: Painting, *, alpha: bool = False) -> Image.Image:
    """Return a painting as pixels; of an animation, the first frame."""
    if isinstance(painting, Canvas):
        return painting.image(alpha=alpha)
    return painting[0] if isinstance(painting, list) else painting


def _exif(item: Item) -> Image.Exif:
    wanted = item.exif
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = wanted["make"], wanted["model"]
    exif[ExifTags.Base.Orientation] = int(wanted.get("orientation", "1"))
    exif[ExifTags.Base.DateTime] = wanted["taken"]
    exif[ExifTags.Base.Artist] = wanted["artist"]
    photo = exif.get_ifd(ExifTags.IFD.Exif)
    photo[ExifTags.Base.DateTimeOriginal] = wanted["taken"]
    photo[ExifTags.Base.ExposureTime] = IFDRational(1, int(wanted["speed"]))
    photo[ExifTags.Base.FNumber] = IFDRational(round(float(wanted["aperture"]) * 10), 10)
    photo[ExifTags.Base.ISOSpeedRatings] = int(wanted["iso"])
    photo[ExifTags.Base.FocalLength] = IFDRational(int(wanted["focal"]), 1)
    if "lat" in wanted:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        for key, value, names in ((1, float(wanted["lat"]), "NS"), (3, float(wanted["lon"]), "EW")):
            size = abs(value)
            minutes = (size % 1) * 60
            gps[key] = names[0] if value >= 0 else names[1]
            gps[key + 1] = (float(int(size)), float(int(minutes)), round((minutes % 1) * 60, 2))
        gps[5], gps[6] = b"\x00", float(wanted["altitude"])
    return exif


def vary(picture: Image.Image, change: str) -> Image.Image:
    """Return a near duplicate: `smaller`, `cropped`, `brighter`, `warmer` or `again` (encoded anew)."""
    width, height = picture.size
    if change == "smaller":
        return picture.resize((round(width * 0.62), round(height * 0.62)), Image.Resampling.LANCZOS)
    if change == "cropped":
        return picture.crop((round(width * 0.012), round(height * 0.012), round(width * 0.988), round(height * 0.988)))
    if change == "brighter":
        return ImageEnhance.Brightness(picture).enhance(1.09)
    if change == "warmer":
        return ImageEnhance.Color(picture).enhance(1.25)
    return picture
