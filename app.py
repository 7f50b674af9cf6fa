"""The demo: a page and an API that read letters of the American manual alphabet from pictures.

`ASL_MODEL` names another model: a folder or a Hub id 'owner/name@revision'. Without it, a Space
serves its owner's model of the same name as the Space, if there is one.
"""

import importlib.util
import os
import signal
import sys
from typing import Any

from asl_model.demo.gradio_guards import fast_import, uploads

# All four are read while Gradio is imported or the page is built.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # nothing calls home
# Of so many requests Gradio keeps the times, and copies the list of them at every request; its
# default of 10,000 makes memory grow, and every answer slower than the one before.
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "100")
# After so many requests it sums them up in a table of pandas, for a page that is not shown here;
# its default of 1 makes that a part of every request.
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1000000000")
UPLOADS = uploads.make_folder()

with fast_import.importing():
    import gradio as gr
from starlette.middleware import Middleware

from asl_model import BundleError, Recognizer
from asl_model.demo import api, texts, theme
from asl_model.demo.gradio_guards import downloads
from asl_model.demo.gradio_guards.memory import Forgetting
from asl_model.demo.gradio_guards.messages import Page
from asl_model.demo.gradio_guards.request_limits import Bounds
from asl_model.demo.tabs import about, live, photo, practice
from asl_model.errors import ModelNotFoundError

try:
    import spaces  # on Spaces with ZeroGPU only
except ImportError:
    spaces = None

WAITING = 64
"""Requests of all visitors that may wait; who comes then is told so at once (HTTP 503). At 29
pictures a second (`tests/benchmarks/load.py`) the last of 64 waits little more than two seconds."""

AT_ONCE = 2
"""Requests of one kind that run at the same time: one is decoded while another is computed."""

VISITORS = 200
"""Whose text is kept in memory, 80 kB each; later ones replace them."""


def build(recognizer: Recognizer) -> gr.Blocks:
    """The page around one loaded model. Nothing is launched."""

    with Page(title=texts.TITLE) as demo:
        gr.Markdown(f"# {texts.TITLE}\n{texts.INTRO}")
        with gr.Tab(texts.PHOTO_TAB):
            photo.tab(recognizer)
        with gr.Tab(texts.LIVE_TAB):
            live.tab(recognizer)
        with gr.Tab(texts.PRACTICE_TAB):
            practice.tab(recognizer)
        with gr.Tab(texts.ABOUT_TAB):
            about.tab(recognizer.bundle)
        api.endpoints(recognizer)
    # Nobody skips the queue: Gradio would let whoever posts to /run do so.
    return demo.queue(api_open=False, max_size=WAITING, default_concurrency_limit=AT_ONCE)


def load_model() -> Recognizer:
    """The model that ASL_MODEL names; else, on a Space, its owner's; else the embedded one.

    Raises:
        BundleError: a model that was named cannot be had, or the owner's is there and broken.
    """
    named, space = os.environ.get("ASL_MODEL"), os.environ.get("SPACE_ID")
    if space and not named:
        try:
            return Recognizer.load(space)
        except ModelNotFoundError:
            print(f"No model '{space}' to be seen, so the embedded one answers.", flush=True)
    return Recognizer.load(named or None)


def launch(demo: gr.Blocks, **options: Any) -> None:
    """Serves the page. The options are Gradio's; without any it waits until it is ended."""
    uploads.keep_swept(UPLOADS)
    downloads.bound_downloads()
    with_tools = importlib.util.find_spec("mcp") is not None  # `pip install "gradio[mcp]"`
    demo.launch(
        max_file_size=downloads.LARGEST,
        run_history=False,
        enable_monitoring=False,  # a page that shows everybody what is asked, and by how many
        state_session_capacity=VISITORS,
        footer_links=["api"],
        mcp_server=with_tools,
        app_kwargs={"middleware": [Middleware(Bounds), Middleware(Forgetting, demo)]},
        theme=theme.THEME,
        css=theme.CSS,
        **options,
    )


def main() -> None:
    """Loads the model and serves the page, on localhost or where GRADIO_SERVER_NAME says."""
    try:
        recognizer = load_model()
    except BundleError as error:
        sys.exit(f"Error: {error}")
    # Gradio deletes the uploads when it is interrupted, and is to do so when it is terminated.
    for ending in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, ending, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) != signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, signal.default_int_handler)
    launch(build(recognizer))


if spaces:

    @spaces.GPU
    def on_a_gpu() -> None:
        """Nothing. ZeroGPU starts no Space without such a function, and letters need none.

        To wait for a GPU takes longer than to read a letter on the processor, and it is taken off
        the visitor's daily share.
        """


if __name__ == "__main__":
    main()
