"""What is said to a caller whose values are not what a call takes."""

from typing import Any

import gradio as gr

from asl_model.page import texts

LONGEST = 60
"""Letters of each value that are repeated to the caller."""


class Page(gr.Blocks):
    """A page that says what a call takes when it is given something else.

    Gradio (6.31) answers `{"error": null}` and prints a traceback: the usual mistake, a file's name
    where an upload should be, would not be explained.
    """

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any
    ) -> list[Any]:
        """Turns what came into what the function takes.

        Raises:
            gr.Error: it is of another shape.
        """
        try:
            return await super().preprocess_data(block_fn, inputs, *args, **kwargs)
        except gr.Error:  # it says itself what is wrong
            raise
        except (ValueError, TypeError, KeyError, AttributeError):
            message = texts.NOT_TAKEN.format(
                call=block_fn.api_name or "The page",
                takes=", ".join(block.label for block in block_fn.inputs if block.label),
                given=", ".join(map(_shown, inputs)) or "nothing",
            )
            raise gr.Error(message, print_exception=False) from None


def _shown(given: Any) -> str:
    """A value as the caller knows it: where an upload lies here is no concern of theirs."""
    if isinstance(given, dict) and "meta" in given:
        return "an upload"
    text = repr(given)
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."
