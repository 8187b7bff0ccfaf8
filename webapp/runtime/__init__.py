"""What every process of ours needs: logs, request ids, the queue, memory, its own address."""
