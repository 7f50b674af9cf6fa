"""Spelling, practice rounds and drawn hands: the part of the page that needs no Gradio."""
