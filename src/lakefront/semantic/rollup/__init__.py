"""Rollups: their tables, how they are built and renewed, and which queries they answer."""
