"""The flavors: a library a file."""
