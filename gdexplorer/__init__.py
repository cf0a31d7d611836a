"""gdexplorer: see gradient descent happen."""

import os

# Replay is bit for bit only with one BLAS thread, and small products are fastest with one:
# this must be set before numpy is imported anywhere.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_name] = "1"

__version__ = "0.1.0"
