"""Policies proven cell by cell: canaries in a lake, what people should see of them, and what they do see."""
