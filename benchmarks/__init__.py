"""Measurements, one file a figure: `make bench` runs them all."""
