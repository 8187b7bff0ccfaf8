"""What settings mean together, beyond what each may be."""
