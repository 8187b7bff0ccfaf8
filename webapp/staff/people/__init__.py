"""Help for who is locked out: what keeps them out, and what staff can do. No page of staff sets a password."""
