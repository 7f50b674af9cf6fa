"""Protects visitors and bounds memory: request limits, uploads, downloads, error messages."""
