"""What goes wrong between a client and a Hub, on demand."""

import re
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass
class Fault:
    """One thing that goes wrong.

    Attributes:
        pattern: a regular expression; meant are requests whose 'METHOD /path' holds it.
        status: what they are answered; 0 lets the answer begin and cuts it off.
        times: how often.
        after: how many bytes of a body arrive before it is cut off.
    """

    pattern: str
    status: int
    times: int
    after: int = 0


class Cut(ConnectionError):
    """Raised in the middle of an answer: uvicorn then drops the connection."""


class Faults:
    """ASGI middleware: notes all requests, and fails those that are to fail."""

    def __init__(self, app: ASGIApp, faults: list[Fault], requests: list[str]) -> None:
        self.app, self.faults, self.requests = app, faults, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        line = f"{scope['method']} {scope['path']}"
        self.requests.append(line)
        fault = self._next(line)
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.status:
            headers = {"Retry-After": "0"} if fault.status == 429 else None
            answer = JSONResponse({"error": "on demand"}, fault.status, headers)
            await answer(scope, receive, send)
        else:
            await self.app(scope, receive, _cutting(send, fault.after))

    def _next(self, line: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and re.search(fault.pattern, line):
                fault.times -= 1
                return fault
        return None


def _cutting(send: Send, after: int) -> Any:
    async def cut(message: Message) -> None:
        if message["type"] == "http.response.body":
            await send({**message, "body": message["body"][:after], "more_body": True})
            raise Cut
        await send(message)

    return cut
