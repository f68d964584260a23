"""All generated files of a bundle: which are stale, and writing them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from lakefront.errors import BadInputError, Location
from lakefront.semantic.emit.superset import HEADER, superset_datasets
from lakefront.semantic.emit.superset_access import FOLDERS, superset_access
from lakefront.semantic.model import SemanticLayer
from lakefront.semantic.policy.load import has_policies, load_policies
from lakefront.semantic.schema import model_schema

#: Below `semantic_layer`; each model names it in its first line, for editors with the YAML language server.
SCHEMA_FILE: Final = "model.schema.json"
Change = Literal["created", "changed", "deleted"]


@dataclass(frozen=True)
class Build:
    """What should be in which file, and which generated files should be gone. Nothing is written until `write`."""

    files: dict[Path, str]
    found: dict[Path, str]

    def changes(self) -> list[tuple[Change, Path]]:
        """Return what differs from what was found on disk."""
        result: dict[Path, Change] = dict.fromkeys((path for path in self.found if path not in self.files), "deleted")
        for path, text in self.files.items():
            if self.found.get(path) != text:
                result[path] = "changed" if path in self.found else "created"
        return [(result[path], path) for path in sorted(result)]

    def write(self) -> None:
        """Make the files on disk as they should be, each replaced at once."""
        for change, path in self.changes():
            if change == "deleted":
                path.unlink(missing_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.tmp")
            temporary.write_text(self.files[path], encoding="utf-8")
            temporary.replace(path)


def plan_build(layer: SemanticLayer, semantic_layer: Path, superset_assets: Path) -> Build:
    """Compare what models and policies generate with what is on disk.

    That is Superset's datasets, the schema that editors read and, of the policies, Superset's roles and row filters.
    Raises PolicyError, and BadInputError (`semantic-not-generated`) where a file that a person wrote is in the way.
    """
    texts = superset_datasets(layer)
    if has_policies(semantic_layer):
        texts |= superset_access(load_policies(semantic_layer, layer))
    files = {superset_assets / name: text for name, text in texts.items()}
    schema = semantic_layer / SCHEMA_FILE
    files[schema] = model_schema() + "\n"
    found: dict[Path, str] = {schema: schema.read_text(encoding="utf-8")} if schema.exists() else {}
    for path in sorted(path for name in ("datasets", *FOLDERS) for path in (superset_assets / name).rglob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if text.startswith(HEADER):
            found[path] = text
        elif path in files:
            raise BadInputError(
                "semantic-not-generated",
                "this file was not generated, so it is not overwritten",
                where=Location(path, 1, 1),
                fix="move it away, or give what is generated another name",
            )
    return Build(files, found)
