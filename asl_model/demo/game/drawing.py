"""Draws a handshape as SVG from its joint angles: one capsule per bone, nearer bones on top."""

import html

import numpy as np

from asl_model.demo.game.hand_model import Pose, joints

FINGER_RADIUS, THUMB_RADIUS = 0.125, 0.14
"""Radius of the capsules that the bones are drawn as; the palm is 1 wide."""

SKIN, LINE = "#d9a066", "#4a2c14"
"""Fill and outline colours, both visible on a white and on a dark page."""


def svg(pose: Pose, alt: str) -> str:
    """Returns an SVG element that fits its box; nearer parts cover farther ones."""
    chains = joints(pose)
    parts = []  # (depth, SVG of the part)
    for name, points in chains.items():
        if name in ("palm", "arm"):
            continue
        width = 2 * (THUMB_RADIUS if name == "thumb" else FINGER_RADIUS)
        parts += [
            (points[i : i + 2, 2].mean() + 0.02 * i, _capsule(points[i : i + 2], width))
            for i in range(3)
        ]
    palm = chains["palm"]
    parts.append((palm[:, 2].mean() - 0.12, _slab(palm, chains["arm"])))
    drawn = "".join(part for _, part in sorted(parts, key=lambda part: part[0]))
    everything = np.concatenate(list(chains.values()))[:, :2]
    low, high = everything.min(0) - 0.25, everything.max(0) + 0.25
    box = f"{low[0]:.2f} {-high[1]:.2f} {high[0] - low[0]:.2f} {high[1] - low[1]:.2f}"
    return (
        f'<svg viewBox="{box}" role="img" aria-label="{html.escape(alt)}" stroke-linecap="round" '
        f'stroke-linejoin="round" fill="none">{drawn}</svg>'
    )


def _path(points: np.ndarray) -> str:
    return " ".join(f"{x:.3f},{-y:.3f}" for x, y in points[:, :2])


def _capsule(points: np.ndarray, width: float) -> str:
    path = _path(points)
    return (
        f'<polyline points="{path}" stroke="{LINE}" stroke-width="{width + 0.06:.2f}"/>'
        f'<polyline points="{path}" stroke="{SKIN}" stroke-width="{width:.2f}"/>'
    )


def _slab(palm: np.ndarray, arm: np.ndarray) -> str:
    """Returns the SVG of palm and arm with one common outline."""
    shapes = [(_path(palm), 0.3, "polygon"), (_path(arm), 0.62, "polyline")]
    return "".join(
        f'<{kind} points="{path}" fill="{colour if kind == "polygon" else "none"}" '
        f'stroke="{colour}" stroke-width="{width + wider:.2f}"/>'
        for colour, wider in ((LINE, 0.06), (SKIN, 0.0))
        for path, width, kind in shapes
    )
