"""The values that Flowmill speaks of: frozen, comparable, and the same on the wire as in memory."""
