"""What the edge proxies and the monitoring ask."""
