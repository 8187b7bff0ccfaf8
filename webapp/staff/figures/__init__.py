"""The figures of staff's dashboard, from rows: what was registered, checked, proved and is live, and what fails.

Whatever would read a table that grows without end is a sample of bounded size, or a count by an index.
"""
