"""What checks saw, as rows: each report of a domain once, and apart from it what each check measured anew."""
