"""Lakefront: the front end of a lakehouse, kept in git."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lakefront.semantic.ask import Semantic

__all__ = ["Semantic"]


def __getattr__(name: str) -> Any:
    """Import the Python API when it is first asked for: the command line starts without it."""
    if name == "Semantic":
        from lakefront.semantic.ask import Semantic  # noqa: PLC0415 - see above

        return Semantic
    raise AttributeError(f"module 'lakefront' has no attribute '{name}'")
