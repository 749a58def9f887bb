"""The real line onto the unit interval."""

from ppl.transforms.interval import Interval


class Sigmoid(Interval):
    """y = expit(x), with log |dy/dx| = log expit(x) + log expit(-x)."""

    def __init__(self) -> None:
        super().__init__(0.0, 1.0)

    def __repr__(self) -> str:
        return "Sigmoid()"
