"""The cut of Fashion-MNIST, on four small files made here."""

import gzip
import importlib.util
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


def _write_idx(path: Path, array: np.ndarray) -> None:
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    path.write_bytes(gzip.compress(bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes()))


def test_the_first_of_each_class_in_order_each_pixel_the_mean_of_four(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("make_datasets", ROOT / "packaging" / "make_datasets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "PER_CLASS", {"train": 2, "t10k": 1})
    rng = np.random.default_rng(0)
    expected, kept = [], []
    for part, count in module.PER_CLASS.items():
        labels = rng.permutation(np.repeat(np.arange(10, dtype=np.uint8), 4))
        images = rng.integers(256, size=(40, 28, 28), dtype=np.uint8)
        _write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", images)
        _write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", labels)
        seen = dict.fromkeys(range(10), 0)
        for image, label in zip(images.tolist(), labels.tolist(), strict=True):
            seen[label] += 1
            if seen[label] <= count:
                kept.append(label)
                expected.append([
                    int(sum(image[r + i][c + j] for i in (0, 1) for j in (0, 1)) / 4 + 0.5)
                    for r in range(0, 28, 2) for c in range(0, 28, 2)
                ])  # fmt: skip
    arrays = module.fashion(str(tmp_path))
    np.testing.assert_array_equal(arrays["labels"], kept)
    np.testing.assert_array_equal(arrays["images"], expected)
    assert arrays["images"].dtype == np.uint8
