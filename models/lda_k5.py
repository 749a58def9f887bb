"""Topics in documents: latent Dirichlet allocation with five topics and 1,495 words.

What it teaches: the model of `lda_k2`, a function, with other data.

Data: J. Austen (1813), "Pride and Prejudice", 61 chapters; read from a posteriordb folder (data set
prideprejudice_chapter). The model is posteriordb's ldaK5, that of D. M. Blei, A. Y. Ng and M. I.
Jordan (2003), "Latent Dirichlet allocation".
"""

import ppl
from models._data import load
from models.lda_k2 import lda

POSTERIOR = "prideprejudice_chapter-ldaK5"


def posterior() -> ppl.Posterior:
    """Bind the data."""
    data = load("prideprejudice_chapter")
    return ppl.Posterior(lda, data["doc"] - 1, data["w"] - 1, data["alpha"], data["beta"])
