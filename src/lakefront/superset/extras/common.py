"""What the kinds of extras share: their types, names and canonical form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, cast

from lakefront.errors import CheckFailedError
from lakefront.superset.names import slug_of

#: Of these files, as of all files of Superset's export layout.
VERSION: Final = "1.0.0"
#: What the folders hold, in words.
WORDS: Final = {"themes": "theme", "css": "CSS template", "reports": "alert or report"}


@dataclass(frozen=True)
class Ids:
    """What is live. `of`: kind ("database", "dataset", "chart", "dashboard") -> uuid -> id.

    `names`: uuid -> name of its file below `superset_assets` ("charts/sales-by-country.yaml",
    "themes/lakefront.yaml"): reports and dashboards name by file what they show and how they look.
    """

    of: Mapping[str, Mapping[str, int]]
    names: Mapping[str, str] = field(default_factory=dict[str, str])

    def slug(self, kind: str, number: int) -> str | None:
        """Return how files call a live asset: by the name of its file, by its uuid if it has none."""
        for uuid, found in self.of.get(kind, {}).items():
            if found == number:
                return stem(self.names[uuid]) if uuid in self.names else uuid
        return None

    def id(self, kind: str, slug: str) -> int:
        """Return the id of what files call so. Raises CheckFailedError (`superset-asset`)."""
        name = f"{kind}s/{slug}.yaml"
        for uuid, number in self.of.get(kind, {}).items():
            if uuid == slug or self.names.get(uuid) == name:
                return number
        raise CheckFailedError(
            "superset-asset",
            f"Superset has no {kind} '{slug}'",
            fix=f"run `lakefront superset apply`, which brings {name}",
        )


@dataclass(frozen=True)
class Extras:
    """Canonical data: equal in git and on the server when there is nothing to do.

    `objects`: file name ("themes/lakefront.yaml", "css/…", "reports/…") -> data.
    `links`: uuid of an asset -> its "owners", "tags", "roles", "embedded" (sorted) and "theme"; only what is set.
    `rows`: uuid -> what these were read from on a server; not part of what is equal.
    """

    objects: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    links: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    rows: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict[str, Mapping[str, Any]], compare=False, repr=False
    )


NOTHING: Final = Extras()


class Live(NamedTuple):
    """One object of the server. `identity`: by what it is recognised; `title`: what people call it."""

    identity: str
    title: str
    data: Mapping[str, Any]


def named(folder: str, live: Iterable[Live], known: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    """Call live objects by the names of their files; those without one by a slug of their title, numbered if need be.

    `known`: file name -> identity. Raises CheckFailedError (`superset-name-twice`) where two objects have the
    identity that a file names.
    """
    names = {identity: name for name, identity in known.items() if name.startswith(f"{folder}/")}
    found: dict[str, Mapping[str, Any]] = {}
    others: list[Live] = []
    for item in live:
        name = names.get(item.identity)
        if name is None:
            others.append(item)
        elif name in found:
            raise twice(folder, item.title)
        else:
            found[name] = item.data
    taken = {stem(name) for name in (*found, *known) if name.startswith(f"{folder}/")}
    for item in others:
        slug = slug_of(item.title, taken)
        taken.add(slug)
        found[f"{folder}/{slug}.yaml"] = item.data
    return dict(sorted(found.items()))


def twice(folder: str, title: str) -> CheckFailedError:
    """Return the error of a name that several objects of the server have."""
    return CheckFailedError(
        "superset-name-twice",
        f"Superset has more than one {WORDS[folder]} named '{title}', so which one {folder}/ means is open",
        fix="rename or delete all but one of them in Superset, then run this again",
    )


def stem(name: str) -> str:
    """Return the name of a file of the bundle without folder and ending."""
    return name.rsplit("/", 1)[-1].removesuffix(".yaml")


def ordered(data: Mapping[str, Any], keys: Sequence[str], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return `data` in canonical form: these keys in this order, without empty values and defaults, the rest sorted."""
    return {
        key: deep_sorted(data[key])
        for key in keys
        if data.get(key) not in (None, "", [], {}, ()) and not (key in defaults and defaults[key] == data[key])
    }


def deep_sorted(value: Any) -> Any:
    """Return plain data whose mappings are sorted by key and whose whole numbers are integers."""
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value)
        return {key: deep_sorted(items[key]) for key in sorted(items)}
    if isinstance(value, list | tuple):
        return [deep_sorted(item) for item in cast("Sequence[Any]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
