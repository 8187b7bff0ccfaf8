"""What can be done from a shell: the same services as the pages, with exit codes and JSON for scripts."""
