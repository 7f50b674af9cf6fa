"""Endpoints of the test Hub for writing."""

import base64
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.helpers.hub.reading import OWNER, Reading, Refused
from tests.helpers.hub.repository import Repository, blob_id, is_lfs, sha256


class Writing(Reading):
    """Endpoints for writing.

    Attributes:
        url: the server's address, for links in its answers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self._blobs: dict[str, bytes] = {}

    async def create(self, request: Request) -> Response:
        """Creates a repository."""
        if self._user(request) is None:
            raise Refused(401, "NoToken")
        wanted = await request.json()
        owner = wanted["organization"] or OWNER
        if owner != OWNER:
            raise Refused(403, "Forbidden")
        repo_id, kind = f"{owner}/{wanted['name']}", wanted.get("type", "model")
        url = f"{self.url}/{'spaces/' if kind == 'space' else ''}{repo_id}"
        if f"{kind}s/{repo_id}" in self.repositories:
            return JSONResponse({"error": "it exists", "url": url}, 409)
        private = wanted.get("visibility") == "private" or bool(wanted.get("private"))
        self.repositories[f"{kind}s/{repo_id}"] = Repository(private)
        return JSONResponse({"url": url})

    async def preupload(self, request: Request) -> Response:
        """Returns which files must be uploaded to LFS."""
        repository = self._repository(request, write=not _proposes(request))
        present = repository.files(self._revision(repository, request.path_params["revision"]))
        files = []
        for file in (await request.json())["files"]:
            mode = "lfs" if is_lfs(file["path"]) else "regular"
            old = present.get(file["path"])
            oid = None if old is None else sha256(old) if mode == "lfs" else blob_id(old)
            files.append(
                {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid}
            )
        return JSONResponse({"files": files})

    async def batch(self, request: Request) -> Response:
        """Returns the addresses for uploading files to LFS."""
        self._repository(request)
        objects: list[dict[str, Any]] = []
        for wanted in (await request.json())["objects"]:
            href = f"{self.url}/lfs/{wanted['oid']}"
            actions = {"upload": {"href": href}, "verify": {"href": href + "/verify"}}
            known = wanted["oid"] in self._blobs
            objects.append(wanted if known else wanted | {"actions": actions})
        return JSONResponse({"transfer": "basic", "objects": objects})

    async def put(self, request: Request) -> Response:
        """Stores a file in LFS if its checksum is right."""
        content = await request.body()
        if sha256(content) != request.path_params["oid"]:
            raise Refused(422, "WrongChecksum")
        self._blobs[request.path_params["oid"]] = content
        return Response()

    async def verify(self, request: Request) -> Response:
        """Checks that a file has arrived in LFS completely."""
        wanted = await request.json()
        if len(self._blobs.get(wanted["oid"], b"")) != wanted["size"]:
            raise Refused(422, "WrongSize")
        return Response()

    async def commit(self, request: Request) -> Response:
        """Creates a commit from files in the request and files uploaded to LFS before."""
        pull_request = _proposes(request)
        repository = self._repository(request, write=not pull_request)
        ref = request.path_params["revision"]
        files = dict(repository.files(self._revision(repository, ref)))
        for line in (await request.body()).splitlines():
            item = json.loads(line)
            value = item["value"]
            if item["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif item["key"] == "lfsFile":
                files[value["path"]] = self._blobs[value["oid"]]
            elif item["key"] == "deletedFile":
                del files[value["path"]]
        number = sum(name.startswith("refs/pr/") for name in repository.refs) + 1
        commit = repository.commit(files, f"refs/pr/{number}" if pull_request else ref)
        home = f"{self.url}/{request.path_params['owner']}/{request.path_params['name']}"
        answer = {"success": True, "commitOid": commit, "commitUrl": f"{home}/commit/{commit}"}
        if pull_request:
            answer["pullRequestUrl"] = f"{home}/discussions/{number}"
        return JSONResponse(answer)

    async def tag(self, request: Request) -> Response:
        """Tags a commit."""
        repository = self._repository(request, write=True)
        tag = (await request.json())["tag"]
        if tag in repository.refs:
            raise Refused(409, "Exists")
        repository.refs[tag] = self._revision(repository, request.path_params["revision"])
        return Response()

    async def variables(self, request: Request) -> Response:
        """Sets a variable of a Space."""
        repository, given = self._repository(request, write=True), await request.json()
        repository.variables[given["key"]] = given["value"]
        return JSONResponse({k: {"value": v} for k, v in repository.variables.items()})


def _proposes(request: Request) -> bool:
    """Returns whether a request is for a pull request, which every user may open."""
    return request.query_params.get("create_pr") == "1"
