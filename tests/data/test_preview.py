import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gdexplorer.data import preview as module
from gdexplorer.data.choice import choose, suggested_target
from gdexplorer.data.preview import Preview, read_csv
from gdexplorer.data.text_file import Stopped

GOOD = "x,y,class\n1,2,a\n3,4,b\n5,6,a\n7,8,b\n"
LONG = "z" * 250


def read(folder: Path, content: bytes | str, name: str = "t.csv", **options: object) -> Preview:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_csv(path, **options)  # type: ignore[arg-type]


def values(preview: Preview) -> list[list[float] | list[str]]:
    """Every column as a plain list."""
    return [
        c.numbers.tolist() if c.numbers is not None
        else ["" if k == 255 else c.labels[k] for k in ([] if c.codes is None else c.codes.tolist())]
        for c in preview.columns
    ]  # fmt: skip


# what is to be read, and what is said about it
SOUND: dict[str, tuple[bytes, list[object], tuple[str, ...]]] = {
    "plain": (GOOD.encode(), [[1, 3, 5, 7], [2, 4, 6, 8], ["a", "b", "a", "b"]], ()),
    "no header": (b"1,2\n3,4\n", [[1, 3], [2, 4]], ()),
    "byte order mark": (b"\xef\xbb\xbfx,y\n1,2\n3,4", [[1, 3], [2, 4]], ()),
    "UTF-16 LE": (b"\xff\xfe" + "ä,y\n1,2\n3,4\n".encode("utf-16-le"), [[1, 3], [2, 4]], ()),
    "UTF-16 BE": (b"\xfe\xff" + "ä,y\n1,2\n3,4\n".encode("utf-16-be"), [[1, 3], [2, 4]], ()),
    "UTF-16 without a mark": ("x,y\n1,2\n3,4\n".encode("utf-16-le"), [[1, 3], [2, 4]], ()),
    "Windows lines": (b"x,y\r\n1,2\r\n3,4\r\n", [[1, 3], [2, 4]], ()),
    "old Mac lines": (b"x,y\r1,2\r3,4\r", [[1, 3], [2, 4]], ()),
    "Latin-1": ("größe,y\n1,2\n3,4\n".encode("latin-1"), [[1, 3], [2, 4]], (
        "'t.csv' is not UTF-8, first in line 1, and was read as Latin-1: check its umlauts and accents.",)),
    "decimal comma": (b"x;y\n1,5;2,25\n-3,5e2;0,5\n", [[1.5, -350], [2.25, 0.5]], ()),
    "decimal comma, no header": (b"1,5;2,25\n3,5;0,5\n", [[1.5, 3.5], [2.25, 0.5]], ()),
    "decimal comma in quotes": (b'x,y\n"1,5","2,25"\n"3,5",4\n', [[1.5, 3.5], [2.25, 4]], ()),
    "tabs": (b"x\ty\n1\t2\n3\t4\n", [[1, 3], [2, 4]], ()),
    "pipes": (b"x|y\n1|2\n3|4\n", [[1, 3], [2, 4]], ()),
    "spaces": (b"x, y\n 1, 2\n3 ,\t4 \n", [[1, 3], [2, 4]], ()),
    "quotes": (b'x,name\n1,"a, ""b""\nc"\n2,d\n', [[1, 2], ['a, "b"\nc', "d"]], ()),
    "empty lines": (b"\n\nx,y\n\n1,2\n  \n3,4\n\n\n", [[1, 3], [2, 4]], ()),
    "every form of number": (b"x,y\n1.,-.5\n+2e3,1E-2\n007,-0\n", [[1, 2000, 7], [-0.5, 0.01, 0]], ()),
    "blank and NaN": (b"x,y\n1,2\n,NaN\n3,n/a\n4,5\n", [[1, np.nan, 3, 4], [2, np.nan, np.nan, 5]], (
        "Column 'x' has 1 cell that is blank or NaN; such rows are left out where it is used.",
        "Column 'y' has 2 cells that are blank or NaN; such rows are left out where it is used.")),
    "underscores": (b"x,y\n1,2\n1_000,2.5\n3,4\n4,5\n5,6\n", [[1, np.nan, 3, 4, 5], [2, 2.5, 4, 5, 6]], (
        "Column 'x' has 1 cell that is no number or beyond ±1e18, the first '1_000' in line 3; such rows are left out"
        " where it is used.",)),
    "Arabic digits": ("x,y\n1,2\n٣,2\n3,4\n4,5\n5,6\n".encode(), [[1, np.nan, 3, 4, 5], [2, 2, 4, 5, 6]], (
        "Column 'x' has 1 cell that is no number or beyond ±1e18, the first '٣' in line 3; such rows are left out where"
        " it is used.",)),
    "infinity and overflow": (b"x,y\n1,inf\n2,1e999\n3,4\n4,1\n5,2\n6,3\n7,4\n8,5\n9,6\n10,7\n", [
        list(range(1, 11)), [np.nan, np.nan, 4, 1, 2, 3, 4, 5, 6, 7]], (
        "Column 'y' has 2 cells that are no number or beyond ±1e18, the first 'inf' in line 2; such rows are left out"
        " where it is used.",)),
    "mostly text": (b"x,y\n1,a\n2,3\n3,b\n", [[1, 2, 3], ["a", "3", "b"]], (
        "Column 'y' counts as text, for of 3 cells 2 hold no number, the first 'a' in line 2.",)),
    "thousands or decimals": (b'x,y\n1,"1,250"\n2,"2,500"\n', [[1, 2], ["1,250", "2,500"]], (
        "'1,250' may be a decimal number or thousands, so it counts as text; say which mark is for decimals, or remove"
        " it.",)),
    "constant": (b"x,y\n1,2\n3,2\n", [[1, 3], [2, 2]], (
        "Column 'y' is the same in every row, which tells a network nothing.",)),
    "blank column": (b"x,y\n1,\n3,\n", [[1, 3], ["", ""]], ("Column 'y' is blank in every row.",)),
    "one ragged row": (b"x,y\n1,2\n3\n4,5\n", [[1, 4], [2, 5]], (
        "1 row has another number of cells than 2 and is left out, the first in line 3.",)),
    "ragged rows": (b"x,y\n1,2\n3,4,5\n4,5\n6\n7,8\n", [[1, 4, 7], [2, 5, 8]], (
        "2 rows have another number of cells than 2 and are left out, the first in line 3.",)),
    "header of another width": (b"x,y,z\n1,2\n3,4\n", [[1, 3], [2, 4]], (
        "The header of 't.csv' has 3 names for 2 columns, so the columns are numbered.",)),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_what_can_be_read_is_read_and_remarked_on(name: str, tmp_path: Path) -> None:
    content, wanted, remarks = SOUND[name]
    preview = read(tmp_path, content)
    assert preview.warnings == remarks
    assert len(preview.columns) == len(wanted)
    for found, expected in zip(values(preview), wanted, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert (preview.cut, preview.rows) == ("", len(wanted[0]))  # type: ignore[arg-type]


FAULTY: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "'t.csv' is empty; choose a file with a row for each example."),
    "white space": (b" \n\r\n\t", "'t.csv' is empty; choose a file with a row for each example."),
    "only a byte order mark": (b"\xef\xbb\xbf", "'t.csv' is empty; choose a file with a row for each example."),
    "only a header": (b"x,y\n", "'t.csv' has only a header; choose a file with a row for each example."),
    "NUL": (b"x,y\n1,2\n3,\x004\n", "'t.csv' has NUL bytes, the first in line 3, so it is no text; save it as CSV."),
    "a program": (b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 9, "'t.csv' has NUL bytes, the first in line 1, "
                  "so it is no text; save it as CSV."),
    "damaged UTF-16": (b"\xff\xfe\x00\xd8a\x00", "'t.csv' is damaged UTF-16; save it as UTF-8."),
    "half a UTF-16 unit": (b"\xff\xfea\x00\n", "'t.csv' is damaged UTF-16; save it as UTF-8."),
    "too many columns": (b",".join([b"1"] * 257), "'t.csv' has 257 columns, more than 256; leave some out."),
    "no common width": (b"x,y\n" + b"1,2\n1,2,3\n" * 100 + b"1\n" * 101, "'t.csv' is no table: 201 of 301 rows have "
                        "not 2 cells, the first in line 3."),
    "open quote": (b'x,y\n1,2\n3,"4\n5,6\n', "'t.csv' is damaged: a quote in the row that begins in line 3 is never "
                   "closed; correct it there."),
    "long quote": (b'x,y\n1,2\n3,"' + b"4\n" * 70_000, "'t.csv' is damaged: the row that begins in line 3 has a cell "
                   "of more than 131,072 characters, maybe a quote that is not closed; correct it there."),
    "text after a quote": (b'x,y\n1,2\n3,"4"5\n', "'t.csv' is damaged: in line 3 a quoted cell goes on after its "
                           "closing quote; correct it there."),
    "long cell": (b"x,y\n1," + b"2" * 200_000, "'t.csv' is damaged: the row that begins in line 2 has a cell of more "
                  "than 131,072 characters, maybe a quote that is not closed; correct it there."),
    "long line": (b"x,y\n1,2\n" + b"1," * 600_000 + b"2\n",
                  "'t.csv' is no table: line 3 is longer than 1,048,576 bytes."),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTY)
