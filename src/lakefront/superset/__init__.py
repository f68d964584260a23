"""Superset as code: the files of `superset_assets/` and the server that shows them."""
