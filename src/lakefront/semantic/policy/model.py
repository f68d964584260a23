"""Who may see what, as a person writes it in `semantic_layer/policies/*.yml`.

What is not listed is not allowed: a dataset that no role of a person names, a column that no dataset describes.
References between things are checked by `lakefront.semantic.policy.load`, which knows lines and columns.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from lakefront.semantic.model import SemanticLayer, Sensitivity
from lakefront.semantic.model_base import ColumnRef, Name, Node, Text

EVERY_DATASET: Final = "*"
_MODEL_PREFIX: Final = "model:"
SELECTOR_PATTERN: Final = r"^(\*|(model:)?[a-z][a-z0-9_]*)$"
TABLES_PATTERN: Final = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?\.([a-z][a-z0-9_]*|\*)$"
ROLE_PATTERN: Final = r"^[A-Za-z][A-Za-z0-9_]*$"
#: Names end up in Trino's group file, where a comma or a colon would end them.
PERSON_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$"

RoleName = Annotated[str, StringConstraints(pattern=ROLE_PATTERN, max_length=63)]
PersonName = Annotated[str, StringConstraints(pattern=PERSON_PATTERN, max_length=120)]
#: A dataset, `model:NAME` for all datasets of a model, or `*`.
Selector = Annotated[str, StringConstraints(pattern=SELECTOR_PATTERN)]
#: `schema.table` or `schema.*` of the lake, `catalog.schema.table` or `catalog.schema.*` of another catalog.
Tables = Annotated[str, StringConstraints(pattern=TABLES_PATTERN)]
Value = str | int | float | bool
#: What may be done to the rows of a dataset: `add` takes new ones in, `delete` takes them out, the rest are columns.
Edit = Literal["add", "title", "tag", "labels", "delete"]
EDITS: Final[tuple[Edit, ...]] = get_args(Edit)
#: The one table whose rows people change by hand; all others are written by jobs.
EDITED_TABLE: Final = "media.assets"


class Mask(StrEnum):
    """How a value is shown, from least to most."""

    NULL = "null"
    HASH = "hash"
    GENERALISE = "generalise"
    PARTIAL = "partial"
    SHOW = "show"

    # It is a key of many mappings, and Enum's own hash is written in Python.
    __hash__ = str.__hash__

    @property
    def rank(self) -> int:
        """The higher, the more is seen."""
        return _RANKS[self]


_RANKS: Final = {mask: number for number, mask in enumerate(Mask)}


def _word_for_nothing(value: object) -> object:
    return Mask.NULL.value if value is None else value  # YAML reads the bare word `null` as no value


AnyMask = Annotated[Mask, BeforeValidator(_word_for_nothing)]


class Role(Node):
    """What those who have it may see. Whoever has several roles sees what each of them shows.

    `masks` are by sensitivity, `columns` (`dataset.column`) win over them. `rows` are conditions over the columns of a
    dataset; without one, all its rows are shown. `tables` opens tables as they are, without filter or mask.
    `edits`: what may be changed of the rows that the role itself shows, by dataset.
    `sql`: may write SQL in Superset. `operate`: sees who asks what, may end queries, reads Trino's own figures,
    and how large every table is and when it was written.
    `admin`: sees and may change everything, described or not.
    """

    name: RoleName
    description: Text
    inherits: tuple[RoleName, ...] = ()
    datasets: tuple[Selector, ...] = ()
    sql: bool = False
    operate: bool = False
    admin: bool = False
    masks: dict[Sensitivity, AnyMask] = Field(default_factory=dict[Sensitivity, Mask])
    columns: dict[ColumnRef, AnyMask] = Field(default_factory=dict[str, Mask])
    rows: dict[Name, Text] = Field(default_factory=dict[str, str])
    tables: tuple[Tables, ...] = ()
    edits: dict[Name, tuple[Edit, ...]] = Field(default_factory=dict[str, tuple[Edit, ...]])
    #: Why it may see personal data as they are; asked for by the check wherever it may.
    because: Text | None = None

    def mask_of(self, dataset: str, column: str, sensitivity: Sensitivity) -> Mask:
        """Return how it shows a column: as the column is listed, else its sensitivity; personal data not at all."""
        listed = self.columns.get(f"{dataset}.{column}", self.masks.get(sensitivity))
        if listed is not None:
            return listed
        return Mask.NULL if sensitivity is Sensitivity.PII else Mask.SHOW


class Group(Node):
    """People who have the same roles. Its attributes hold for those who have none of that name of their own."""

    name: PersonName
    description: Text | None = None
    roles: tuple[RoleName, ...] = Field(min_length=1)
    members: tuple[PersonName, ...] = ()
    attributes: dict[Name, tuple[Value, ...]] = Field(default_factory=dict[str, tuple[Value, ...]])


class Person(Node):
    """One who asks, by the name that Trino knows her by, with her own roles and what filters want to know of her."""

    name: PersonName
    description: Text | None = None
    roles: tuple[RoleName, ...] = ()
    attributes: dict[Name, tuple[Value, ...]] = Field(default_factory=dict[str, tuple[Value, ...]])


class Service(Node):
    """A program that asks Trino. What it does decides what it may.

    `impersonate`: asks as the person who looks, and sees nothing by itself. `maintain`: loads and refreshes tables, so
    it reads and writes all of them, and their changes. `measure`: reads Trino's own figures.
    """

    name: PersonName
    description: Text
    does: Literal["impersonate", "maintain", "measure"]


class Claims(Node):
    """Who is in which group is said by the identity provider, in a claim of this name."""

    claim: Text


class Policy(Node):
    """One file of `semantic_layer/policies/`."""

    version: Literal[1]
    name: Name
    description: Text
    owner: Text
    roles: tuple[Role, ...] = ()
    groups: tuple[Group, ...] = ()
    users: tuple[Person, ...] = ()
    services: tuple[Service, ...] = ()
    members_from: Claims | None = None

    @model_validator(mode="after")
    def _members_in_one_place(self) -> Policy:
        if self.members_from and any(group.members for group in self.groups):
            raise ValueError("members of groups are either listed here or come from a claim (`members_from`), not both")
        return self


class Policies(BaseModel):
    """All policies of a bundle, checked. Names are unique over all of them."""

    model_config = ConfigDict(frozen=True)

    policies: tuple[Policy, ...]
    files: tuple[Path, ...]

    @cached_property
    def roles(self) -> dict[str, Role]:
        """Roles by name."""
        return {role.name: role for policy in self.policies for role in policy.roles}

    @cached_property
    def groups(self) -> dict[str, Group]:
        """Groups by name."""
        return {group.name: group for policy in self.policies for group in policy.groups}

    @cached_property
    def users(self) -> dict[str, Person]:
        """People by name."""
        return {user.name: user for policy in self.policies for user in policy.users}

    @cached_property
    def services(self) -> dict[str, Service]:
        """Services by name."""
        return {service.name: service for policy in self.policies for service in policy.services}

    @property
    def claim(self) -> str | None:
        """The claim of the identity provider that holds the groups of a person, if they come from there."""
        return next((policy.members_from.claim for policy in self.policies if policy.members_from), None)


def models_of(layer: SemanticLayer) -> dict[str, tuple[str, ...]]:
    """Return the datasets of each model."""
    return {model.name: tuple(dataset.name for dataset in model.datasets) for model in layer.models}


def datasets_meant(selector: str, models: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the datasets that a selector means. `models` are the datasets of each model."""
    if selector == EVERY_DATASET:
        return tuple(name for names in models.values() for name in names)
    if selector.startswith(_MODEL_PREFIX):
        return models.get(selector.removeprefix(_MODEL_PREFIX), ())
    return (selector,)
