"""Publishes the results of a training: bundle, model card, reports and Hub uploads."""
