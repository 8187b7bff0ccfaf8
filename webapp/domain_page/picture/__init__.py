"""The picture of the way from a visitor to the LLM client: what stands on it, how it was found, and where it breaks.

It is a list of nodes, which the page draws and a screen reader reads: one source, so that both say the same.
"""