def test_what_cannot_be_read_is_one_sentence(name: str, tmp_path: Path) -> None:
    content, sentence = FAULTY[name]
    with pytest.raises(ValueError, match=r"^'t\.csv'") as caught:
        read(tmp_path, content)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "none.csv",
         "'none.csv' cannot be read: No such file or directory; choose another file."),
        (lambda folder: folder, "is no file of text but a folder or a device; choose a CSV file."),
        (lambda folder: folder / (LONG * 2), "cannot be read: File name too long; choose another file."),
        (lambda folder: folder / "a\0b", "cannot be read: its path has characters that no file system takes."),
    ],
)  # fmt: skip
def test_a_path_that_leads_nowhere_is_one_sentence(make: Callable[[Path], Path], words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^'") as caught:
        read_csv(make(tmp_path))
    assert str(caught.value).endswith(words)
    assert len(str(caught.value)) < 200


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ValueError, match=r"'pipe\.csv' is no file of text"):
        read_csv(tmp_path / "pipe.csv")


@pytest.mark.parametrize("name", ["größe 表 𝕏.csv", "<b>x.csv", LONG + ".csv", "a\nb\x1b[31m.csv", "\udcff.csv"])
def test_any_name_of_a_file_will_do(name: str, tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(3):
        folder /= LONG  # a path of more than 700 characters
    folder.mkdir(parents=True)
    preview = read(folder, GOOD, name)
    table = choose(preview, "class").table
    assert len(preview.name) <= 60
    assert table.title.isprintable()
    assert table.title.encode()


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("a,a,,b", ["a", "a (2)", "column 3", "b"]),
        ("a,a,a (2),a", ["a", "a (2)", "a (2) (2)", "a (3)"]),
        (f'"two\nlines",{LONG},\u202ex,<b>', ["two lines", LONG[:79] + "…", "x", "<b>"]),
    ],
)
def test_columns_have_printable_names_that_differ(header: str, names: list[str], tmp_path: Path) -> None:
    assert [column.name for column in read(tmp_path, header + "\n1,2,3,4\n5,6,7,8\n").columns] == names


