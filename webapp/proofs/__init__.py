"""How claims are proved. A method is one object (`base.method.ProofMethod`); others ask it through `registry`."""
