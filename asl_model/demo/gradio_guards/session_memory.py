"""Clears records that Gradio (6.31) would keep of every request until the program ends.

Gradio keeps the session of each call, even without events, and searches all sessions at the next
call. It keeps the path of each upload twice, in order to delete the files, which `uploads` does
here. Both together take a kilobyte per call. For each caller Gradio also keeps a copy of the page,
80 kB, which takes a place that could hold a visitor's text.
"""

import gradio as gr
from starlette.types import ASGIApp, Receive, Scope, Send

REQUESTS_BETWEEN_CLEARINGS = 100
"""Requests between two clearings. A call takes three or four requests. So some 30 callers come
between two clearings, and take no more than 30 of the `asl_model.demo.server.VISITORS` places."""


class ClearRecords:
    """ASGI middleware that clears Gradio's records at intervals.

    It runs in the server's own thread, so no other change to the records is half done meanwhile.
    """

    def __init__(self, app: ASGIApp, demo: gr.Blocks) -> None:
        self.app, self.demo, self.requests = app, demo, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, after a clearing if one is due."""
        self.requests += 1
        if self.requests % REQUESTS_BETWEEN_CLEARINGS == 0:
            clear_records(self.demo)
        await self.app(scope, receive, send)


def clear_records(demo: gr.Blocks) -> None:
    """Drops sessions that wait for nothing or have no stored state, and the paths of files."""
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
