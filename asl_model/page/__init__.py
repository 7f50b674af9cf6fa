"""The demo's page, one file a tab. Only `app.py` imports it: it needs Gradio."""
