"""Loading from the Hub gives the complete model or one clear error."""

import json
import pickle
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from huggingface_hub.utils._shared_blobs import publish_blob_to_shared_store

from asl_model import Recognizer
from asl_model.bundle import EMBEDDED
from tests.helpers.hub import OWNER, Hub, Repository
from tests.helpers.hub.client import environment, load
from tests.helpers.pictures import draw


def repositories(hub: Hub) -> None:
    """Adds a good model, and models with one fault each, to the Hub."""
    good = {file.name: file.read_bytes() for file in EMBEDDED.iterdir()}
    config = json.loads(good["config.json"])
    strange = json.dumps(config | {"label_names": ["cat", *config["label_names"][1:]]}).encode()
    pickles = BytesIO()
    with zipfile.ZipFile(pickles, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps({"weights": [1, 2, 3]}))
    without = {k: v for k, v in good.items() if k != "model.safetensors"}
    kept: dict[str, tuple[dict[str, bytes], Repository]] = {
        "letters": (good, Repository()),
        "secret": (good, Repository(private=True)),
        "gated": (good, Repository(gated=True)),
        "empty": ({"README.md": b"hello"}, Repository()),
        "new": ({".gitattributes": b""}, Repository()),
        "bare": ({"model.pt": pickles.getvalue()}, Repository()),
        "silent": (good | {"metrics.json": b'{"not_hands": {"n": 3}}'}, Repository()),
        "vague": (good | {"metrics.json": b'{"splits": {"unseen_people": {}}}'}, Repository()),
        "cats": (good | {"config.json": strange}, Repository()),
        "pickled": (without | {"pytorch_model.bin": pickles.getvalue()}, Repository()),
        "zipped": (good | {"model.safetensors": pickles.getvalue()}, Repository()),
        "huge": (
            good | {"model.safetensors": (10**10).to_bytes(8, "little") + b"{}"},
            Repository(),
        ),
    }
    for name, (files, repository) in kept.items():
        repository.commit(files)
        hub.repositories[f"models/{OWNER}/{name}"] = repository


FAULTS = {
    "ann/absent": "The Hub has no model 'ann/absent', or does not show it,",
    "ann/secret": "The Hub has no model 'ann/secret', or does not show it,",
    "ann/gated": "'ann/gated' is gated: its owner decides who may have it.",
    "ann/letters@v9": "The model 'ann/letters' has no revision 'v9'.",
    "ann/empty": "is not a bundle: config.json and model.safetensors missing.",
    "ann/new": "is not a bundle: config.json and model.safetensors missing.",
    "ann/cats": "has classes that are not in this alphabet: ['cat'].",
    "ann/vague": "its metrics.json is invalid at splits.unseen_people.n: Field required",
    "ann/silent": "its metrics.json is invalid at not_hands.letter_claimed: Field required",
    "ann/pickled": "holds its weights as a pickle",
    "ann/bare": "holds its weights as a pickle",
    "ann/zipped": "The weights of 'ann/zipped' do not fit its graph.xml",
    "ann/huge": "The weights of 'ann/huge' do not fit its graph.xml",
}


def test_each_model_that_cannot_be_had_is_one_clear_error(hub: Hub, tmp_path: Path) -> None:
    repositories(hub)
    errors = load(environment(hub, tmp_path / "home"), tmp_path, *FAULTS)
    for error, expected in zip(errors, FAULTS.values(), strict=True):
        assert len(error) == 1, error  # a model that loads gives two: commit and answer
        assert expected in str(error[0])


@pytest.mark.slow
def test_a_busy_hub_is_asked_again(hub: Hub, tmp_path: Path) -> None:
    repositories(hub)
    env = environment(hub, tmp_path / "home")
    hub.fail("GET /api/models/ann/letters", 503)
    ((error,),) = load(env, tmp_path, "ann/letters")
    assert "cannot be downloaded now: the Hub answers 503. Try again later." in str(error)
    assert sum("GET /api/models/ann/letters" in line for line in hub.requests) == 4
    hub.faults.clear()
    hub.fail("resolve/.*/model.safetensors", 503, times=1)
    hub.fail("resolve/.*/config.json", 429, times=1)
    hub.fail("GET /api/models/ann/letters", 429, times=1)
    ((commit, _),) = load(env, tmp_path, "ann/letters")
    assert commit == hub.repositories["models/ann/letters"].refs["main"]


def files_in_cache(home: Path) -> list[str]:
    return sorted(file.name for file in home.rglob("*") if "models--" in str(file))


@pytest.mark.slow
def test_a_connection_that_breaks_leaves_nothing_broken(hub: Hub, tmp_path: Path) -> None:
    repositories(hub)
    env = environment(hub, tmp_path / "home")
    hub.cut("GET .*/model.safetensors", after=100_000, times=100)
    ((error,),) = load(env, tmp_path, "ann/letters")
    assert "could not be downloaded completely" in str(error)
    found = files_in_cache(tmp_path / "home")
    assert "config.json" in found
    assert not [name for name in found if name.endswith((".safetensors", ".incomplete"))]
    ((error,),) = load(env | {"HF_HUB_OFFLINE": "1"}, tmp_path, "ann/letters")
    assert "the Hub cannot be reached" in str(error)
    hub.faults.clear()
    ((_, top),) = load(env, tmp_path, "ann/letters")
    assert dict(top) == pytest.approx(dict(Recognizer.load()(draw(0)).top(29)), abs=1e-6)  # type: ignore[call-overload]


@pytest.mark.slow
def test_the_cache_serves_without_a_network_and_notices_damage(hub: Hub, tmp_path: Path) -> None:
    repositories(hub)
    env = environment(hub, tmp_path / "home")
    load(env, tmp_path, "ann/letters")
    main = hub.repositories["models/ann/letters"].refs["main"]
    before = len(hub.requests)
    ((commit, _),) = load(env | {"HF_HUB_OFFLINE": "1"}, tmp_path, "ann/letters")
    assert (commit, len(hub.requests)) == (main, before)
    hub.cut("GET /api/models", after=0, times=100)  # a network that cuts off every answer
    ((commit, _),) = load(env, tmp_path, "ann/letters")
    assert commit == main
    hub.faults.clear()

    (weights,) = (tmp_path / "home").rglob("snapshots/*/model.safetensors")
    share(weights, tmp_path / "home" / "hub")
    ((commit, _),) = load(env, tmp_path, "ann/letters")
    assert commit == main
    damaged = bytearray(weights.read_bytes())
    damaged[-1] ^= 1
    weights.resolve().write_bytes(damaged)
    ((error,),) = load(env, tmp_path, "ann/letters")
    assert "model.safetensors of 'ann/letters' is damaged" in str(error)
    assert len(load(env, tmp_path, "ann/letters")[0]) == 2  # downloaded again


def share(weights: Path, cache: Path) -> None:
    """Moves a blob to where the client keeps Xet downloads; the test Hub does not support Xet."""
    blob = weights.parent / weights.readlink()
    shared = publish_blob_to_shared_store(
        blob_path=str(blob.resolve()),
        xet_hash="0123456789abcdef" * 4,
        cache_dir=cache,
        expected_size=blob.stat().st_size,
    )
    assert shared
    assert weights.resolve().name == "0123456789abcdef" * 4


def test_a_token_that_the_hub_does_not_know(hub: Hub, tmp_path: Path) -> None:
    repositories(hub)
    ((error,),) = load(environment(hub, tmp_path / "home", "hf_wrong"), tmp_path, "ann/secret")
    assert "Check the token" in str(error)
    assert "hf_wrong" not in str(error)
