"""What every method of proof has in common."""
