"""What edge proxies, monitoring and the visitors of customers' names ask."""
