"""What Gradio remembers of every request as long as it runs is forgotten now and then (6.31).

Of each call its session without events, through all of which it looks for the next call's; of each
upload its path, twice, for deleting files, which `uploads` does. A kilobyte a call.
And of each caller a copy of the page, 80 kB, in a place that a visitor's text would keep else.
"""

import gradio as gr
from starlette.types import ASGIApp, Receive, Scope, Send

REQUESTS_BETWEEN_CLEARINGS = 100
"""Requests between two clearings. A call is three or four of them, so that some 30 callers come
meanwhile, and take no more of the `asl_model.demo.server.VISITORS` places."""


class Forgetting:
    """ASGI middleware: it runs in the server's own thread, where nothing is half done meanwhile."""

    def __init__(self, app: ASGIApp, demo: gr.Blocks) -> None:
        self.app, self.demo, self.requests = app, demo, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        self.requests += 1
        if self.requests % REQUESTS_BETWEEN_CLEARINGS == 0:
            forget(self.demo)
        await self.app(scope, receive, send)


def forget(demo: gr.Blocks) -> None:
    """Drops the sessions that wait for nothing or have written nothing, and the paths of files."""
    waiting = demo._queue.pending_event_ids_session
    for session in [session for session, events in waiting.items() if not events]:
        del waiting[session]
    known = demo.state_holder
    with known.lock:
        for session in [name for name, kept in known.session_data.items() if not kept.state_data]:
            del known.session_data[session]
            known.time_last_used.pop(session, None)
    for paths in demo.temp_file_sets:
        paths.clear()
