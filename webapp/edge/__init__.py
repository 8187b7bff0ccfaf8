"""The edge service, which edge proxies, monitoring and the visitors of customers' names ask. It has no identity.

The dashboard serves what stands in `proxies` and `visitors` as well; `dashboard` is its own.
"""
