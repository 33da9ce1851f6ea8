"""Logging that cannot hurt: what is logged is on disk before the call returns, and reaches its store by a thread."""
