"""Endpoints of the test Hub for reading."""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.helpers.hub.repository import Repository, blob_id, entry, is_lfs, sha256

OWNER, TOKEN = "ann", "hf_notasecretnotasecretnotasecret"
"""The only user that the Hub knows, and the user's token."""


class Refused(Exception):
    """An error answer: a status, and the error code that the client looks at."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Reading:
    """Endpoints for reading, and methods that all endpoints need.

    Attributes:
        repositories: by type and id, such as 'models/ann/letters' or 'spaces/ann/letters'.
    """

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}

    def _user(self, request: Request) -> str | None:
        given = request.headers.get("authorization")
        if given and given != f"Bearer {TOKEN}":
            raise Refused(401, "InvalidToken")
        return OWNER if given else None

    def _repository(self, request: Request, write: bool = False) -> Repository:
        user, path = self._user(request), request.path_params
        kind = path.get("kind") or (
            "spaces" if request.url.path.startswith("/spaces") else "models"
        )
        found = self.repositories.get(f"{kind}/{path['owner']}/{path['name']}")
        if found is None or (found.private and user != path["owner"]):
            raise Refused(404 if user else 401, "RepoNotFound")
        if write and user != path["owner"]:
            raise Refused(403, "Forbidden")
        return found

    def _revision(self, repository: Repository, revision: str) -> str:
        commit = repository.resolve(revision)
        if commit is None:
            raise Refused(404, "RevisionNotFound")
        return commit

    async def whoami(self, request: Request) -> Response:
        """Returns the user that the token belongs to."""
        if self._user(request) is None:
            raise Refused(401, "NoToken")
        access = {"accessToken": {"displayName": "tests", "role": "write"}, "type": "access_token"}
        return JSONResponse({"type": "user", "name": OWNER, "orgs": [], "auth": access})

    async def info(self, request: Request) -> Response:
        """Returns the properties of a repository and the names of its files."""
        repository = self._repository(request)
        commit = self._revision(repository, request.path_params.get("revision", "main"))
        path = request.path_params
        return JSONResponse({
            "id": f"{path['owner']}/{path['name']}", "sha": commit, "private": repository.private,
            "gated": "manual" if repository.gated else False, "tags": [],
            "siblings": [{"rfilename": name} for name in repository.commits[commit]],
        })  # fmt: skip

    async def tree(self, request: Request) -> Response:
        """Returns the files of a repository with sizes and checksums."""
        repository = self._repository(request)
        commit = self._revision(repository, request.path_params["revision"])
        return JSONResponse([entry(*item) for item in repository.commits[commit].items()])

    async def refs(self, request: Request) -> Response:
        """Returns the branches and tags of a repository."""
        refs = self._repository(request).refs
        listed: dict[str, list[dict[str, str]]] = {"branches": [], "converts": [], "tags": []}
        for name, commit in refs.items():
            kind = "branches" if name == "main" else "tags"
            full = f"refs/{'heads' if name == 'main' else 'tags'}/{name}"
            listed[kind].append({"name": name, "ref": full, "targetCommit": commit})
        return JSONResponse(listed)

    async def file(self, request: Request) -> Response:
        """Returns the content of a file."""
        repository = self._repository(request)
        if repository.gated and self._user(request) != request.path_params["owner"]:
            raise Refused(403, "GatedRepo")
        revision, path = re.fullmatch(  # type: ignore[union-attr]
            r"(refs/pr/\d+|[^/]+)/(.*)", request.path_params["rest"]
        ).groups()
        commit = self._revision(repository, revision)
        content = repository.commits[commit].get(path)
        if content is None:
            raise Refused(404, "EntryNotFound")
        headers = {"X-Repo-Commit": commit, "ETag": f'"{blob_id(content)}"'}
        if is_lfs(path):
            etag = f'"{sha256(content)}"'
            headers |= {"ETag": etag, "X-Linked-ETag": etag, "X-Linked-Size": str(len(content))}
        return Response(content, 200, headers)
