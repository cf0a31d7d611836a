"""Write resources/datasets/: digits.npz from scikit-learn's copy, fashion.npz from Debian's dataset-fashion-mnist.

Call it with `digits`, or with `fashion` and, unless the package is installed, the folder of its four .gz files.
"""

import gzip
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

TARGET = Path(__file__).resolve().parent.parent / "resources" / "datasets"
PACKAGE = "/usr/share/datasets/fashion-mnist"
CLASSES = 10
# The first so many images of each class, in the order of the original files.
PER_CLASS = {"train": 600, "t10k": 100}

Bytes = npt.NDArray[np.uint8]


def digits() -> dict[str, Bytes]:
    """Return the 1,797 digits, ink 0 to 16; only this function needs scikit-learn."""
    from sklearn.datasets import load_digits  # type: ignore[import-not-found]

    stored = load_digits()
    return {"images": stored.data.astype(np.uint8), "labels": stored.target.astype(np.uint8)}


def fashion(folder: str = PACKAGE) -> dict[str, Bytes]:
    """Return 6,000 training images, then 1,000 test images: each pixel the mean of 2×2, rounded half up."""
    images, labels = [], []
    for part, count in PER_CLASS.items():
        pixels = _idx(Path(folder) / f"{part}-images-idx3-ubyte.gz")
        classes = _idx(Path(folder) / f"{part}-labels-idx1-ubyte.gz")
        rows = np.sort(np.concatenate([np.flatnonzero(classes == k)[:count] for k in range(CLASSES)]))
        sums = pixels[rows].reshape(len(rows), 14, 2, 14, 2).sum(axis=(2, 4), dtype=np.uint16)
        images.append(((sums + 2) // 4).astype(np.uint8).reshape(len(rows), -1))
        labels.append(classes[rows])
    return {"images": np.concatenate(images), "labels": np.concatenate(labels)}


def _idx(path: Path) -> Bytes:
    """Read an IDX file of bytes: zero, zero, 8, the number of axes, each length in four bytes, then the numbers."""
    content = gzip.decompress(path.read_bytes())
    axes = content[3]
    shape = np.frombuffer(content, ">u4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def main(name: str, *arguments: str) -> None:
    """Write one archive; the same input gives the same bytes."""
    arrays = {"digits": digits, "fashion": fashion}[name](*arguments)
    path = TARGET / f"{name}.npz"
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    print(f"{path}: {len(arrays['labels'])} images, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
