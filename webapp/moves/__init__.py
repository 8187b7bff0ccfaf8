"""A name that is verified for one account moves to another account's claim, by proof."""
