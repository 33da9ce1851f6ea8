"""Evaluation of models that classify and predict numbers: metrics, plots, thresholds; logged to a run."""
