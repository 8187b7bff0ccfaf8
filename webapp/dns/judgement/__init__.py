"""What a check found, and what people read of it: findings, the report, and its sentences. All of it is pure."""
