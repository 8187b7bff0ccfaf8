"""Real servers for tests: started from installed programs on free ports, stopped at the end.

Nothing here depends on what happens to be running. A program that is not installed is an error that names its
Debian package, never a skipped test.
"""
