"""What is said to a caller whose values are not what a call takes."""

from typing import Any

import gradio as gr
from gradio.state_holder import SessionState

from asl_model.demo import texts

MAX_REPEATED_CHARACTERS = 60
"""Letters of each value that are repeated to the caller."""


class Page(gr.Blocks):
    """A page that says what a call takes when it is given something else, and keeps none of it.

    Gradio (6.31) answers `{"error": null}` and prints a traceback: the usual mistake, a file's name
    where an upload should be, would not be explained. And it remembers what each of the last
    `VISITORS` sessions gave, up to 4 MB a value, which nothing here asks for again.
    """

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: SessionState | None, *args: Any
    ) -> list[Any]:
        """Turns what came into what the function takes.

        Raises:
            gr.Error: it is of another shape.
        """
        try:
            return await super().preprocess_data(block_fn, inputs, state, *args)
        except gr.Error:  # it says itself what is wrong
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
    """A value as the caller knows it, cut off; of an upload not where it lies here."""
    if isinstance(given, dict) and "meta" in given:
        return "an upload"
    text = repr(given)
    return text if len(text) <= MAX_REPEATED_CHARACTERS else text[:MAX_REPEATED_CHARACTERS] + "..."
