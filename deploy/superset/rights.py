"""Rights that are asked for once: Superset asks its database again for each check of a request.

The data of one chart takes several checks of the same rights, and each of them is a query over five tables.
"""

from typing import Any

from flask import g, has_request_context


class AskedOnce:
    """What remembers, within a request, which rights roles have; for a security manager.

    A request of the one who takes a right away is answered by what it found first; the next one is not.
    """

    def exist_permission_on_roles(self, view_name: str, permission_name: str, role_ids: list[int]) -> bool:
        """Return whether one of the roles has the permission."""
        ask: Any = super().exist_permission_on_roles  # type: ignore[misc]
        if not has_request_context():
            return ask(view_name, permission_name, role_ids)
        known: dict[Any, bool] = g.setdefault("lakefront_rights", {})
        right = (view_name, permission_name, frozenset(role_ids))
        if right not in known:
            known[right] = ask(view_name, permission_name, role_ids)
        return known[right]

    def is_item_public(self, permission_name: str, view_name: str) -> bool:  # noqa: ARG002 - Superset's signature
        """Return False: nothing is for those who are nobody, whatever the role Public was given by hand."""
        return False