def test_what_is_given_is_not_guessed(tmp_path: Path) -> None:
    content = "1,250;2\n3,500;4\n"
    assert values(read(tmp_path, content, decimal=",")) == [[1.25, 3.5], [2, 4]]
    assert values(read(tmp_path, content, decimal=".")) == [["1,250", "3,500"], [2, 4]]
    assert len(read(tmp_path, content, delimiter=",").columns) == 2
    assert read(tmp_path, content, header=True, decimal=",").columns[0].name == "1,250"
    assert values(read(tmp_path, "x,y\n1,2\n", header=False)) == [["x", "1"], ["y", "2"]]
    for wrong in ({"delimiter": "x"}, {"decimal": ";"}, {"delimiter": ",", "decimal": ","}):
        with pytest.raises(ValueError, match="choose such a pair"):
            read(tmp_path, content, **wrong)


def test_the_first_rows_are_shown_as_they_stand(tmp_path: Path) -> None:
    preview = read(tmp_path, "x;y\n" + "1,50; a  b\n" * 20)
    assert preview.head == (("1,50", "a b"),) * 8
    assert (preview.format.delimiter, preview.format.decimal, preview.format.header) == (";", ",", True)


def test_too_many_rows_are_cut_and_offered_as_a_sample(tmp_path: Path) -> None:
    content = "x,y\n" + "".join(f"{k},{k % 2}\n" for k in range(1000))
    exact = read(tmp_path, content, most_rows=1000)
    assert (exact.rows, exact.cut) == (1000, "")
    preview = read(tmp_path, content, most_rows=999)
    assert preview.rows == 999
    assert preview.cut.startswith("'t.csv' goes on after the first 999 rows: these 999 rows, about ")
    assert preview.warnings[0] == preview.cut
    np.testing.assert_array_equal(values(preview)[0], np.arange(999))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
@pytest.mark.parametrize("offset", range(6))
def test_too_many_bytes_are_cut_at_a_whole_row(encoding: str, offset: int, tmp_path: Path) -> None:
    lines = ["é,y"] + [f'{k},"é\n{k}"' for k in range(1000)]
    content = "\n".join(lines).encode(encoding)
    limit = len(content) // 2 + offset
    preview = read(tmp_path, content, most_bytes=limit)
    assert "goes on after the first" in preview.cut
    assert 400 < preview.rows < 510
    np.testing.assert_array_equal(values(preview)[0], np.arange(preview.rows))
    assert read(tmp_path, content, most_bytes=len(content)).cut == ""


