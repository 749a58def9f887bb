"""Draws docs/differentiation.png: the error of four ways to a derivative, against the step."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

import ad

EXACT = 708288 / 78125
FLOOR = 1e-16  # where an error of 0 is drawn


def l4(x):  # noqa: ANN001, ANN201 - numbers, real or complex, or traced
    """The fourth iterate of the logistic map."""
    for _ in range(3):
        x = 4.0 * x * (1.0 - x)
    return x


def main() -> None:
    """Write the picture."""
    steps = np.logspace(-17, -1, 161)
    ways = {
        "forward difference": (l4(0.2 + steps) - l4(0.2)) / steps,
        "central difference": (l4(0.2 + steps) - l4(0.2 - steps)) / (2.0 * steps),
        "complex step": l4(0.2 + 1j * steps).imag / steps,
        "automatic (no step)": np.full(steps.shape, float(ad.grad(l4)(0.2))),
    }
    figure, axes = plt.subplots(figsize=(7.0, 4.2), layout="constrained")
    for style, (name, derivative) in zip(("-", "--", "-.", ":"), ways.items(), strict=True):
        axes.loglog(steps, np.abs(derivative - EXACT) + FLOOR, style, label=name)
    axes.set(
        xlabel="step h",
        ylabel="absolute error",
        title="Derivative of the logistic map's fourth iterate at 0.2",
    )
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(Path(__file__).with_suffix("").parent / "differentiation.png", dpi=120)


if __name__ == "__main__":
    main()
