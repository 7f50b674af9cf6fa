"""The part of the Hub's HTTP interface that huggingface_hub needs to push and to pull.

Written after huggingface_hub 2.4, which uploads with plain LFS only if HF_HUB_DISABLE_XET=1.
"""

import threading
import time

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.helpers.hub.faults import Fault, Faults
from tests.helpers.hub.reading import Refused
from tests.helpers.hub.writing import Writing


class Hub(Writing):
    """The server, on a free local port; a context manager.

    Attributes:
        url: its address, for HF_ENDPOINT.
        requests: 'METHOD /path' of all requests so far.
        faults: the requests that will fail.
    """

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[str] = []
        self.faults: list[Fault] = []
        app = Starlette(routes=self._routes(), exception_handlers={Refused: _refusal})
        app.add_middleware(Faults, faults=self.faults, requests=self.requests)
        self._server = uvicorn.Server(
            uvicorn.Config(app, port=0, log_level="critical", lifespan="off")
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "Hub":
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)

    def fail(self, pattern: str, status: int, times: int = 1_000) -> None:
        """Answers requests whose 'METHOD /path' matches the pattern with an error status."""
        self.faults.append(Fault(pattern, status, times))

    def cut(self, pattern: str, after: int, times: int = 1) -> None:
        """Cuts off the body after `after` bytes, for requests whose 'METHOD /path' matches."""
        self.faults.append(Fault(pattern, 0, times, after))

    def _routes(self) -> list[Route]:
        api = "/api/{kind}/{owner}/{name}"
        routes = [
            Route("/api/whoami-v2", self.whoami),
            Route("/api/validate-yaml", _valid, methods=["POST"]),
            Route("/api/repos/create", self.create, methods=["POST"]),
            Route("/lfs/{oid}", self.put, methods=["PUT"]),
            Route("/lfs/{oid}/verify", self.verify, methods=["POST"]),
            Route(api, self.info),
            Route(api + "/refs", self.refs),
            Route(api + "/revision/{revision:path}", self.info),
            Route(api + "/tree/{revision:path}", self.tree),
            Route(api + "/preupload/{revision:path}", self.preupload, methods=["POST"]),
            Route(api + "/commit/{revision:path}", self.commit, methods=["POST"]),
            Route(api + "/tag/{revision:path}", self.tag, methods=["POST"]),
            Route(api + "/variables", self.variables, methods=["POST"]),
        ]
        for git in ("/{owner}/{name}", "/spaces/{owner}/{name}"):
            batch = git + ".git/info/lfs/objects/batch"
            routes.append(Route(batch, self.batch, methods=["POST"]))
            routes.append(Route(git + "/resolve/{rest:path}", self.file))
        return routes


async def _valid(request: Request) -> Response:
    return JSONResponse({"errors": [], "warnings": []})


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    # The client recognises this one error by its message.
    words = {"InvalidToken": "Invalid credentials in Authorization header"}
    headers = {"X-Error-Code": error.code, "X-Error-Message": words.get(error.code, error.code)}
    return JSONResponse({"error": error.code}, error.status, headers)
