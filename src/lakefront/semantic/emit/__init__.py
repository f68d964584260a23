"""What consumers read, generated from the semantic layer."""
