"""How a name stood day by day, and how long its certificate lasts, as the pages draw it."""
