"""Error messages for calls with wrong values."""

from typing import Any

import gradio as gr
from gradio.state_holder import SessionState

from asl_model.demo import texts

MAX_REPEATED_CHARACTERS = 60
"""Maximum number of characters of a value that the error message repeats."""


class Page(gr.Blocks):
    """A page that explains wrong values to the caller, and does not keep the given values.

    Gradio (6.31) answers `{"error": null}` and prints a traceback. The most common mistake, a file
    name instead of an upload, would not be explained. Gradio also keeps the values that each of the
    last `VISITORS` sessions gave, up to 4 MB per value, although nothing here reads them again.
    """

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: SessionState | None, *args: Any
    ) -> list[Any]:
        """Converts the given values to the arguments of the function.

        Raises:
            gr.Error: a value has the wrong type or shape.
        """
        try:
            return await super().preprocess_data(block_fn, inputs, state, *args)
        except gr.Error:  # its message already says what is wrong
            raise
        except (ValueError, TypeError, KeyError, AttributeError):
            message = texts.NOT_TAKEN.format(
                call=block_fn.api_name or "The page",
                takes=", ".join(block.label for block in block_fn.inputs if block.label),
                given=", ".join(map(_shown, inputs)) or "nothing",
            )
            raise gr.Error(message, print_exception=False) from None
        finally:
            for block in block_fn.inputs:
                if state and not block.stateful and block._id in state.config_values:
                    state._update_value_in_config(block._id, None)


def _shown(given: Any) -> str:
    """Returns a given value as text, cut off; the server's path of an upload is not shown."""
    if isinstance(given, dict) and "meta" in given:
        return "an upload"
    text = repr(given)
    return text if len(text) <= MAX_REPEATED_CHARACTERS else text[:MAX_REPEATED_CHARACTERS] + "..."
