"""`python -m train space`: uploads the demo to a Space on the Hugging Face Hub."""

import re
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, RepoCard

from asl_model.bundle import SERVED
from asl_model.bundle_config import WEIGHTS
from asl_model.graph_file import GRAPH
from asl_model.hand.finder_files import EMBEDDED
from asl_model.hub_download import HUB_ID, with_retries
from train.errors import TrainError
from train.publishing.hub_upload import check_name, create_repo, print_files, readable_errors

ROOT = Path(__file__).parents[2]

FILES = ("app.py", "requirements.txt", "LICENSE")
"""Files that a Space needs besides its README and the package."""

KEPT = ".gitattributes"
"""The file that the Hub itself adds to a repository."""


def run(repo_id: str, model: str, private: bool = False, dry_run: bool = False) -> None:
    """Creates or updates a Space with exactly the files that serving needs.

    The Space's variable ASL_MODEL pins the model's present commit: the Space serves this commit
    until the Space is updated.

    Args:
        repo_id: 'owner/name' of the Space; created if it does not exist.
        model: the model to serve: 'owner/name' or 'owner/name@revision' on the Hub.
        private: make the Space visible only to its owner.
        dry_run: only list what would be uploaded.

    Raises:
        TrainError: there is no access or no such model, or the Hub cannot be reached.
    """
    check_name(repo_id)
    if not HUB_ID.fullmatch(model):
        raise TrainError(f"--model '{model}' is not of the form owner/name or owner/name@revision.")
    name, _, revision = model.partition("@")
    if dry_run:
        print_files(_additions(name, revision or "main", SERVED))
        print(
            f"Nothing was uploaded: this would be one commit to {repo_id}, which also removes "
            "other files there."
        )
        return
    hub = HfApi()
    with readable_errors(name):
        info = with_retries(hub.model_info, name, revision=revision or None)
    commit = str(info.sha)
    pinned = f"{name}@{commit}"
    there = {file.rfilename for file in info.siblings or ()}
    additions = _additions(name, commit, [file for file in SERVED if file in there])
    print_files(additions)
    with readable_errors(repo_id):
        create_repo(hub, repo_id, private, "space")
        present = hub.list_repo_files(repo_id, repo_type="space")
        needed = {operation.path_in_repo for operation in additions}
        old = [CommitOperationDelete(path) for path in present if path not in {*needed, KEPT}]
        with_retries(hub.add_space_variable, repo_id, "ASL_MODEL", pinned)
        with_retries(
            hub.create_commit,
            repo_id,
            [*additions, *old],
            commit_message=f"Demo of {pinned}",
            repo_type="space",
        )
    for operation in old:
        print(f"     removed  {operation.path_in_repo}")
    print(f"The Space serves {pinned}. It is being built: {hub.endpoint}/spaces/{repo_id}")
    if info.private:
        print(
            "The model is private: give the Space a token that can read it, as the secret HF_TOKEN."
        )


def _additions(model: str, commit: str, files: Sequence[str]) -> list[CommitOperationAdd]:
    """Returns the demo's files; the README names the model's files to fetch during the build.

    The embedded model is not uploaded: a Space with ASL_MODEL never uses it. The hand finder is,
    because models with `crop: hand` need it.
    """
    card = RepoCard.load(ROOT / "README.md")
    card.data.models = [model]
    card.data.preload_from_hub = [f"{model} {','.join(files)} {commit}"]
    card.text = _first_words(card.text) + f"\nIt serves the model `{model}`.\n"
    package = sorted((ROOT / "asl_model").rglob("*.py"))
    operations = [CommitOperationAdd("README.md", str(card).encode())]
    finder = (EMBEDDED / name for name in (WEIGHTS, GRAPH))
    for file in (*(ROOT / name for name in FILES), *package, *finder):
        operations.append(CommitOperationAdd(str(file.relative_to(ROOT)), file))
    return operations


def _first_words(text: str) -> str:
    """Returns the README's title and introduction: its pictures and pages are not uploaded."""
    introduction = text.split("\n## ")[0]
    return re.sub(r"!\[[^\]]*\]\([^)]*\)\n+", "", introduction)
