"""What every process needs: logs, request ids, the queue, garbage collection, its own address."""
