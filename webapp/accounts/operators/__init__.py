"""What staff and operators do to people. No page or operation of a customer imports it."""
