"""The demo: a page and an API that read letters of the American manual alphabet from pictures.

`ASL_MODEL` names another model: a folder or a Hub id 'owner/name@revision'. Without it, a Space
serves its owner's model of the same name as the Space, if there is one.
"""

import os
import signal
import sys

from asl_model import BundleError, Recognizer
from asl_model.errors import ModelNotFoundError


def load_model() -> Recognizer:
    """The model that ASL_MODEL names; else, on a Space, its owner's; else the embedded one.

    Raises:
        BundleError: a named model cannot be loaded, or the owner's model exists and is broken.
    """
    named, space = os.environ.get("ASL_MODEL"), os.environ.get("SPACE_ID")
    if space and not named:
        try:
            return Recognizer.load(space)
        except ModelNotFoundError:
            print(f"There is no model '{space}': the embedded model answers.", flush=True)
    return Recognizer.load(named or None)


def main() -> None:
    """Loads the model and serves the page, on localhost or where GRADIO_SERVER_NAME says."""
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
    """Makes SIGTERM and SIGHUP end the program as Ctrl-C does: Gradio then deletes the uploads."""
    for ending in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, ending, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) != signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, signal.default_int_handler)


def _register_with_zerogpu() -> None:
    """Marks an empty function as one for the GPU: ZeroGPU starts no Space without such a function.

    Letters are read on the processor. Waiting for a GPU would take longer, and would use up the
    visitor's daily share.
    """
    try:
        import spaces  # on Spaces with ZeroGPU only
    except ImportError:
        return
    spaces.GPU(lambda: None)


if __name__ == "__main__":
    main()
