"""Trains and measures the network that finds hands (`asl_model.hand`)."""
