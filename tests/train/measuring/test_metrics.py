"""Figures agree with scikit-learn's, and intervals cover the truth as often as they claim."""

import numpy as np
import pytest
from sklearn import metrics

from asl_model.metrics_file import Clusters
from train.measuring.answers import Answers, source_weights
from train.measuring.metrics import FEWEST_SOURCES, measure, measure_not_hands

NAMES = ("A", "B", "C", "D", "E")


def some_answers(seed: int = 0, n: int = 400, sources: int = 7) -> Answers:
    """Returns answers better than chance, from sources of different sizes; no picture shows E."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 4, n)
    probabilities = random.dirichlet(np.ones(5), n)
    probabilities[np.arange(n), truth] += random.uniform(0, 1, n)
    probabilities /= probabilities.sum(1, keepdims=True)
    owners = np.array([f"s{i}" for i in (random.uniform(size=n) ** 2 * sources).astype(int)])
    return Answers(NAMES, probabilities, probabilities.max(1) > 0.5, truth, owners)


def test_figures_agree_with_scikit_learn() -> None:
    answers = some_answers()
    figures = measure(answers, by_run=False)
    given = {
        "y_true": answers.truth,
        "y_pred": answers.predicted,
        "sample_weight": source_weights(answers.sources),
    }
    assert figures.top1 == pytest.approx(metrics.accuracy_score(**given))
    assert figures.top3 == pytest.approx(
        metrics.top_k_accuracy_score(
            answers.truth,
            answers.probabilities,
            k=3,
            labels=range(5),
            sample_weight=given["sample_weight"],
        )
    )
    macro = metrics.f1_score(**given, labels=range(4), average="macro")
    assert figures.macro_f1 == pytest.approx(macro)
    precision, recall, _, _ = metrics.precision_recall_fscore_support(**given, labels=range(4))
    confusion = metrics.confusion_matrix(answers.truth, answers.predicted, labels=range(5))
    assert list(figures.letters) == list("ABCD")
    for i, letter in enumerate("ABCD"):
        own = figures.letters[letter]
        assert own.precision == pytest.approx(precision[i])
        assert own.recall == pytest.approx(recall[i])
        assert own.n == confusion[i].sum()
        assert own.read_as == {NAMES[j]: n for j, n in enumerate(confusion[i]) if n}
    for source, of_source in figures.sources.items():
        rows = answers.sources == source
        assert of_source.top1 == metrics.accuracy_score(
            answers.truth[rows], answers.predicted[rows]
        )


def test_every_figure_lies_in_its_interval() -> None:
    figures = measure(some_answers(), by_run=False)
    for name in ("top1", "top3", "macro_f1", "answered", "right_when_answered"):
        low, high = getattr(figures, f"{name}_interval")
        assert 0 <= low < getattr(figures, name) < high <= 1


def test_each_source_counts_the_same() -> None:
    probabilities = np.array([[0.7, 0.1, 0.1, 0.1]] * 9 + [[0.1, 0.7, 0.1, 0.1]])
    owners = np.array(["big"] * 9 + ["small"])
    figures = measure(
        Answers(NAMES[:4], probabilities, np.ones(10, bool), np.zeros(10, int), owners), by_run=True
    )
    assert figures.top1 == pytest.approx(0.5)  # all right in one, none in the other
    assert {name: f.n for name, f in figures.sources.items()} == {"big": 9, "small": 1}


def people(seed: int, pictures: int = 40) -> tuple[Answers, float]:
    """Returns the answers for ten random people, and the mean accuracy over all people, 0.75."""
    random = np.random.default_rng(seed)
    accuracy = random.beta(6, 2, 10)
    right = random.uniform(size=(10, pictures)) < accuracy[:, None]
    read = np.where(right, 0, 1).ravel()
    owners = np.repeat([f"p{i}" for i in range(10)], pictures)
    n = len(read)
    answers = Answers(NAMES[:2], np.eye(2)[read], np.ones(n, bool), np.zeros(n, int), owners)
    return answers, 0.75


@pytest.mark.slow
def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """95 of 100 intervals contain the mean over all people; resampling pictures gives fewer."""
    covered, naive = [], []
    for seed in range(300):
        answers, truth = people(seed)
        low, high = measure(answers, by_run=False).top1_interval
        assert low is not None
        assert high is not None
        covered.append(low <= truth <= high)
        n = len(answers.truth)
        each_its_own = np.array([f"{i}" for i in range(n)])
        frames = Answers(
            NAMES[:2], answers.probabilities, answers.sure, answers.truth, each_its_own
        )
        low, high = measure(frames, by_run=False).top1_interval
        assert low is not None
        assert high is not None
        naive.append(low <= truth <= high)
    assert 0.91 <= np.mean(covered) <= 0.99
    assert np.mean(naive) < 0.75


def test_held_out_frames_are_drawn_by_runs() -> None:
    answers = some_answers()
    runs = {(s, t) for s, t in zip(answers.sources, answers.truth, strict=True)}
    assert measure(answers, by_run=True).clusters == Clusters(kind="run", n=len(runs))
    assert measure(answers, by_run=False).clusters == Clusters(kind="source", n=7)
    few = measure(some_answers(sources=FEWEST_SOURCES - 1), by_run=False)
    assert few.clusters
    assert few.clusters.kind == "run"


def test_a_model_that_answers_nothing_is_not_right_or_wrong() -> None:
    answers = some_answers()
    silent = Answers(
        NAMES, answers.probabilities, np.zeros(400, bool), answers.truth, answers.sources
    )
    figures = measure(silent, by_run=False)
    assert figures.answered == 0
    assert figures.right_when_answered is None
    assert figures.right_when_answered_interval == (None, None)
    assert figures.sources["s0"].right_when_answered is None


def test_false_alarms() -> None:
    found = measure_not_hands(np.array([True] * 3 + [False] * 297))
    assert (found.n, found.letter_claimed) == (300, 0.01)
    # Wilson's interval for 3 of 300, from the formula of Wilson 1927.
    assert found.letter_claimed_interval == pytest.approx((0.0034, 0.0290), abs=1e-4)


def test_no_mistake_at_all_is_no_proof_of_perfection() -> None:
    n = 60
    truth = np.arange(n) % 2
    owners = np.repeat([f"s{i}" for i in range(6)], 10)
    figures = measure(
        Answers(NAMES[:2], np.eye(2)[truth], np.ones(n, bool), truth, owners), by_run=False
    )
    assert figures.top1 == 1
    low, high = figures.top1_interval
    assert low == pytest.approx(0.61, abs=0.005)  # Wilson's for 6 of 6
    assert high == 1
    assert figures.letters["A"].recall_interval[0] == pytest.approx(low)
