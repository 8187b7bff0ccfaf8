"""Which names are served and where they lead, asked of the database without identity, and the news of changes."""
