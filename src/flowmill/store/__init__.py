"""Where operations are carried out: a database here, or a server elsewhere."""