def test_a_file_that_changes_while_it_is_read_is_remarked_on(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"

    def disturbed(act: Callable[[], object]) -> Preview:
        path.write_text(GOOD)
        calls = iter([None, act])

        def stop() -> bool:
            if (now := next(calls, None)) is not None:
                now()
            return False

        return read_csv(path, stop=stop)

    whole = disturbed(lambda: None)
    gone = disturbed(path.unlink)
    assert gone.warnings == (
        "'t.csv' was deleted or replaced while it was read; these are the rows of the file as it was.", *whole.warnings,
    )  # fmt: skip
    assert values(gone) == values(whole)

    def other() -> None:
        (tmp_path / "other").write_text("1,2\n")
        (tmp_path / "other").replace(path)

    assert disturbed(other).warnings == gone.warnings
    assert disturbed(lambda: os.truncate(path, 30)).warnings[0] == (
        "'t.csv' was changed while it was read, so that old and new rows may be mixed; read it again."
    )


def test_progress_is_told_and_reading_stops_wherever_it_is_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", 2000)
    monkeypatch.setattr(module, "CELLS", 300)
    content, told, asked = "x,y\n" + "".join(f"{k},{k % 7}\n" for k in range(3000)), list[float](), [0]

    def count() -> bool:
        asked[0] += 1
        return False

    read(tmp_path, content, tell=told.append, stop=count)
    assert told == sorted(told)
    assert len(told) > 5
    assert all(0 <= share < 1 for share in told)
    for last in range(asked[0]):
        left = iter([False] * last + [True])
        with pytest.raises(Stopped):
            read_csv(tmp_path / "t.csv", stop=lambda left=left: next(left))  # type: ignore[misc]


# ---- whatever it is ----------------------------------------------------------------------------------------------

any_file = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NASTY = st.sampled_from([
    b'"', b",", b";", b"\n", b"\r\n", b"\r", b"\t", b"|", b"1", b"-1.5e3", b"1,5", b"a", b"NaN", b" ", b"\0",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3\xa9", b"\xe9", b"1_0", b"x,y\n", b"9" * 400, b'""', b"\x1c",
])  # fmt: skip


@any_file
@given(st.one_of(st.binary(max_size=300), st.lists(NASTY, max_size=60).map(b"".join)))
def test_any_bytes_become_a_table_or_a_sentence(tmp_path: Path, content: bytes) -> None:
    said = ""
    try:
        preview = read(tmp_path, content)
        table = choose(preview, suggested_target(preview)).table
    except ValueError as error:
        said = str(error)
    if said:
        assert said[0].isupper() or said[0] == "'"
        assert said.endswith(".")
        assert said.isprintable()
        assert len(said) < 400
    else:
        assert np.isfinite(table.x).all()
        assert np.isfinite(table.y).all()
        assert len(table) >= 4


@any_file
@given(
    st.lists(st.tuples(st.floats(-1e17, 1e17), st.floats(-1e17, 1e17).map(lambda v: round(v, 3)), st.text(max_size=8)),
             min_size=4, max_size=30),
    st.sampled_from([(d, m) for d in ",;\t|" for m in ".," if d != m]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
)  # fmt: skip
def test_what_is_written_is_read_back(
    tmp_path: Path, rows: list[tuple[float, float, str]], marks: tuple[str, str], header: bool, encoding: str, end: str
) -> None:
    delimiter, decimal = marks
    number = [[f"{v:.17g}".replace(".", decimal) for v in row[:2]] for row in rows]
    labels = ["é" + "".join(c for c in row[2] if c not in "\r\n\0" and c.isprintable()).strip() for row in rows]
    lines = [delimiter.join([*pair, '"' + label.replace('"', '""') + '"'])
             for pair, label in zip(number, labels, strict=True)]  # fmt: skip
    content = end.join([*([delimiter.join(["p", "q", "r"])] if header else []), *lines]).encode(encoding)
    x, y, text = values(read(tmp_path, content, delimiter=delimiter, decimal=decimal))
    np.testing.assert_array_equal(x, [row[0] for row in rows])
    np.testing.assert_array_equal(y, [row[1] for row in rows])
    assert text == labels


@pytest.mark.long
def test_ten_million_rows_stay_within_a_gigabyte_and_let_go(tmp_path: Path) -> None:
    path = tmp_path / "ten_million.csv"
    block = "".join(f"{k * 0.001:.3f},{k % 97},{'ab'[k % 2]}\n" for k in range(100_000))
    with path.open("w") as file:
        file.write("x,y,class\n")
        for _ in range(100):
            file.write(block)
    preview = read_csv(path)
    assert preview.rows == 1_000_000
    assert "after the first 1,000,000 rows: these 1,000,000 rows, about 10 % of it, are a sample." in preview.cut
    table = choose(preview, "class").table
    assert len(table) == 100_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1_000_000  # kB
    asked, longest = [time.thread_time()], [0.0]

    def stop() -> bool:
        now = time.thread_time()
        longest[0], asked[0] = max(longest[0], now - asked[0]), now
        return False

    read_csv(path, stop=stop)
    assert longest[0] < 0.2  # s of work between two questions whether to go on
    path.unlink()
