"""What holds for all tests."""

import os

# Read when NumPy's and SciPy's libraries are loaded. Tests run one a core, and the matrices are
# small: threads of the linear algebra would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
