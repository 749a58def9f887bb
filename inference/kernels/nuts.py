"""NUTS: the tree whose leaves are leapfrog steps."""

from inference.kernels.chain import run_of
from inference.kernels.leapfrog import leapfrog
from inference.kernels.tree import neighbours_turn, transition_of

run = run_of(transition_of(leapfrog, neighbours_turn))
