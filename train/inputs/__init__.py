"""Inputs of the network: augmented pictures, or features that are computed once and cached."""
