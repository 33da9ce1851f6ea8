"""Flowmill beside the real MLflow, measured in one run: ``make bench NAME=import``."""
