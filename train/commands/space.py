"""`python -m train space`: the demo -> a Space on the Hugging Face Hub."""

from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, RepoCard

from asl_model.bundle import SERVED
from asl_model.hub import HUB_ID, patiently
from train.errors import TrainError
from train.publishing.hub import check_name, make, readable_errors, show

ROOT = Path(__file__).parents[2]

FILES = ("app.py", "requirements.txt", "LICENSE")
"""What a Space needs beside its README and the package."""

KEPT = ".gitattributes"
"""What the Hub puts into a repository itself."""


def run(repo_id: str, model: str, private: bool = False, dry_run: bool = False) -> None:
    """Creates or updates a Space with exactly the files that serving needs.

    Its variable ASL_MODEL pins the commit that the model's name stands for now: the Space serves
    that one until it is updated.

    Args:
        repo_id: 'owner/name' of the Space; made if it is not there.
        model: what it serves: 'owner/name' or 'owner/name@revision' on the Hub.
        private: make it so that only its owner sees it.
        dry_run: only say what would be uploaded.

    Raises:
        TrainError: no access, no such model, or the Hub cannot be reached.
    """
    check_name(repo_id)
    if not HUB_ID.fullmatch(model):
        raise TrainError(f"--model '{model}' is not of the form owner/name or owner/name@revision.")
    name, _, revision = model.partition("@")
    if dry_run:
        show(_additions(name, revision or "main", SERVED))
        print(
            f"Nothing was uploaded: this would be one commit to {repo_id}, without what else is "
            "there."
        )
        return
    hub = HfApi()
    with readable_errors(name):
        info = patiently(hub.model_info, name, revision=revision or None)
    commit = str(info.sha)
    pinned = f"{name}@{commit}"
    there = {file.rfilename for file in info.siblings or ()}
    additions = _additions(name, commit, [file for file in SERVED if file in there])
    show(additions)
    with readable_errors(repo_id):
        make(hub, repo_id, private, "space")
        present = hub.list_repo_files(repo_id, repo_type="space")
        needed = {operation.path_in_repo for operation in additions}
        old = [CommitOperationDelete(path) for path in present if path not in {*needed, KEPT}]
        patiently(hub.add_space_variable, repo_id, "ASL_MODEL", pinned)
        patiently(
            hub.create_commit,
            repo_id,
            [*additions, *old],
            commit_message=f"Demo of {pinned}",
            repo_type="space",
        )
    for operation in old:
        print(f"     removed  {operation.path_in_repo}")
    print(f"It serves {pinned}. It is being built: {hub.endpoint}/spaces/{repo_id}")
    if info.private:
        print("The model is private: give the Space a token that reads it, as its secret HF_TOKEN.")


def _additions(model: str, commit: str, files: Sequence[str]) -> list[CommitOperationAdd]:
    """The demo's files; its README says which files of which commit of the model are fetched while
    it is built.

    The embedded model stays at home: a Space with ASL_MODEL never answers by it.
    """
    card = RepoCard.load(ROOT / "README.md")
    card.data.models = [model]
    card.data.preload_from_hub = [f"{model} {','.join(files)} {commit}"]
    package = sorted((ROOT / "asl_model").rglob("*.py"))
    operations = [CommitOperationAdd("README.md", str(card).encode())]
    for file in (*(ROOT / name for name in FILES), *package):
        operations.append(CommitOperationAdd(str(file.relative_to(ROOT)), file))
    return operations
