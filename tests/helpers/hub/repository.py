"""A repository of the test Hub: commits, and the branches and tags that name them."""

import hashlib
from dataclasses import dataclass, field

Files = dict[str, bytes]

LFS_NAMES = (".safetensors", ".png", ".jpg", ".bin")
"""Endings of the names of files that are stored in LFS."""


@dataclass
class Repository:
    """One repository.

    Attributes:
        private: only the owner may read it; others get 'not found'.
        gated: only the owner may read its files; others are told to ask for access.
        commits: the files of each commit, by the commit's id.
        refs: the commit that each branch, tag and pull request names.
        variables: the variables of a Space.
    """

    private: bool = False
    gated: bool = False
    commits: dict[str, Files] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.commit({}, "main")

    def commit(self, files: Files, ref: str = "main") -> str:
        """Adds a commit, moves the ref to it, and returns its id."""
        oid = hashlib.sha1(f"commit {len(self.commits)}".encode()).hexdigest()
        self.commits[oid] = dict(files)
        self.refs[ref] = oid
        return oid

    def resolve(self, revision: str) -> str | None:
        """Returns the id of a commit, given its id or a branch, tag or pull request."""
        return revision if revision in self.commits else self.refs.get(revision)

    def files(self, ref: str = "main") -> Files:
        """Returns the files of a revision."""
        return self.commits[self.refs.get(ref, ref)]


def is_lfs(path: str) -> bool:
    """Returns whether a file is stored in LFS."""
    return path.endswith(LFS_NAMES)


def sha256(content: bytes) -> str:
    """Returns the id of a file in LFS."""
    return hashlib.sha256(content).hexdigest()


def blob_id(content: bytes) -> str:
    """Returns the id of a file in git."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def entry(path: str, content: bytes) -> dict[str, object]:
    """Returns a file's entry in the Hub's list of files."""
    listed = {"type": "file", "path": path, "size": len(content), "oid": blob_id(content)}
    if is_lfs(path):
        lfs = {"oid": sha256(content), "size": len(content), "pointerSize": 134}
        return listed | {"lfs": lfs}
    return listed
