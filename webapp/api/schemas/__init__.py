"""What the API reads and tells, as pydantic models. The document is made of them."""
