"""One side of a comparison of policies: who there is, what all of them may, and where it is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from lakefront.errors import Location
from lakefront.semantic.model import SemanticLayer
from lakefront.semantic.policy.load import Loaded
from lakefront.semantic.policy.model import Group, Person, Policies, Role
from lakefront.semantic.policy.resolve import Standing, everybody, with_inherited
from lakefront.semantic.policy.rows import ME, Unbound, known_of_her
from lakefront.semantic.policy.tables import Tables
from lakefront.semantic.source import Path_, Source, read_source

_NOBODY = Policies(policies=(), files=())


@dataclass(frozen=True)
class Side:
    """A state of the semantic layer. `loaded` is None where there are no policies: then nobody may see anything.

    `name`: how places in it are told apart from those of the other side; empty for the newer one.
    `root`: what its files are named relative to. `catalog`: the lake's. `access`: what the local stack obeys.
    """

    loaded: Loaded | None
    root: Path
    catalog: str
    name: str = ""
    access: str | None = None

    @cached_property
    def policies(self) -> Policies:
        """Its policies, which may be none."""
        return self.loaded.policies if self.loaded else _NOBODY

    @cached_property
    def tables(self) -> Tables:
        """Its tables."""
        layer = self.loaded.layer if self.loaded else SemanticLayer(models=(), files=())
        return Tables(layer, self.policies.roles)

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """What decides what people see; where a claim says who is in which group, also of each group.

        Conditions are filled in with what is known: the name of a person is not, so that people with the same change
        are told of together, nor are attributes that a claim may bring.
        """
        policies = self.policies
        found = {name: self._unnamed(name, item) for name, item in everybody(policies).items()}
        if policies.claim:
            for group in policies.groups.values():
                found[f"group {group.name}"] = self.unbound(group.roles)
        return found

    def _unnamed(self, name: str, item: Standing) -> Standing:
        person = self.policies.users.get(name)
        known = dict(item.attributes)
        if ME in known:
            known[ME] = (Unbound(ME),)
        for attribute in known if self.policies.claim else ():
            if attribute != ME and not (person and person.attributes.get(attribute)):
                known[attribute] = (Unbound(attribute),)
        return Standing(item.roles, tuple(known.items()))

    def unbound(self, names: Iterable[str]) -> Standing:
        """Return the standing of whoever has these roles, of whom nothing is known."""
        roles = with_inherited(self.policies, names)
        texts = [text for name in roles for text in self.policies.roles[name].rows.values()]
        wanted = sorted({name for text in texts for name in known_of_her(text)})
        return Standing(roles, tuple((name, (Unbound(name),)) for name in wanted))

    @cached_property
    def unheld(self) -> frozenset[str]:
        """The roles that nobody has."""
        held = {role for item in self.standings.values() for role in item.roles}
        return frozenset(self.policies.roles) - held

    def roles(self, who: Standing | None) -> list[Role]:
        """Return the roles of a standing."""
        return [self.policies.roles[name] for name in who.roles] if who else []

    def patterns(self, who: Standing | None) -> dict[str, tuple[str, int]]:
        """Return the patterns of tables that are open as they are, and the role and position that says so."""
        return {
            pattern.removeprefix(f"{self.catalog}.") if pattern.count(".") == 2 else pattern: (role.name, number)
            for role in self.roles(who)
            for number, pattern in enumerate(role.tables)
        }

    def told(self, where: Location | None) -> str | None:
        """Return a place as a reader finds it: the file as the repository has it, and the line."""
        if where is None:
            return None
        file = where.file.relative_to(self.root) if where.file.is_relative_to(self.root) else where.file
        place = f"{file.as_posix()}:{where.line}" if where.line else file.as_posix()
        return f"{place} of {self.name}" if self.name else place

    def in_role(self, role: str, *path: str | int) -> str | None:
        """Return where something of a role is written."""
        return self.told(self.loaded.place(role, *path)) if self.loaded else None

    def granted_at(self, role: str, dataset: str) -> str | None:
        """Return where a role itself names a dataset."""
        return self.told(self.loaded.granted_at(self.policies.roles[role], dataset)) if self.loaded else None

    def held_at(self, who: str, role: str) -> str | None:
        """Return where it says that somebody has a role: for a group's, the name in the list of members."""
        for path, item, source in self._owners():
            direct = who in {item.name, f"group {item.name}"}
            if role not in with_inherited(self.policies, item.roles):
                continue
            if isinstance(item, Group) and who in item.members:
                return self.told(source.at_value((*path, "members", item.members.index(who))))
            if direct:
                number = next(n for n, name in enumerate(item.roles) if role in with_inherited(self.policies, [name]))
                return self.told(source.at_value((*path, "roles", number)))
        return None

    def attribute_at(self, who: str, names: Iterable[str]) -> str | None:
        """Return where an attribute of somebody, or of a group of hers, is written."""
        wanted = list(names)
        for path, item, source in self._owners():
            mine = who in {item.name, f"group {item.name}"} or (isinstance(item, Group) and who in item.members)
            for name in wanted if mine else ():
                if name in item.attributes:
                    return self.told(source.at_key((*path, "attributes", name)))
        return None

    def item_at(self, kind: str, name: str) -> str | None:
        """Return where a service, a group or a person is written."""
        for source, policy in self.loaded.parsed if self.loaded else ():
            for number, item in enumerate(getattr(policy, kind)):
                if item.name == name:
                    return self.told(source.at_value((kind, number, "name")))
        return None

    def claim_at(self) -> str | None:
        """Return where it says that members come from a claim."""
        for source, policy in self.loaded.parsed if self.loaded else ():
            if policy.members_from:
                return self.told(source.at_key(("members_from",)))
        return None

    def _owners(self) -> Iterator[tuple[Path_, Group | Person, Source]]:
        for source, policy in self.loaded.parsed if self.loaded else ():
            for kind, items in (("users", policy.users), ("groups", policy.groups)):
                for number, item in enumerate(items):
                    yield (kind, number), item, source

    def described_at(self, dataset: str, column: str | None = None) -> str | None:
        """Return where a dataset or its column is described."""
        for file in self.loaded.layer.files if self.loaded else ():
            source = read_source(file)
            datasets = cast("list[dict[str, Any]]", source.data.get("datasets") or [])
            for number, item in enumerate(datasets):
                if item["name"] != dataset:
                    continue
                columns = [str(one["name"]) for one in item["columns"]]
                path: Path_ = ("datasets", number)
                if column in columns:
                    path = (*path, "columns", columns.index(column))
                return self.told(source.at_value((*path, "name")))
        return None
