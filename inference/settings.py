"""What all chains of a run share."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What all chains of a run share; checked by the functions that make one."""

    draws: int
    warmup: int
    seed: int
    target_accept: float = 0.8
    max_tree_depth: int = 10
    kernel: str = "nuts"
    metric: str = "diagonal"
    adaptation: str = "fisher"
    jitter: float = 0.0
    trajectory_length: float = 0.0
    tolerance: float = 0.0
