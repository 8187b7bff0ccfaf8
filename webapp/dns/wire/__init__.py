"""Messages and sockets: how a question gets to a name server and its answer back."""
