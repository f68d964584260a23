"""Read `superset_assets/` without stopping at the first broken file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lakefront.errors import BadInputError, Location
from lakefront.superset.bundle import KINDS, AssetFile, Bundle, read_mapping
from lakefront.superset.names import FILE_NAME
from lakefront.superset.validate.problem import Problems
from lakefront.superset.values import in_list

#: Folders besides those of Superset's export layout.
OTHERS: Final = ("themes", "css", "reports", "roles", "groups", "rls")
_LARGEST: Final = 1_000_000


def read_assets(folder: Path, found: Problems) -> tuple[Bundle, tuple[AssetFile, ...], frozenset[str]]:
    """Read everything below `superset_assets`; return the assets, the files of the other folders, and the unread.

    What cannot be read is told in `found` and left out; the last are the top folders in which there is such a file.
    """
    unread: set[str] = set()
    assets = tuple(asset for kind in sorted(KINDS) for asset in _read_folder(folder, kind, found, unread))
    others = tuple(asset for kind in OTHERS for asset in _read_folder(folder, kind, found, unread))
    if not assets and not len(found):
        found.add(
            "assets-missing",
            "there are no Superset assets here",
            Location(folder),
            "correct superset_assets in lakefront.toml",
        )
    known = {*KINDS, *OTHERS}
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        if entry.name not in known and entry.name != "metadata.yaml" and not entry.name.startswith("."):
            found.add(
                "asset-stray-file",
                f"nothing reads '{entry.name}'",
                Location(entry),
                f"put assets into one of: {in_list(known)}",
            )
    return Bundle(assets), others, frozenset(unread)


def _read_folder(folder: Path, kind: str, found: Problems, unread: set[str]) -> Iterator[AssetFile]:
    for file in sorted((folder / kind).rglob("*")):
        if file.is_dir() or file.name.startswith("."):
            continue
        name = file.relative_to(folder).as_posix()
        where = Location(file)
        if file.suffix != ".yaml":
            found.add("asset-stray-file", f"nothing reads '{name}'", where, "name it .yaml, or move it elsewhere")
            continue
        if file.stat().st_size > _LARGEST:
            size = f"{file.stat().st_size / 1e6:.1f} MB"
            found.add("asset-file-size", f"the file is {size} large", where, "an asset is under 1 MB: split it")
        if kind not in ("roles", "groups", "rls"):
            _check_name(file, name, kind, found)
        try:
            yield AssetFile(name, read_mapping(file))
        except BadInputError as error:
            found.add(error.code, error.what, error.where or where, error.fix)
            unread.add(kind)


def _check_name(file: Path, name: str, kind: str, found: Problems) -> None:
    where = Location(file)
    wanted = 3 if kind == "datasets" else 2
    if name.count("/") + 1 != wanted:
        form = "datasets/DATABASE/TABLE.yaml" if kind == "datasets" else f"{kind}/SLUG.yaml"
        found.add("asset-file-name", f"'{name}' is not in its place", where, f"move it to {form}")
    if not FILE_NAME.fullmatch(file.stem):
        fix = "use lower-case letters, digits, '-' and '_'"
        found.add("asset-file-name", f"'{file.stem}' is not a slug", where, fix)
