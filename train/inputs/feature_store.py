"""Stores rows of numbers, such as features of pictures, on disk and finds them by key.

One folder holds rows of one shape and type. Each writer appends to its own pair of files:

    0.rows     the rows, one after the other
    0.index    one record per row: its key (16 bytes) and the CRC-32 of the row (4 bytes)
    0.lock     held during writing; the next writer takes pair 1

A row counts if its record is complete and its checksum is right. So a writer that is killed at any
moment only loses the batch it was writing, and a damaged row counts as missing.
"""

import mmap
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock, Timeout
from tqdm import tqdm

KEY_BYTES, CRC_BYTES = 16, 4
_RECORD = KEY_BYTES + CRC_BYTES
_MANY = 1024
"""Rows that are checked before their memory pages are released, to keep the process small."""


class RowStore:
    """Reads and adds rows. Existing rows never change."""

    def __init__(self, folder: Path, shape: Sequence[int], dtype: torch.dtype) -> None:
        self.folder, self.shape, self.dtype = folder, tuple(shape), dtype
        self.row_bytes = int(np.prod(shape)) * dtype.itemsize
        self._places: dict[bytes, tuple[Path, int]] = {}
        self._maps: dict[Path, mmap.mmap] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def open(self, keys: Sequence[bytes], progress: bool = True) -> int:
        """Finds and checks the rows of the given keys.

        Returns:
            The number of damaged rows. Their keys count as missing.
        """
        self._places.clear()
        self._maps.clear()
        wanted, damaged = set(keys), set()
        for index in sorted(self.folder.glob("*.index")):
            rows = index.with_suffix(".rows")
            records = _records(index.read_bytes())
            stored = rows.stat().st_size // self.row_bytes if rows.exists() else 0
            if stored:
                with rows.open("rb") as file:
                    self._maps[rows] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            bar = tqdm(records, "checking features", unit="row", disable=not progress, delay=2)
            for number, (key, crc) in enumerate(bar):
                if key not in wanted or key in self._places:
                    continue
                if number < stored and zlib.crc32(self._bytes(rows, number)) == crc:
                    self._places[key] = rows, number
                    damaged.discard(key)
                else:
                    damaged.add(key)
                if number % _MANY == 0:
                    self._release()
        self._release()
        return len(damaged)

    def __contains__(self, key: bytes) -> bool:
        return key in self._places

    def read(self, keys: Sequence[bytes]) -> torch.Tensor:
        """Returns copies of the rows of the given keys, of shape (len(keys), *shape)."""
        rows = torch.empty((len(keys), *self.shape), dtype=self.dtype)
        flat = rows.view(len(keys), -1).view(torch.uint8).numpy()
        for i, key in enumerate(keys):
            flat[i] = np.frombuffer(self._bytes(*self._places[key]), np.uint8)
        self._release()
        return rows

    @contextmanager
    def writing(self) -> Iterator["Writer"]:
        """Opens a writer: `with store.writing() as writer: writer.add(keys, rows)`."""
        number = 0
        while True:
            lock = FileLock(self.folder / f"{number}.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:  # another process writes to this pair
                number += 1
                continue
            try:
                with Writer(self.folder / str(number), self.row_bytes) as writer:
                    yield writer
            finally:
                lock.release()
            return

    def _bytes(self, rows: Path, number: int) -> memoryview:
        start = number * self.row_bytes
        return memoryview(self._maps[rows])[start : start + self.row_bytes]

    def _release(self) -> None:
        """Releases the mapped pages from this process. They stay in the system's cache."""
        if hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
            for mapped in self._maps.values():
                mapped.madvise(mmap.MADV_DONTNEED)


class Writer:
    """Appends to a pair of files, after removing what an interrupted writer left incomplete."""

    def __init__(self, stem: Path, row_bytes: int) -> None:
        self._rows = stem.with_suffix(".rows").open("ab")
        self._index = stem.with_suffix(".index").open("ab")
        whole = min(self._rows.tell() // row_bytes, self._index.tell() // _RECORD)
        self._rows.truncate(whole * row_bytes)
        self._index.truncate(whole * _RECORD)
        self._rows.seek(0, 2)
        self._index.seek(0, 2)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()
        self._index.close()

    def add(self, keys: Sequence[bytes], rows: torch.Tensor) -> None:
        """Appends rows (N, ...). After this call, they are kept even if the process is killed."""
        flat = rows.contiguous().view(len(keys), -1).view(torch.uint8).numpy()
        self._rows.write(flat.data)
        self._rows.flush()
        records = (
            key + zlib.crc32(row.data).to_bytes(CRC_BYTES, "little")
            for key, row in zip(keys, flat, strict=True)
        )
        self._index.write(b"".join(records))
        self._index.flush()


def _records(index: bytes) -> list[tuple[bytes, int]]:
    whole = len(index) // _RECORD * _RECORD
    return [
        (index[i : i + KEY_BYTES], int.from_bytes(index[i + KEY_BYTES : i + _RECORD], "little"))
        for i in range(0, whole, _RECORD)
    ]
