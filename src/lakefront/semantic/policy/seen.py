"""Whether a person sees all of a table: who does not is not told either how many rows there are of it."""

from __future__ import annotations

from collections.abc import Sequence

from lakefront.semantic.policy.load import Loaded
from lakefront.semantic.policy.resolve import access, standing
from lakefront.semantic.policy.tables import Tables


def sees_all_rows(loaded: Loaded, user: str, name: str, groups: Sequence[str] | None = None) -> bool:
    """Tell whether no row of a table of the models is kept from somebody.

    `groups`: as the identity provider says; None for those of the policies' own lists.
    """
    policies = loaded.policies
    service = policies.services.get(user)
    if service is not None:
        return service.does == "maintain"
    who = standing(policies, user, groups)
    if who is None:
        return False
    if any(policies.roles[role].admin for role in who.roles):
        return True
    tables = Tables(loaded.layer, policies.roles)
    table = tables.tables.get(name)
    seen = access(tables, table, who) if table else None
    return seen is not None and seen.all_rows
