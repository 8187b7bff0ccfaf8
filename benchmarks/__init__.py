"""How fast Nameplate verifies. `python -m benchmarks.verify` from the checkout; `make bench` sets everything up."""
