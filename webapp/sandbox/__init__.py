"""A stand-in for AWS, the DNS and the customer's DNS provider, on one machine with no Internet."""
