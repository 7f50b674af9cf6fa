"""What the Hub keeps of one repository: commits, and names for them."""

import hashlib
from dataclasses import dataclass, field

Files = dict[str, bytes]

LFS_NAMES = (".safetensors", ".png", ".jpg", ".bin")
"""Ends of the names of files that are kept by LFS."""


@dataclass
class Repository:
    """One repository.

    Attributes:
        private: only its owner may read it; to others it is not there.
        gated: only its owner may read its files; others are told to ask.
        commits: the files of each commit, by the commit's id.
        refs: branches, tags and pull requests, and the commit each of them names.
        variables: of a Space.
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
        """The commit that a branch, a tag, a pull request or a commit's id names."""
        return revision if revision in self.commits else self.refs.get(revision)

    def files(self, ref: str = "main") -> Files:
        """The files of a revision."""
        return self.commits[self.refs.get(ref, ref)]


def is_lfs(path: str) -> bool:
    """Whether a file is kept by LFS."""
    return path.endswith(LFS_NAMES)


def sha256(content: bytes) -> str:
    """Its id in LFS."""
    return hashlib.sha256(content).hexdigest()


def blob_id(content: bytes) -> str:
    """Its id in git."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def entry(path: str, content: bytes) -> dict[str, object]:
    """A file as the Hub's tree lists it."""
    listed = {"type": "file", "path": path, "size": len(content), "oid": blob_id(content)}
    if is_lfs(path):
        lfs = {"oid": sha256(content), "size": len(content), "pointerSize": 134}
        return listed | {"lfs": lfs}
    return listed
