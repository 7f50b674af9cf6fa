"""Checkpoints of a run: saves and resumes them, and checks that they belong to the run."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from timm.utils import ModelEmaV3
from torch import nn

from train.devices import processes
from train.errors import TrainError
from train.training.history import Epoch

_NAME = re.compile(r"epoch-\d+-val_loss-.*\.safetensors")


class Run:
    """The folder of a run: `run.json` identifies the run, a checkpoint holds the state of an epoch.

    A checkpoint is named by epoch and validation loss, `epoch-03-val_loss-0.4123.safetensors`. Its
    tensors are the trained parameters, the buffers, their moving average if there is one, and the
    optimizer's state. Its metadata holds the history so far as JSON. Each file is written under a
    temporary name and renamed when it is complete.
    """

    def __init__(self, folder: Path, identity: dict[str, Any], keep: int) -> None:
        self.folder, self.keep = folder, keep
        file = folder / "run.json"
        text = json.dumps(identity, indent=2, sort_keys=True) + "\n"
        if file.is_file():
            _check_same(file, json.loads(text))
        folder.mkdir(parents=True, exist_ok=True)
        for unfinished in folder.glob("*.tmp"):
            unfinished.unlink()
        if not file.is_file():
            _write_whole(file, lambda temporary: temporary.write_text(text, "utf-8"))

    def checkpoints(self) -> list[Path]:
        """Returns the checkpoint files, oldest first."""
        found = [f for f in self.folder.glob("*.safetensors") if _NAME.fullmatch(f.name)]
        return sorted(found, key=_epoch_of)

    def epochs_done(self) -> int:
        """Returns the epoch of the newest checkpoint; 0 if there is none."""
        return max(map(_epoch_of, self.checkpoints()), default=0)

    def save(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        average: ModelEmaV3 | None,
        history: list[Epoch],
    ) -> Path:
        """Saves a checkpoint after the last epoch of `history`, and deletes those beyond `keep`."""
        last = history[-1]
        tensors = {f"model.{name}": tensor for name, tensor in _trained(network).items()}
        if average:
            averaged = _trained(average.module)
            tensors |= {f"average.{name}": tensor for name, tensor in averaged.items()}
        for i, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{i}.{name}": value for name, value in state.items()}
        metadata = {"history": json.dumps([asdict(epoch) for epoch in history])}
        file = self.folder / f"epoch-{last.number:02d}-val_loss-{last.val_loss:.4f}.safetensors"
        contiguous = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
        _write_whole(file, lambda temporary: save_file(contiguous, temporary, metadata))
        if self.keep:
            for old in self.checkpoints()[: -self.keep]:
                old.unlink()
        return file

    def resume(
        self, network: nn.Module, optimizer: torch.optim.Optimizer, average: ModelEmaV3 | None
    ) -> list[Epoch]:
        """Loads the newest readable checkpoint; returns its history, empty if there is none.

        Damaged checkpoints are skipped.
        """
        for file in reversed(self.checkpoints()):
            try:
                with safe_open(file, framework="pt") as opened:
                    tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
                    history = json.loads(opened.metadata()["history"])
                _load(tensors, network, optimizer, average)
                return [Epoch(**epoch) for epoch in history]
            except (OSError, SafetensorError) as error:
                print(f"The checkpoint '{file}' is damaged ({error}); trying the one before it.")
        return []


@contextmanager
def open_run(folder: Path, identity: dict[str, Any], keep: int) -> Iterator[Run]:
    """Opens the folder of a run for one training; every process of the training must call this.

    A file lock keeps other programs out, because two trainings would delete each other's
    checkpoints. The system releases the lock if the program is killed.

    Raises:
        TrainError: another program is training into the folder, or the folder holds another run.
    """
    state = processes()
    with _locked(folder) if state.is_main_process else nullcontext():
        with state.main_process_first():  # it writes run.json, the others read it
            run = Run(folder, identity, keep)
        yield run


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "run.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise TrainError(
            f"Another training writes into '{folder}'. Wait for it to end, or give another --out."
        ) from None
    try:
        yield
    finally:
        lock.release()


def _epoch_of(checkpoint: Path) -> int:
    return int(checkpoint.name.split("-")[1])


def _trained(network: nn.Module) -> dict[str, torch.Tensor]:
    trained = {name: p for name, p in network.named_parameters() if p.requires_grad}
    return trained | dict(network.named_buffers())


def _load(
    tensors: dict[str, torch.Tensor],
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: ModelEmaV3 | None,
) -> None:
    with torch.no_grad():
        for name, tensor in _trained(network).items():
            tensor.copy_(tensors[f"model.{name}"])
        for name, tensor in _trained(average.module).items() if average else ():
            tensor.copy_(tensors[f"average.{name}"])
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, i, key = name.split(".", 2)
            parameter = parameters[int(i)]
            if tensor.shape == parameter.shape:
                # Fused optimizers need the state in the parameter's memory layout (such as
                # channels last).
                tensor = torch.empty_like(parameter, dtype=tensor.dtype).copy_(tensor)
            state.setdefault(int(i), {})[key] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def _check_same(file: Path, identity: dict[str, Any]) -> None:
    try:
        before = json.loads(file.read_text("utf-8"))
    except ValueError:
        before = {}
    names = sorted(n for n in identity.keys() | before.keys() if identity.get(n) != before.get(n))
    if names:
        changed = ", ".join(f"{n} {before.get(n)!r}, now {identity.get(n)!r}" for n in names[:3])
        raise TrainError(
            f"'{file.parent}' holds another run ({changed}). Give another --out, or delete that "
            "folder to start again."
        )


def _write_whole(file: Path, write: Any) -> None:
    temporary = file.with_name(file.name + ".tmp")
    write(temporary)
    with temporary.open("rb") as written:
        os.fsync(written.fileno())
    temporary.replace(file)
