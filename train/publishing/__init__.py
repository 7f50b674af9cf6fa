"""Writes what a training leaves: the bundle, its model card, reports and Hub uploads."""
