"""Hands and points are read out of the maps at the right places."""

import numpy as np
import pytest

from asl_model.hand.maps import MAPS, boxes_in, points_in


def maps_with(hands: list[tuple[int, int, float]]) -> np.ndarray:
    """Returns maps with hands of 0.25 x 0.5 of the view, as (column, row, score)."""
    maps = np.full((MAPS, 24, 24), -9.0, np.float32)
    maps[1], maps[2] = np.log(0.25), np.log(0.5)
    for column, row, score in hands:
        maps[0, row, column] = np.log(score / (1 - score))
    return maps


def test_a_peak_is_a_hand_of_the_size_stored_there() -> None:
    boxes, scores = boxes_in(maps_with([(6, 11, 0.9)]), least=0.3, most=4)
    assert scores == pytest.approx([0.9])
    middle = (6.5 / 24, 11.5 / 24)
    expected = [middle[0] - 0.125, middle[1] - 0.25, middle[0] + 0.125, middle[1] + 0.25]
    assert boxes[0] == pytest.approx(expected, abs=0.002)


def test_the_surest_hands_come_first_and_unsure_ones_are_left_out() -> None:
    maps = maps_with([(3, 3, 0.5), (20, 20, 0.8), (10, 2, 0.2)])
    _, scores = boxes_in(maps, least=0.3, most=4)
    assert scores == pytest.approx([0.8, 0.5])
    assert len(boxes_in(maps, least=0.3, most=1)[0]) == 1
    assert len(boxes_in(maps, least=0.9, most=4)[0]) == 0


def test_a_middle_between_two_cells_is_found_between_them() -> None:
    maps = maps_with([(6, 11, 0.9), (7, 11, 0.89)])
    boxes, _ = boxes_in(maps, least=0.3, most=4)
    assert len(boxes) == 1
    assert (boxes[0, 0] + boxes[0, 2]) / 2 == pytest.approx(7 / 24, abs=0.003)


def test_a_point_is_the_mean_place_of_its_map() -> None:
    maps = maps_with([])
    maps[3:, 5, 8] = 9.0
    maps[23, 5, 10] = 9.0
    points = points_in(maps)
    assert points.shape == (21, 2)
    assert points[0] == pytest.approx([8.5 / 24, 5.5 / 24], abs=1e-3)
    assert points[20] == pytest.approx([9.5 / 24, 5.5 / 24], abs=1e-3)
