"""The pages of what happened: a domain's history, the checks of a day, and what one check saw."""
