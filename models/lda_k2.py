"""Topics in documents: latent Dirichlet allocation with two topics.

What it teaches: the topic of each word is summed over by an inner product: the probabilities of the
document's topics and of the word in each. Topics can change places, so there is more than one mode.

Data: J. K. Jerome (1900), "Three Men on the Bummel", six chapters; read from a posteriordb folder
(data set three_men1). The model is posteriordb's ldaK2, that of D. M. Blei, A. Y. Ng and M. I.
Jordan (2003), "Latent Dirichlet allocation".
"""

from typing import Any

import numpy as np

import ppl
from models._data import load
from ppl import Dirichlet, factor, plate, sample

POSTERIOR = "three_men1-ldaK2"


def lda(document: Any, word: Any, alpha: Any, beta: Any) -> None:
    """Declare the model; the first two arguments hold indices and have shape (words of text,)."""
    with plate("document", int(np.max(document)) + 1):
        theta = sample("theta", Dirichlet(alpha), dims="topic_of")
    with plate("topic", len(alpha)):
        phi = sample("phi", Dirichlet(beta), dims="word")
    factor("text", np.log(np.sum(theta[document] * phi[:, word].T, axis=1)))


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("three_men1")
    return ppl.Posterior(lda, data["doc"] - 1, data["w"] - 1, np.ones(2), np.ones(data["V"]))
