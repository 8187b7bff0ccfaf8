"""What can be seen of a check while it runs: whom it asks, and who has answered.

It is kept in the cache alone, for a short time, and decides nothing: without it a page says less, and all else is the
same.
"""
