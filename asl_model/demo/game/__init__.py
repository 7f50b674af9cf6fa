"""Spelling, practice rounds and drawings of hands: the parts of the page that need no Gradio."""
