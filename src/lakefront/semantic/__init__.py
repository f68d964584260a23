"""The semantic layer: every metric and dimension is defined once, and every consumer obeys it."""

from lakefront.semantic.load import ModelError, load_files, load_layer
from lakefront.semantic.model import SemanticLayer

__all__ = ["ModelError", "SemanticLayer", "load_files", "load_layer"]
