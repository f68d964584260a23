"""`superset_assets/{roles,groups,rls}/` read: what the policies say of Superset, as generated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from lakefront.errors import BadInputError, Location
from lakefront.superset.bundle import read_mapping


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str


class RoleFile(_File):
    """A role. `permissions`: `what on-which`; `databases` and `datasets`: name -> uuid of what it opens."""

    name: str
    description: str
    permissions: tuple[str, ...]
    databases: dict[str, str]
    datasets: dict[str, str]


class GroupFile(_File):
    """People of one standing. `name` is the role that holds their row filters, `roles` are the others they have."""

    name: str
    description: str
    roles: tuple[str, ...]
    datasets: dict[str, str]
    members: tuple[str, ...]


class RuleItem(BaseModel):
    """A row filter of the people who have a role."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    role: str
    clause: str


class Left(BaseModel):
    """A row filter that Superset cannot say, and why; Trino says it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: str
    because: str


class RulesFile(_File):
    """The row filters of one dataset."""

    dataset: str
    dataset_uuid: str
    rules: tuple[RuleItem, ...]
    left_to_trino: tuple[Left, ...]


@dataclass(frozen=True)
class AccessBundle:
    """All of it. Empty where the bundle has no policies."""

    roles: tuple[RoleFile, ...]
    groups: tuple[GroupFile, ...]
    rules: tuple[RulesFile, ...]

    @property
    def people(self) -> dict[str, tuple[str, ...]]:
        """The names of the roles of each person, sorted."""
        return {member: tuple(sorted({group.name, *group.roles})) for group in self.groups for member in group.members}


def read_access(folder: Path) -> AccessBundle:
    """Read what is generated below `superset_assets`.

    Raises BadInputError (`access-file`) for a file of another form.
    """
    return AccessBundle(
        roles=_read_all(folder / "roles", RoleFile),
        groups=_read_all(folder / "groups", GroupFile),
        rules=_read_all(folder / "rls", RulesFile),
    )


_Model = TypeVar("_Model", bound=_File)


def _read_all(folder: Path, model: type[_Model]) -> tuple[_Model, ...]:
    return tuple(_read(file, model) for file in sorted(folder.glob("*.yaml")))


def _read(file: Path, model: type[_Model]) -> _Model:
    try:
        return model.model_validate(read_mapping(file).data)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise BadInputError(
            "access-file",
            f"'{'.'.join(str(part) for part in problem['loc'])}': {str(problem['msg']).lower()}",
            where=Location(file),
            fix="this file is generated: run `lakefront semantic build`",
        ) from None
