"""Who is asked: each person of the policies, and one made up for each role that nobody has by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lakefront.semantic.model import SemanticLayer
from lakefront.semantic.policy.load import Loaded
from lakefront.semantic.policy.model import Person, Policies, Policy, Value
from lakefront.semantic.policy.rows import asks_who, attributes_used

_SAMPLE_TEXT: Final = "sample"
_SAMPLES: Final[Mapping[str, Value]] = {"boolean": True, "date": "2024-02-29"}
#: The names of made-up people and roles start like this; no bundle's should.
MADE_UP: Final = "matrix."


@dataclass(frozen=True)
class Asker:
    """One who asks. `twins` are real people of whom the policies say the very same."""

    name: str
    roles: tuple[str, ...]
    attributes: Mapping[str, tuple[Value, ...]]
    made_up: bool
    #: Groups that the identity provider would say; None where the policies list members themselves.
    claimed: tuple[str, ...] | None = None
    twins: tuple[str, ...] = ()


def askers_of(loaded: Loaded) -> list[Asker]:
    """Return one person of each standing, real ones first, and one for each role that no other has by itself."""
    found: dict[object, Asker] = {}
    for asker in (*_real(loaded.policies), *_of_claims(loaded.policies), *_made_up(loaded)):
        same = _standing(asker, loaded.policies)
        if same not in found:
            found[same] = asker
        elif not asker.made_up:
            first = found[same]
            found[same] = dataclasses.replace(first, twins=(*first.twins, asker.name))
    return list(found.values())


def with_askers(policies: Policies, askers: list[Asker]) -> Policies:
    """Return the policies with the made-up people."""
    users = [
        Person(name=item.name, roles=item.roles, attributes=dict(item.attributes))
        for item in askers
        if item.made_up and item.claimed is None
    ]
    extra = Policy(version=1, name="matrix", description="Made-up people.", owner="matrix", users=tuple(users))
    return Policies(policies=(*policies.policies, extra), files=policies.files)


def members_of(policies: Policies, askers: list[Asker]) -> dict[str, tuple[str, ...]] | None:
    """Return who is in which group, where that is not in the policies."""
    if not policies.claim:
        return None
    return {item.name: item.claimed for item in askers if item.claimed is not None}


def _closed_under_inheritance(policies: Policies, names: list[str]) -> tuple[str, ...]:
    found: list[str] = []
    for name in names:
        found += [name, *_closed_under_inheritance(policies, list(policies.roles[name].inherits))]
    return tuple(sorted(set(found)))


def _real(policies: Policies) -> Iterator[Asker]:
    names = {*policies.users, *(name for group in policies.groups.values() for name in group.members)}
    for name in sorted(names - set(policies.services)):
        person = policies.users.get(name)
        groups = [group for group in policies.groups.values() if name in group.members]
        roles = [*(person.roles if person else ()), *(role for group in groups for role in group.roles)]
        attributes: dict[str, tuple[Value, ...]] = {}
        for group in groups:
            for key, values in group.attributes.items():
                attributes[key] = (*attributes.get(key, ()), *values)
        attributes |= {key: values for key, values in (person.attributes if person else {}).items() if values}
        if roles:
            yield Asker(name, _closed_under_inheritance(policies, roles), attributes, made_up=False)


def _of_claims(policies: Policies) -> Iterator[Asker]:
    if not policies.claim:
        return
    for group in policies.groups.values():
        roles = _closed_under_inheritance(policies, list(group.roles))
        yield Asker(f"{MADE_UP}{group.name}", roles, group.attributes, made_up=True, claimed=(group.name,))


def _made_up(loaded: Loaded) -> Iterator[Asker]:
    for role in loaded.policies.roles.values():
        roles = _closed_under_inheritance(loaded.policies, [role.name])
        attributes = {name: _sample(loaded, name, type_) for name, type_ in _wanted(loaded, roles)}
        yield Asker(f"{MADE_UP}{role.name}", roles, attributes, made_up=True)


def _wanted(loaded: Loaded, roles: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    layer: SemanticLayer = loaded.layer
    for name in roles:
        for dataset, text in loaded.policies.roles[name].rows.items():
            for attribute, column in attributes_used(text):
                known = layer.datasets[dataset].column(column) if column else None
                yield attribute, known.type if known else None


def _sample(loaded: Loaded, name: str, type_: str | None) -> tuple[Value, ...]:
    """Return values that somebody really has, else made-up ones of the column's type."""
    owners = [*loaded.policies.users.values(), *loaded.policies.groups.values()]
    real = next((item.attributes[name] for item in owners if item.attributes.get(name)), None)
    if real:
        return real
    if type_ and type_.startswith(("bigint", "int", "decimal", "double", "real", "smallint", "tinyint")):
        return (7,)
    return (_SAMPLES.get(type_ or "", _SAMPLE_TEXT),)


def _standing(asker: Asker, policies: Policies) -> object:
    texts = [text for name in asker.roles for text in policies.roles[name].rows.values()]
    wanted = {attribute for text in texts for attribute, _ in attributes_used(text)}
    known = tuple((key, tuple(sorted(set(asker.attributes.get(key, ())), key=str))) for key in sorted(wanted))
    who = asker.name if any(asks_who(text) for text in texts) else None
    return asker.roles, known, who
