"""`python -m train push`: a bundle -> a model repository on the Hugging Face Hub."""

import re
from pathlib import Path

from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi

from asl_model.bundle import CARD, GRAPH, BundleError, load_bundle
from asl_model.hub import REVISION, patiently
from train.errors import TrainError
from train.publishing.card import PLACE
from train.publishing.hub import check_name, make, readable_errors, show
from train.publishing.save_bundle import FILES


def run(
    folder: Path,
    repo_id: str,
    private: bool = False,
    create_pr: bool = False,
    tag: str | None = None,
    dry_run: bool = False,
) -> None:
    """Uploads a bundle in one commit, and gives it a version.

    Args:
        folder: the bundle's.
        repo_id: 'owner/name'; made if it is not there.
        private: make it so that only its owner sees it.
        create_pr: propose the commit as a pull request, for repositories of others; no version.
        tag: the version; the default is the first of v1, v2 ... that is free.
        dry_run: only say what would be uploaded.

    Raises:
        TrainError: no bundle, no access, options that exclude each other, or the Hub cannot be
            reached.
    """
    check_name(repo_id)
    if create_pr and (private or tag):
        raise TrainError(
            "--create-pr is for a repository that is there, and goes with neither --private nor "
            "--tag."
        )
    operations = _operations(folder, repo_id)
    show(operations)
    if dry_run:
        print(f"Nothing was uploaded: this would be one commit to {repo_id}.")
        return
    hub, message = HfApi(), f"Upload of {folder.name}"
    if create_pr:
        with readable_errors(repo_id):
            changes = [*operations, *_outdated(hub, repo_id, folder)]
            proposed = patiently(
                hub.create_commit, repo_id, changes, commit_message=message, create_pr=True
            )
        _say_proposed(repo_id, proposed)
        return
    with readable_errors(repo_id):
        make(hub, repo_id, private, "model")
        version = _version(hub, repo_id, tag)
        changes = [*operations, *_outdated(hub, repo_id, folder)]
        # Asked for twice, it is still one commit: the same files again change nothing.
        commit = patiently(hub.create_commit, repo_id, changes, commit_message=message)
    print(f"Uploaded: {hub.endpoint}/{repo_id} (commit {commit.oid})")
    with readable_errors(
        repo_id, f"It is uploaded, as {repo_id}@{commit.oid}, but has no version."
    ):
        patiently(hub.create_tag, repo_id, tag=version, revision=commit.oid)
    print(f"Its page: {hub.endpoint}/{repo_id}/tree/{version}")
    print(f"Serve it: ASL_MODEL={repo_id}@{version} python app.py")


def _operations(folder: Path, repo_id: str) -> list[CommitOperationAdd]:
    """What is uploaded; the card names the repository where it has a placeholder."""
    try:
        load_bundle(folder.resolve())
    except BundleError as error:
        raise TrainError(str(error)) from None
    operations = []
    for file in (folder / name for name in FILES if (folder / name).is_file()):
        if not file.resolve().is_relative_to(folder.resolve()):
            raise TrainError(f"'{file}' is a link that leads out of the bundle. Copy the file.")
        if file.name == CARD:
            content = file.read_text("utf-8").replace(PLACE, repo_id).encode()
            operations.append(CommitOperationAdd(file.name, content))
        else:
            operations.append(CommitOperationAdd(file.name, file))
    return operations


def _outdated(hub: HfApi, repo_id: str, folder: Path) -> list[CommitOperationDelete]:
    """The graph of the model that was there before, if this one brings none in its place."""
    outdated = not (folder / GRAPH).is_file() and patiently(hub.file_exists, repo_id, GRAPH)
    return [CommitOperationDelete(GRAPH)] if outdated else []


def _version(hub: HfApi, repo_id: str, tag: str | None) -> str:
    """The version to give; raises TrainError if it is taken, or could not be asked for."""
    taken = {found.name for found in patiently(hub.list_repo_refs, repo_id).tags}
    if tag is None:
        numbers = [int(name[1:]) for name in taken if re.fullmatch(r"v\d+", name)]
        return f"v{max(numbers, default=0) + 1}"
    if tag in taken:
        raise TrainError(f"'{repo_id}' has the version '{tag}' already; give another --tag.")
    if not REVISION.fullmatch(tag):
        raise TrainError(f"--tag '{tag}' may hold letters, digits and . _ - / only.")
    return tag


def _say_proposed(repo_id: str, commit: CommitInfo) -> None:
    if commit.pr_url is None:
        print(f"Nothing to propose: '{repo_id}' holds exactly this bundle.")
        return
    print(f"Proposed: {commit.pr_url}")
    print(f"Serve it: ASL_MODEL={repo_id}@{commit.pr_revision} python app.py")
