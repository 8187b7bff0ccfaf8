"""What visitors of customers' names are answered by us, on the dashboard and in the edge service."""
