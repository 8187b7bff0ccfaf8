"""For how long rows are kept that only tell what was."""
