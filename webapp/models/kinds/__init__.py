"""States and kinds: the values of the nouns' columns, which know no database."""
