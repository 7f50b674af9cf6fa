"""Finds the pictures, checks them and splits them."""
