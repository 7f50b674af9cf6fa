"""Starts the demo: a page and an API that read letters of the American manual alphabet.

Set `ASL_MODEL` to serve another model: a folder or a Hub id 'owner/name@revision'. Without it, a
Space serves the model that has the same owner and name as the Space, if there is one.
"""

import os
import signal
import sys

from asl_model import BundleError, Recognizer
from asl_model.errors import ModelNotFoundError


def load_model() -> Recognizer:
    """Loads the model in ASL_MODEL, else the one named like the Space, else the embedded model.

    Raises:
        BundleError: the model in ASL_MODEL cannot be loaded, or the model named like the Space
            exists but is broken.
    """
    named, space = os.environ.get("ASL_MODEL"), os.environ.get("SPACE_ID")
    if space and not named:
        try:
            return Recognizer.load(space)
        except ModelNotFoundError:
            print(f"No model '{space}' on the Hub: serving the embedded model.", flush=True)
    return Recognizer.load(named or None)


def main() -> None:
    """Loads the model and serves the page, on localhost or on the address in GRADIO_SERVER_NAME."""
    from asl_model.demo.gradio_guards.fast_import import import_gradio

    try:
        recognizer = load_model()
    except BundleError as error:
        sys.exit(f"Error: {error}")
    _register_with_zerogpu()
    end_cleanly_when_terminated()
    folder = import_gradio()
    from asl_model.demo.page import build
    from asl_model.demo.server import launch

    launch(build(recognizer), folder)


def end_cleanly_when_terminated() -> None:
    """Makes SIGTERM and SIGHUP end the program like Ctrl-C, so that Gradio deletes the uploads."""
    for ending in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, ending, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) != signal.SIG_IGN:  # keep what nohup has set
            signal.signal(number, signal.default_int_handler)


def _register_with_zerogpu() -> None:
    """Marks an empty function for the GPU, because ZeroGPU starts no Space without one.

    Letters are read on the CPU. Waiting for a GPU would take longer and use up the visitor's daily
    share.
    """
    try:
        import spaces  # only on Spaces with ZeroGPU
    except ImportError:
        return

    def on_a_gpu() -> None:
        """Does nothing."""

    spaces.GPU(on_a_gpu)


if __name__ == "__main__":
    main()
