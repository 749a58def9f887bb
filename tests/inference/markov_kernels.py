"""The kernels without gradients that are tested: one row each."""

import numpy as np

import inference

KERNELS = {
    "random_walk": inference.markov.random_walk(),
    "coordinate_slice": inference.markov.coordinate_slice(),
    "elliptical_slice": inference.markov.elliptical_slice([0.5, 0.0], 2.0 * np.eye(2)),
    "stretch": inference.markov.stretch(10),
}
