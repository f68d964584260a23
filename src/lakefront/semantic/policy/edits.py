"""Who may change what by hand. Trino takes no changes from people who see masked columns: commands make them for her.

So this is asked before a command writes in a person's name. A role's edits are good for the rows that this very role
shows; several roles are put together edit by edit, as what they show is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from lakefront.semantic.policy.load import Loaded
from lakefront.semantic.policy.model import EDITED_TABLE, Edit
from lakefront.semantic.policy.resolve import Access, Standing, access, standing
from lakefront.semantic.policy.tables import Glimpse, Tables


@dataclass(frozen=True)
class Right:
    """That a person may make an edit. `condition`: of which rows, over the table's own columns; None for all."""

    condition: exp.Expr | None = None


def right_to(loaded: Loaded, user: str, edit: Edit, groups: Sequence[str] | None = None) -> Right | None:
    """Return a person's right to make an edit of the media; None when none of her roles gives it.

    `groups`: as the identity provider says; None for those of the policies' own lists.
    """
    if administers(loaded, user, groups):
        return Right()
    policies = loaded.policies
    who = None if user in policies.services else standing(policies, user, groups)
    if who is None:
        return None
    found = giving(Tables(loaded.layer, policies.roles), who, edit)
    return Right(Access(EDITED_TABLE, found).condition()) if found else None


def administers(loaded: Loaded, user: str, groups: Sequence[str] | None = None) -> bool:
    """Tell whether a person may change whatever there is: an admin, or a service that maintains it."""
    policies = loaded.policies
    service = policies.services.get(user)
    if service is not None:
        return service.does == "maintain"
    who = standing(policies, user, groups)
    return who is not None and any(policies.roles[name].admin for name in who.roles)


def giving(tables: Tables, who: Standing, edit: Edit) -> tuple[Glimpse, ...]:
    """Return what those roles show of the media that give an edit; an admin's, who needs none, are not among them."""
    table = tables.tables.get(tables.layer.schemas.table(EDITED_TABLE))
    seen = access(tables, table, who) if table else None
    return tuple(
        item for item in (seen.glimpses if seen else ()) if edit in tables.roles[item.role].edits.get(item.dataset, ())
    )
