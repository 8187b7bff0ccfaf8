"""The one place where a stored message becomes a sentence, for page, e-mail, command and export alike."""
