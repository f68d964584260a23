"""Put a site into a folder: the old one stays until the new one is whole, and a folder of others is never touched."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lakefront.errors import BadInputError, Location, NotAllowedError

#: Stands in every folder that was written here, and in no other.
MARKER: Final = ".lakefront-semantic-docs"


def replace_folder(files: Mapping[str, str], folder: Path) -> None:
    """Make a folder hold exactly these files (path below it -> text).

    The files are written beside it and then take its place. Raises BadInputError (`docs-foreign-folder`) where
    something else is in the way, NotAllowedError (`docs-not-writable`).
    """
    folder = folder.resolve()
    require_ours(folder)
    new, old = (folder.with_name(f".{folder.name}.lakefront-{state}") for state in ("new", "old"))
    try:
        _remove(new)  # of a run that was ended half-way
        _remove(old)
        for name, text in {
            **files,
            MARKER: "Written by `lakefront semantic docs`, which replaces this folder.\n",
        }.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        _remove(old)
    except OSError as error:
        raise NotAllowedError(
            "docs-not-writable",
            f"the folder cannot be written: {error.strerror or error}",
            where=Location(folder),
            fix="give this user the right to write there, or choose another folder with --out FOLDER",
        ) from None


def require_ours(folder: Path) -> None:
    """Raise BadInputError (`docs-foreign-folder`) unless a folder is missing, empty, or one that was written here."""
    if folder.is_dir() and ((folder / MARKER).is_file() or not any(folder.iterdir())):
        return
    if folder.exists():
        raise BadInputError(
            "docs-foreign-folder",
            "there is something here that `lakefront semantic docs` did not write, so it is not replaced",
            where=Location(folder),
            fix="choose another folder with --out FOLDER, or move it away",
        )


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
