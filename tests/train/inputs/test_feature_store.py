"""The rows of the feature cache: what is lost and what is noticed when something goes wrong."""

from pathlib import Path

import pytest
import torch

from train.inputs.feature_store import KEY_BYTES, RowStore


def key(number: int) -> bytes:
    return number.to_bytes(KEY_BYTES, "little")


def rows(*numbers: int) -> torch.Tensor:
    """Returns a row of shape (2, 3) for each number, different for each."""
    return torch.stack([torch.arange(6).view(2, 3) / 7 + n for n in numbers]).bfloat16()


def store(folder: Path) -> RowStore:
    return RowStore(folder, (2, 3), torch.bfloat16)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    with store(tmp_path).writing() as writer:
        writer.add([key(0), key(1)], rows(0, 1))
        writer.add([key(2), key(3)], rows(2, 3))
    return tmp_path


def missing(folder: Path, *numbers: int) -> tuple[list[int], int]:
    opened = store(folder)
    damaged = opened.open([key(n) for n in numbers])
    return [n for n in numbers if key(n) not in opened], damaged


def test_rows_come_back_by_key_exactly(written: Path) -> None:
    opened = store(written)
    assert opened.open([key(n) for n in (3, 0, 9)]) == 0
    assert torch.equal(opened.read([key(3), key(0), key(3)]), rows(3, 0, 3))
    assert key(9) not in opened
    assert key(1) not in opened  # not asked for


@pytest.mark.parametrize("cut", [1, 11])
def test_a_writer_killed_in_a_row_loses_that_row_only(written: Path, cut: int) -> None:
    """Rows are 12 bytes; the record of a row is written after the row."""
    file = written / "0.rows"
    file.write_bytes(file.read_bytes() + bytes(cut))
    assert missing(written, 0, 1, 2, 3) == ([], 0)
    with store(written).writing() as writer:
        writer.add([key(4)], rows(4))
    opened = store(written)
    opened.open([key(4)])
    assert torch.equal(opened.read([key(4)]), rows(4))


@pytest.mark.parametrize("cut", [1, 19])
def test_a_writer_killed_in_a_record_loses_that_row_only(written: Path, cut: int) -> None:
    file = written / "0.index"
    file.write_bytes(file.read_bytes()[:-cut])
    assert missing(written, 0, 1, 2, 3) == ([3], 0)
    with store(written).writing() as writer:
        writer.add([key(3)], rows(3))
    assert missing(written, 0, 1, 2, 3) == ([], 0)


def test_a_damaged_row_is_noticed_and_written_anew(written: Path) -> None:
    file = written / "0.rows"
    content = bytearray(file.read_bytes())
    content[14] ^= 1  # one bit of row 1
    file.write_bytes(content)
    assert missing(written, 0, 1, 2, 3) == ([1], 1)
    with store(written).writing() as writer:
        writer.add([key(1)], rows(1))
    opened = store(written)
    assert opened.open([key(1)]) == 0
    assert torch.equal(opened.read([key(1)]), rows(1))


def test_rows_that_are_gone_are_noticed(written: Path) -> None:
    file = written / "0.rows"
    file.write_bytes(file.read_bytes()[:13])
    assert missing(written, 0, 1, 2, 3) == ([1, 2, 3], 3)
    with store(written).writing() as writer:
        writer.add([key(1)], rows(1))
    assert missing(written, 0, 1)[0] == []


@pytest.mark.parametrize("rubbish", [b"", b"x" * 7, b"x" * 400])
def test_a_spoilt_index_means_nothing_is_there(written: Path, rubbish: bytes) -> None:
    (written / "0.index").write_bytes(rubbish)
    assert missing(written, 0, 1, 2, 3)[0] == [0, 1, 2, 3]


def test_two_writers_take_files_of_their_own(tmp_path: Path) -> None:
    with store(tmp_path).writing() as one, store(tmp_path).writing() as other:
        one.add([key(1)], rows(1))
        other.add([key(2)], rows(2))
    assert (tmp_path / "0.rows").stat().st_size == (tmp_path / "1.rows").stat().st_size == 12
    opened = store(tmp_path)
    opened.open([key(1), key(2)])
    assert torch.equal(opened.read([key(2), key(1)]), rows(2, 1))


def test_a_writer_that_fails_frees_its_files(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), store(tmp_path).writing():
        raise KeyboardInterrupt
    with store(tmp_path).writing() as writer:
        writer.add([key(1)], rows(1))
    assert not (tmp_path / "1.rows").exists()
