"""What every page shares: forms, error pages, template globals, pagination."""
