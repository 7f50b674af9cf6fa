"""The demo: page and API. Only this package uses Gradio, and only `app.py` imports the package."""
