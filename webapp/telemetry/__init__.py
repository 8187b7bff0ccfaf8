"""What a process counts about itself and the requests that it answers."""
