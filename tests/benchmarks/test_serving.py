"""The benchmark of serving measures the real program and the real engines."""

import shutil
import sys
from pathlib import Path

import pytest

from asl_model.bundle import EMBEDDED
from tests.benchmarks.engines import LEAST_CALLS, PICTURE
from tests.benchmarks.programs import CALLS, Program
from tests.benchmarks.turns import in_turn, more, percentiles, times, workers
from tests.helpers.pictures import draw


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Returns a copy of the embedded model, with a picture in its folder."""
    folder = shutil.copytree(EMBEDDED, tmp_path / "model")
    draw(3, (640, 480)).save(folder / PICTURE)
    return folder


def test_engines_take_turns(model: Path) -> None:
    with workers(["served", "recognizer"], model) as started:
        turns = {name: worker.turn(1, 0.0) for name, worker in started.items()}
        measured = in_turn(turns, 3, "")
        assert all(worker.memory() > 50 for worker in started.values())
    assert [len(row) for rows in measured.values() for row in rows] == 6 * [LEAST_CALLS]
    assert percentiles(measured["recognizer"])["p50"] > percentiles(measured["served"])["p50"] > 0


def test_an_engine_that_fails_ends_the_benchmark(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="has ended"), workers(["served"], tmp_path / "none"):
        pass


@pytest.mark.slow
def test_the_program_is_started_called_and_ended(model: Path) -> None:
    program = Program([sys.executable, "app.py"], model)
    (first,) = program.first_answer()
    with program.running():
        rest, client = program.rest(), program.gradio_client()
        assert program.memory() > 100
    assert len(rest) == len(client) == CALLS
    assert 0 < min(rest) < first
    assert 0 < min(client) < first


def test_rounds_are_compared_each_with_its_own() -> None:
    slow, fast = [[10.0, 30.0, 20.0], [200.0]], [[10.0], [20.0]]
    assert times(slow, fast) == [2.0, 6.0, 10.0]
    assert more(slow, fast) == [10.0, 95.0, 180.0]
