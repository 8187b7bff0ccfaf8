"""What a request is asked: whose it is, what its key may do, and which names it reaches."""
