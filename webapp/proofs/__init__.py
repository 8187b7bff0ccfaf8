"""How claims are proved. A method is one object (`method.ProofMethod`); everybody else asks it through `registry`."""
