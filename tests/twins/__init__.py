"""The outside world in memory: DNS, Route 53 and ACM, behind the ports that the real clients have."""
