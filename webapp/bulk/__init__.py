"""What is done with several domains of an account at once, and its list as a file."""
