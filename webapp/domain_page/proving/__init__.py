"""How a name is proved, as its pages show it: the method of the claim, the choice of one, and a change to another."""
