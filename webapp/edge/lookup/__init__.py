"""One prepared statement for one name: asked on connections of its own, and its answers, kept for a while."""
