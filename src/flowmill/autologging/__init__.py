"""Trainings of other libraries that log themselves: parameters, metrics, models and data, without a line of code.

Nothing of a library is touched before it is imported, nothing that fails here reaches the training.
"""
