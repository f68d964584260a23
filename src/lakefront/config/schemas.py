"""What the schemas that a bundle names are called in one environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from lakefront.config.places import key_position
from lakefront.errors import BadInputError, Location

#: Trino's own in every catalog: nobody can give them another name.
_OF_TRINO: Final = frozenset({"information_schema", "system"})
#: `schema` of the lake, or `catalog.schema`.
NAME_PATTERN: Final = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_$-]*)?$"
PREFIX_PATTERN: Final = r"^([a-z][a-z0-9_]*)?$"
#: A catalog, where one is written, and a schema.
Place = tuple[str | None, str]


@dataclass(frozen=True)
class Schemas:
    """The bundle's names of schemas -> an environment's. Without prefix and names, each keeps its own.

    `lake`: the catalog of schemas that are written without one. `names`: `schema` of the lake or `catalog.schema` ->
    what it is here, which wins over `prefix`. `file`: the manifest that says so, of the environment `env`.
    """

    lake: str = "iceberg"
    prefix: str = ""
    names: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    file: Path | None = None
    env: str = ""

    @property
    def all_same(self) -> bool:
        """Whether every schema keeps its name."""
        return not self.prefix and not self.names

    def touches(self, catalog: str) -> bool:
        """Whether schemas of a catalog may have another name here."""
        lower = catalog.lower()
        if lower == self.lake and self.prefix:
            return True
        return any(catalog_of == lower for catalog_of, _ in self._forward)

    def here(self, catalog: str | None, schema: str) -> Place:
        """Return what a schema of the bundle is here; the catalog is None where it is written without one.

        Raises BadInputError (`manifest-schemas-collide`) where another schema of the bundle has that name here.
        """
        place = ((catalog or self.lake).lower(), schema.lower())
        found = self._forward.get(place) or self._prefixed(place)
        if place not in self._forward and found in self._backward:
            key = next(key for key in self.names if self._place(key) == self._backward[found])
            mine, theirs = self._named(place), self._named(found)
            what = f"'{mine}' and '{key}' of the bundle would both be '{theirs}' in the environment '{self.env}'"
            raise _collision(self.place_of(key), what)
        return self._written(catalog, found)

    def in_bundle(self, catalog: str | None, schema: str) -> Place | None:
        """Return what a schema of this environment is in the bundle; None where nothing of the bundle is called so."""
        place = ((catalog or self.lake).lower(), schema.lower())
        found = self._backward.get(place) or self._without_prefix(place)
        if found is None or (place not in self._backward and found in self._forward):
            return None
        return self._written(catalog, found)

    def table(self, name: str) -> str:
        """Return what `schema.table` or `catalog.schema.table` is here; another text as it is. Raises as `here`."""
        *catalog, schema, table = name.split(".") if "." in name else ("", name)
        if not schema:
            return name
        written = catalog[0] if catalog else None
        found, schema = self.here(written, schema)
        # A table of the lake, which has snapshots, is known by having no catalog.
        plain = found is None or (found == self.lake and written != self.lake)
        return f"{schema}.{table}" if plain else f"{found}.{schema}.{table}"

    @cached_property
    def _forward(self) -> Mapping[tuple[str, str], tuple[str, str]]:
        return {self._place(key): self._place(value) for key, value in self.names.items()}

    @cached_property
    def _backward(self) -> Mapping[tuple[str, str], tuple[str, str]]:
        return {value: key for key, value in self._forward.items()}

    def _place(self, text: str) -> tuple[str, str]:
        catalog, _, schema = text.rpartition(".")
        return (catalog or self.lake, schema)

    def _prefixed(self, place: tuple[str, str]) -> tuple[str, str]:
        catalog, schema = place
        return (catalog, self.prefix + schema) if catalog == self.lake and schema not in _OF_TRINO else place

    def _without_prefix(self, place: tuple[str, str]) -> tuple[str, str] | None:
        catalog, schema = place
        if catalog != self.lake or schema in _OF_TRINO:
            return place
        rest = schema.removeprefix(self.prefix)
        return (catalog, rest) if schema.startswith(self.prefix) and rest and rest not in _OF_TRINO else None

    def _written(self, catalog: str | None, place: tuple[str, str]) -> Place:
        return (None if catalog is None and place[0] == self.lake else place[0], place[1])

    def _named(self, place: tuple[str, str]) -> str:
        return place[1] if place[0] == self.lake else ".".join(place)

    def place_of(self, key: str) -> Location | None:
        """Return where the manifest says what a schema is called."""
        if self.file is None:
            return None
        text = self.file.read_text(encoding="utf-8")
        return Location(self.file, *key_position(text, ("env", self.env, "schemas", key)))


#: As in the bundle.
BUNDLE_NAMES: Final = Schemas()


def check_names(schemas: Schemas) -> None:
    """Raise BadInputError (`manifest-schemas…`) for names of which one cannot be told from the other."""
    lake = f"{schemas.lake}."
    taken: dict[str, str] = {}
    for key, value in schemas.names.items():
        if key.startswith(lake):
            raise BadInputError(
                "manifest-schemas",
                f"'{key}': {schemas.lake} is the lake of the environment '{schemas.env}', and its schemas are written "
                "without it",
                where=schemas.place_of(key),
                fix=f"write {key.removeprefix(lake)} = …",
            )
        if key.count(".") != value.count("."):
            raise BadInputError(
                "manifest-schemas",
                f"'{key}' = '{value}': a schema of the lake becomes another of the lake, catalog.schema another "
                "catalog.schema",
                where=schemas.place_of(key),
                fix="write both with a catalog, or both without one",
            )
        other = taken.setdefault(value.removeprefix(lake), key)
        if other != key:
            what = f"'{other}' and '{key}' of the bundle would both be '{value}' in the environment '{schemas.env}'"
            raise _collision(schemas.place_of(key), what)


def _collision(where: Location | None, what: str) -> BadInputError:
    fix = "give each schema a name of its own there"
    return BadInputError("manifest-schemas-collide", what, where=where, fix=fix)
