"""What edge proxies and monitoring ask, on the dashboard and in the edge service."""
