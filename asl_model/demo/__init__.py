"""The demo: the page and the API. The only room that knows Gradio; only `app.py` imports it."""
