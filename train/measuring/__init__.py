"""Measures a model: predictions, metrics, confidence intervals and calibration."""
