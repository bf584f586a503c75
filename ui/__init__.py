"""The parts of the Gradio page; `app.py` is its entry."""
