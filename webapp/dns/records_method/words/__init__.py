"""What a judgement of the records method says: its report, and the sentences. Everything is pure."""
