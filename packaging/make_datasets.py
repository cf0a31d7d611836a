"""Write resources/datasets/digits.npz from scikit-learn's copy of the digits; only this script needs scikit-learn."""

from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parent.parent / "resources" / "datasets" / "digits.npz"


def main() -> None:
    """Write the archive; the same input gives the same bytes."""
    from sklearn.datasets import load_digits  # type: ignore[import-not-found]

    digits = load_digits()
    np.savez_compressed(TARGET, images=digits.data.astype(np.uint8), labels=digits.target.astype(np.uint8))
    print(f"{TARGET}: {len(digits.target)} images, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
