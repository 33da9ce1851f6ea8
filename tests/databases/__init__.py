"""Databases that tests run on: servers of their own, and databases that older releases wrote."""
