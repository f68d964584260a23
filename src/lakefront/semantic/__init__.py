"""The semantic layer: every metric and dimension is defined once, and every consumer obeys it."""

from lakefront.semantic.load import ModelError, layer_here, load_files, load_layer
from lakefront.semantic.model import SemanticLayer

__all__ = ["ModelError", "SemanticLayer", "layer_here", "load_files", "load_layer"]
