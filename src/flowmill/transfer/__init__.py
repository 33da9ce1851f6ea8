"""Importing and copying: readers of every kind of store, and writers that bring what they read elsewhere."""
