"""The start page of whoever is signed in: what needs them first, what happened lately, and their domains."""
