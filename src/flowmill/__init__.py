"""Flowmill."""
