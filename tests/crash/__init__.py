"""What is left after something died: a database, a server, a disk."""
