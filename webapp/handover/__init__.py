"""Links with which somebody without a sign-in sees the records of one domain, and has them checked."""
