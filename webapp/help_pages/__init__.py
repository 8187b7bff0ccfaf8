"""Help for whoever reads our pages: what we ask of them, our words, each provider, each verdict."""
