"""One line of a list at a time: read, judged, registered, and given the hosted zone that it names."""
