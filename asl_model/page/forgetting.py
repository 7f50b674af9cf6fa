"""What Gradio remembers of every request as long as it runs is forgotten now and then (6.31).

Of each call its session without events, through all of which it looks for the next call's; of each
upload its path, twice, for deleting files, which `asl_model.page.uploads` does. A kilobyte a call.
"""

import gradio as gr
from starlette.types import ASGIApp, Receive, Scope, Send

EVERY = 500
"""Requests between two clearances; a call is three or four of them."""


class Forgetting:
    """ASGI middleware: it runs in the server's own thread, where nothing is half done meanwhile."""

    def __init__(self, app: ASGIApp, demo: gr.Blocks) -> None:
        self.app, self.demo, self.requests = app, demo, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        self.requests += 1
        if self.requests % EVERY == 0:
            forget(self.demo)
        await self.app(scope, receive, send)


def forget(demo: gr.Blocks) -> None:
    """Drops the sessions that wait for nothing, and the paths of files."""
    waiting = demo._queue.pending_event_ids_session
    for session in [session for session, events in waiting.items() if not events]:
        del waiting[session]
    for paths in demo.temp_file_sets:
        paths.clear()
