"""What a bundle's files call each other: charts by slug, and what the environment adds to databases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlsplit

from lakefront.config import BUNDLE_NAMES, Schemas
from lakefront.superset.environment import Known

#: What a file of the bundle may be called, without its ending.
FILE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True)
class Connection:
    """What a database of the bundle is in one environment. `workers`: whether queries may run in them."""

    uri: str
    extra: Mapping[str, Any]
    password: str | None = None
    workers: bool = False

    @property
    def catalog(self) -> str:
        """The catalog of tables that are named without one."""
        return urlsplit(self.uri).path.strip("/")


@dataclass(frozen=True)
class Names:
    """The names that one asset uses of others.

    `charts`: slug -> (uuid, title) of every chart that may be named; `connections`: uuid of a database -> what it is in
    this environment; `timeouts`: uuid of a database -> its cache_timeout in seconds, which Superset's export writes
    into each of its datasets that has none; `schemas`: what those of the bundle are called in this environment;
    `known`: uuid of an asset, or key of a report -> what `known_of` found.
    """

    charts: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    connections: Mapping[str, Connection] = field(default_factory=dict[str, Connection])
    timeouts: Mapping[str, int] = field(default_factory=dict[str, int])
    schemas: Schemas = BUNDLE_NAMES
    known: Mapping[str, Known] = field(default_factory=dict[str, Known])

    @cached_property
    def slugs(self) -> Mapping[str, str]:
        """The charts' slugs, by uuid."""
        return {uuid: slug for slug, (uuid, _) in self.charts.items()}

    def slug(self, uuid: str) -> str:
        """Return the slug of a chart; its uuid where it has none, so that nothing is lost."""
        return self.slugs.get(uuid, uuid)

    def uuid(self, slug: str) -> str:
        """Return the uuid of a chart by its slug, or the text itself where no chart is called so."""
        return self.charts[slug][0] if slug in self.charts else slug

    def title(self, uuid: str) -> str:
        """Return the title of a chart, empty where it is not known."""
        return self.charts[self.slugs[uuid]][1] if uuid in self.slugs else ""


def slug_of(text: str, taken: Container[str] = (), otherwise: str = "unnamed") -> str:
    """Return a title in lower-case letters, digits and hyphens, with a number behind it where that is taken.

    `otherwise`: what a title without such letters is called.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or otherwise
    return free_name(slug, taken)


def free_name(name: str, taken: Container[str]) -> str:
    """Return a name, with the first free number from 2 behind it where it is taken."""
    if name not in taken:
        return name
    number = 2
    while f"{name}-{number}" in taken:
        number += 1
    return f"{name}-{number}"
