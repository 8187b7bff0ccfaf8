"""`flask users` and `flask accounts`: the lists of people and accounts, and what operators do to one person."""
