"""`python -m train push`: uploads a bundle to a model repository on the Hugging Face Hub."""

import re
from pathlib import Path

from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi

from asl_model.bundle import CARD, GRAPH, BundleError, load_bundle
from asl_model.hub_download import REVISION, with_retries
from train.errors import TrainError
from train.publishing.card import PLACE
from train.publishing.hub_upload import check_name, create_repo, print_files, readable_errors
from train.publishing.save_bundle import FILES


def run(
    folder: Path,
    repo_id: str,
    private: bool = False,
    create_pr: bool = False,
    tag: str | None = None,
    dry_run: bool = False,
) -> None:
    """Uploads a bundle in one commit, and tags the commit with a version.

    Args:
        folder: the bundle's folder.
        repo_id: 'owner/name'; created if it does not exist.
        private: make the repository visible only to its owner.
        create_pr: open a pull request instead, for someone else's repository; creates no tag.
        tag: tag of the version. Default: the next of v1, v2 ...
        dry_run: only list what would be uploaded.

    Raises:
        TrainError: there is no bundle or no access, options exclude each other, or the Hub cannot
            be reached.
    """
    check_name(repo_id)
    if create_pr and (private or tag):
        raise TrainError(
            "--create-pr needs an existing repository, and cannot be combined with --private or "
            "--tag."
        )
    operations = _operations(folder, repo_id)
    print_files(operations)
    if dry_run:
        print(f"Nothing was uploaded: this would be one commit to {repo_id}.")
        return
    hub, message = HfApi(), f"Upload of {folder.name}"
    if create_pr:
        with readable_errors(repo_id):
            changes = [*operations, *_outdated(hub, repo_id, folder)]
            proposed = with_retries(
                hub.create_commit, repo_id, changes, commit_message=message, create_pr=True
            )
        _say_proposed(repo_id, proposed)
        return
    with readable_errors(repo_id):
        create_repo(hub, repo_id, private, "model")
        version = _version(hub, repo_id, tag)
        changes = [*operations, *_outdated(hub, repo_id, folder)]
        # Safe to retry: uploading unchanged files again creates no second commit.
        commit = with_retries(hub.create_commit, repo_id, changes, commit_message=message)
    print(f"Uploaded: {hub.endpoint}/{repo_id} (commit {commit.oid})")
    with readable_errors(
        repo_id, f"The bundle is uploaded as {repo_id}@{commit.oid}, but has no tag."
    ):
        with_retries(hub.create_tag, repo_id, tag=version, revision=commit.oid)
    print(f"Its page: {hub.endpoint}/{repo_id}/tree/{version}")
    print(f"Serve it: ASL_MODEL={repo_id}@{version} python app.py")


def _operations(folder: Path, repo_id: str) -> list[CommitOperationAdd]:
    """Returns what to upload; in the card, the repository's name replaces the placeholder."""
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
    """Returns the deletion of the previous model's graph if the new bundle has none."""
    outdated = not (folder / GRAPH).is_file() and with_retries(hub.file_exists, repo_id, GRAPH)
    return [CommitOperationDelete(GRAPH)] if outdated else []


def _version(hub: HfApi, repo_id: str, tag: str | None) -> str:
    """Returns the tag to create; raises TrainError if it is taken or not a valid tag."""
    taken = {found.name for found in with_retries(hub.list_repo_refs, repo_id).tags}
    if tag is None:
        numbers = [int(name[1:]) for name in taken if re.fullmatch(r"v\d+", name)]
        return f"v{max(numbers, default=0) + 1}"
    if tag in taken:
        raise TrainError(f"'{repo_id}' has the version '{tag}' already; give another --tag.")
    if not REVISION.fullmatch(tag):
        raise TrainError(f"--tag '{tag}' may contain only letters, digits and . _ - /")
    return tag


def _say_proposed(repo_id: str, commit: CommitInfo) -> None:
    if commit.pr_url is None:
        print(f"Nothing to propose: '{repo_id}' holds exactly this bundle.")
        return
    print(f"Proposed: {commit.pr_url}")
    print(f"Serve it: ASL_MODEL={repo_id}@{commit.pr_revision} python app.py")
