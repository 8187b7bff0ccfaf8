"""What a judgement says: verdicts, findings, the report that holds them, and its sentences. Everything is pure."""
