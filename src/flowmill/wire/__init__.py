"""The REST contract: each operation is a value, declared once."""
