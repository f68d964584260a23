"""The zip files of Superset's import and export."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import yaml

from lakefront.errors import CheckFailedError
from lakefront.superset.bundle import KINDS
from lakefront.superset.text import dump_for_superset, read_from_superset

_ROOT: Final = "bundle"
# A fixed moment for every file, so that the same files make the same zip.
_MOMENT: Final = (2000, 1, 1, 0, 0, 0)
_METADATA: Final = {"version": "1.0.0", "type": "assets", "timestamp": "2000-01-01T00:00:00+00:00"}
_ID: Final = re.compile(r"(?:^|_)(\d+)$")


@dataclass(frozen=True)
class Exported:
    """One asset as Superset exported it. `id`: None for databases, whose files are named without."""

    folder: str
    uuid: str
    id: int | None
    data: Mapping[str, Any]


def pack_files(files: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return the zip for `/api/v1/assets/import/`, always the same. `files`: name below `superset_assets` -> data."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        # The moment is asked for by Superset's schema and used for nothing.
        for name, data in {"metadata.yaml": _METADATA, **files}.items():
            info = zipfile.ZipInfo(f"{_ROOT}/{name}", date_time=_MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, dump_for_superset(data))
    return buffer.getvalue()


def unpack_export(archive: bytes) -> Iterator[Exported]:
    """Yield the assets of `/api/v1/assets/export/`. Raises CheckFailedError (`superset-export`)."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            for path in packed.namelist():
                name = path.split("/", 1)[-1]
                folder = name.split("/", 1)[0]
                if folder not in KINDS:
                    continue
                data = cast("dict[str, Any]", read_from_superset(packed.read(path).decode()))
                found = _ID.search(name.removesuffix(".yaml").rsplit("/", 1)[-1])
                number = int(found[1]) if found and folder != "databases" else None
                yield Exported(folder, str(data["uuid"]), number, data)
    except (zipfile.BadZipFile, yaml.YAMLError, KeyError, TypeError) as error:
        raise CheckFailedError(
            "superset-export",
            f"what Superset exported cannot be read: {error}",
            fix="see `lakefront logs superset`; this version of Lakefront is for Superset 6.1",
        ) from None
