"""What staff read in place of codes: kinds of events and findings, the parts that we depend on."""
