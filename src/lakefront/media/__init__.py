"""Media: what a file is, where its bytes are, the table of all of them, and how pages of it are read.

Modules are imported by name (`from lakefront.media import query`), because some need large libraries.
"""
