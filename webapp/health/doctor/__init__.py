"""What `flask doctor` looks into: the installation itself, the services outside, and whom it answers."""
