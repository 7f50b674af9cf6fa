"""Makes requests to the test Hub fail on demand."""

import re
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass
class Fault:
    """Requests that fail, and how.

    Attributes:
        pattern: regular expression; requests whose 'METHOD /path' contains a match fail.
        status: status of the error answer; 0 starts the normal answer and cuts it off.
        times: number of requests that fail.
        after: number of bytes of the body that are sent before it is cut off.
    """

    pattern: str
    status: int
    times: int
    after: int = 0


class Cut(ConnectionError):
    """Raised in the middle of an answer, so that uvicorn drops the connection."""


class Faults:
    """ASGI middleware that records all requests and makes some of them fail."""

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
