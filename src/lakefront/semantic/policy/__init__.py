"""Who may see what: roles, row filters and masks, written once and obeyed by the engine itself."""
