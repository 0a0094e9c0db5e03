import io
import os
import pickle
import struct
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st

from rdfia_core.data.point_files import PointFile, UploadStore, points_from_file, read_points
from rdfia_core.errors import DataUnavailableError, StoreError

X = np.array([[0.5, -1.2], [1.0, 0.0], [-0.25, 3.0], [0.0, 0.125], [1.5, 1.5], [-1, -1]])
Y = np.array([0, 1, 0, 1, 2, 2])
ONE_HOT = np.eye(3)[Y]


def csv(text: str) -> PointFile:
    return read_points(text.encode(), "points.csv")


def npz_bytes(**arrays: object) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def npz(**arrays: object) -> PointFile:
    return read_points(npz_bytes(**arrays), "points.npz")


def mat_bytes(do_compression: bool = True, **arrays: object) -> bytes:
    file = io.BytesIO()
    scipy.io.savemat(file, arrays, do_compression=do_compression)
    return file.getvalue()


def mat(**arrays: object) -> PointFile:
    return read_points(mat_bytes(**arrays), "points.mat")


def assert_is_x_y(file: PointFile) -> None:
    np.testing.assert_array_equal(file.x_train, X)
    np.testing.assert_array_equal(file.y_train, Y)
    assert file.x_train.dtype == np.float64
    assert file.y_train.dtype == np.int64
    assert file.num_classes == 3
    assert file.x_test is None
    assert file.y_test is None


def refused(content: bytes, name: str) -> str:
    with pytest.raises(DataUnavailableError) as caught:
        read_points(content, name)
    return str(caught.value)


# --- CSV ------------------------------------------------------------------------------------

ROWS = [f"{x},{y},{label}" for (x, y), label in zip(X.tolist(), Y.tolist(), strict=True)]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(ROWS),
        "x,y,label\n" + "\n".join(ROWS) + "\n",
        "\ufeffX, Y, Label\r\n" + "\r\n".join(ROWS),
        "\n\n" + "\n\n".join(ROWS) + "\n\n",
        "\n".join(ROWS).replace(",", ";"),
        "\n".join(ROWS).replace(",", "\t"),
        "\n".join(ROWS).replace(",", ";").replace(".", ","),
        "x;y;label\n" + "\n".join(ROWS).replace(",", ";").replace(".", ","),
        "a,b,c\n" + "\n".join(ROWS),
        '"x","y","label"\n' + "\n".join(ROWS),
        "\n".join(row + ",train" for row in ROWS),
    ],
)
def test_csv_is_read_in_every_usual_form(text):
    assert_is_x_y(csv(text))


def test_a_csv_header_may_name_the_columns_in_another_order():
    file = csv("label,id,y,x\n7,1,0.5,0.25\n9,2,-1,2\n")

    assert file.x_train.tolist() == [[0.25, 0.5], [2, -1]]
    assert file.y_train.tolist() == [0, 1]


def test_csv_labels_may_be_words():
    file = csv("0,0,cat\n1,1,ant\n2,2,bee\n3,3,ant")

    assert file.y_train.tolist() == [2, 0, 1, 0]


def test_csv_labels_that_are_numbers_are_sorted_as_numbers():
    assert csv("0,0,10\n1,1,9\n2,2,-3").y_train.tolist() == [2, 1, 0]
    assert csv("0,0,1.0\n1,1,1\n2,2,2").y_train.tolist() == [0, 0, 1]


def test_a_csv_may_bring_its_test_part():
    file = csv("x,y,label,split\n0,0,a,train\n1,1,b,Train\n2,2,b,test\n")

    assert file.x_train.tolist() == [[0, 0], [1, 1]]
    assert file.x_test.tolist() == [[2, 2]]
    assert file.y_test.tolist() == [1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        ("\n \n", "it holds no rows"),
        ("x,y,label\n", "it has 0 points"),
        ("0,0,0", "it has 1 points, not 2 to 20000"),
        ("0,0\n1,1", "the first row has 2 columns, not 3 or 4"),
        ("0,0,1,train,9\n", "the first row has 5 columns"),
        ("0,0,0\n1,1,1\n2,2\n", "line 3 has 2 columns, the first row 3"),
        ("x,y,label\n0,0,0\n\n1,one,1\n", "line 4, column 2: 'one' is not a finite number"),
        ("nan,nan,0\n1,1,1\n", "line 1, column 1: 'nan' is not a finite number"),
        ("0,0,0\nnan,1,1\n", "line 2, column 1: 'nan' is not a finite number"),
        ("0,0,0\n1,inf,1\n", "line 2, column 2: 'inf' is not a finite number"),
        ("0,0,0\n1,1e999,1\n", "line 2, column 2: '1e999' is not a finite number"),
        ("0,0,0\n1,1e13,1\n", "row 2 of its training points"),
        ("0,0,0\n1,,1\n", "line 2, column 2: '' is not a finite number"),
        ("0,0,0\n1,1,\n", "line 2 has no label"),
        ("0,0,0,train\n1,1,1,val\n", "line 2: the fourth column must be train or test, got 'val'"),
        ("0,0,a\n1,1,a\n", "1 classes, not 2 to 5"),
        ("\n".join(f"0,0,{k}" for k in range(6)), "6 classes, not 2 to 5"),
        ("0,0,a,test\n1,1,b,test\n", "0 classes"),
        ("0,0,a,train\n1,1,b,train\n1,1,c,test\n", "no training point has the test part's label"),
        ("0,0,0\n" * 20_002, "more than 20000 points"),
        ("0,0,0\n1,1,1\0\n", "zero bytes"),
    ],
)
def test_a_malformed_csv_is_refused_with_place_and_reason(text, words):
    message = refused(text.encode(), "mine.csv")

    assert words in message
    assert "'mine.csv'" in message
    assert "for example: 0.5,-1.2,0" in message


def test_a_csv_that_is_not_utf_8_is_refused():
    assert "it is not UTF-8 text (byte 5)" in refused("0,0,é\n1,1,a".encode("latin-1"), "a.csv")


# --- .npz and .mat ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arrays",
    [
        {"Xtrain": X, "Ytrain": Y},
        {"x_train": X, "y_train": Y},
        {"x": X, "y": Y},
        {"x": X, "y": Y, "unrelated": np.zeros(3)},
        {"x": X, "y": ONE_HOT},
        {"x": X, "y": ONE_HOT.astype(bool)},
        {"x": X, "y": Y * 7.0 - 3},
        {"x": X, "y": Y.astype(np.uint8)},
        {"x": X, "y": Y[:, None]},
        {"x": X, "y": Y[None, :]},
        {"x": np.asfortranarray(X), "y": Y},
        {"x": X.astype(">f8"), "y": Y.astype(">i2")},
    ],
    ids=str,
)
def test_arrays_are_read_in_every_usual_form(arrays):
    assert_is_x_y(npz(**arrays))
    assert_is_x_y(mat(**arrays))
    assert_is_x_y(read_points(mat_bytes(do_compression=False, **arrays), "points.mat"))


@pytest.mark.parametrize("read", [npz, mat])
def test_arrays_may_bring_their_test_part(read):
    file = read(Xtrain=X, Ytrain=ONE_HOT, Xtest=X[:2] + 1, Ytest=ONE_HOT[:2])

    np.testing.assert_array_equal(file.x_test, X[:2] + 1)
    assert file.y_test.tolist() == [0, 1]


@pytest.mark.parametrize("read", [npz, mat])
def test_labels_of_both_parts_are_numbered_alike(read):
    file = read(Xtrain=X, Ytrain=Y * 2 + 1, Xtest=X[:3], Ytest=np.array([5, 3, 5]))

    assert file.y_test.tolist() == [2, 1, 2]


def test_single_precision_coordinates_are_read():
    np.testing.assert_array_equal(npz(x=X.astype("f4"), y=Y).x_train, X.astype("f4"))
    np.testing.assert_array_equal(mat(x=X.astype("f4"), y=Y).x_train, X.astype("f4"))


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 60), st.integers(0, 1000), st.booleans())
def test_matlab_arrays_are_those_that_scipy_wrote(num_points, seed, do_compression):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(num_points, 2)).round(rng.integers(0, 12))
    y = np.r_[0, 1, rng.integers(0, 2, num_points - 2)].astype(rng.choice(["i1", "u2", "i8", "f4"]))
    content = mat_bytes(do_compression, note="hello", extra={"a": 1}, Xtrain=x, Ytrain=y)
    expected = scipy.io.loadmat(io.BytesIO(content))
    file = read_points(content, "points.mat")

    np.testing.assert_array_equal(file.x_train, expected["Xtrain"])
    np.testing.assert_array_equal(file.y_train, expected["Ytrain"].ravel())


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"a": X, "b": Y}, "it lacks training points or their labels (it holds a, b)"),
        ({"Xtrain": X}, "it lacks training points or their labels (it holds Xtrain)"),
        ({"x": X, "y": Y, "x_test": X}, "its test part has points or labels, not both"),
        ({"x": X.T, "y": Y}, "training points have shape (2, 6), not (N, 2)"),
        ({"x": np.zeros((6, 3)), "y": Y}, "training points have shape (6, 3), not (N, 2)"),
        ({"x": np.zeros((6, 2, 1, 2)), "y": Y}, "have shape (6, 2, 1, 2), not (N, 2)"),
        ({"x": X, "y": Y[:4]}, "its 6 training points have labels of shape"),
        ({"x": np.zeros((0, 2)), "y": np.zeros((0, 1))}, "it has 0 points"),
        ({"x": np.where(X == 3, np.nan, X), "y": Y}, "row 3 of its training points"),
        ({"x": X * 1e13, "y": Y}, "row 1 of its training points"),
        ({"x": X, "y": Y * 0.5}, "label 2 of its training points, 0.5, is no integer"),
        ({"x": X, "y": np.where(Y == 2, np.nan, Y)}, "label 5 of its training points, nan"),
        ({"x": X, "y": ONE_HOT * 2}, "row 1 of its training labels"),
        ({"x": X, "y": np.full((6, 3), np.nan)}, "row 1 of its training labels"),
        ({"x": X, "y": np.ones((6, 2))}, "row 1 of its training labels"),
        ({"x": X, "y": Y * 0}, "1 classes, not 2 to 5"),
        ({"x": X, "y": np.arange(6)}, "6 classes, not 2 to 5 (labels 0, 1, 2, 3, 4, 5)"),
        ({"x": X, "y": Y, "x_test": X, "y_test": Y + 1}, "test part's label 3"),
        ({"x": np.zeros((20_001, 2)), "y": np.arange(20_001) % 2}, "it has 20001 points"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize(("write", "name"), [(npz_bytes, "a.npz"), (mat_bytes, "a.mat")])
def test_arrays_that_do_not_fit_are_refused_with_the_reason(arrays, words, write, name):
    message = refused(write(**arrays), name)

    assert words in message
    assert f"'{name}'" in message
    assert "Expected arrays Xtrain and Ytrain" in message


class Exploit:
    """Unpickling an instance would leave a file behind."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.path,)


def test_an_npz_is_never_unpickled(tmp_path):
    trap = tmp_path / "unpickled"
    x = np.array([[Exploit(str(trap)), 1]] * 4, dtype=object)
    message = refused(npz_bytes(x=x, y=Y[:4]), "a.npz")

    assert "x.npy holds object values, not plain numbers" in message
    assert not trap.exists()


def test_a_pickle_inside_an_npz_is_never_unpickled(tmp_path):
    trap = tmp_path / "unpickled"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.npy", pickle.dumps(Exploit(str(trap))))
        archive.writestr("y.npy", pickle.dumps(Exploit(str(trap))))

    assert "cannot be read as a NumPy archive" in refused(file.getvalue(), "a.npz")
    assert not trap.exists()


@pytest.mark.parametrize("x", [X.astype(complex), X.astype(str)], ids=["complex", "text"])
def test_an_npz_of_other_things_than_numbers_is_refused(x):
    assert "not plain numbers" in refused(npz_bytes(x=x, y=Y), "a.npz")


@pytest.mark.parametrize("x", [X.astype(complex), {"a": 1}, "text"], ids=["complex", "struct", "t"])
def test_matlab_arrays_of_other_kinds_are_passed_over(x):
    assert "(it holds Ytrain)" in refused(mat_bytes(Xtrain=x, Ytrain=Y), "a.mat")


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    content = npz_bytes(x=X, y=Y, padding=np.zeros(40_000_000, np.uint8))

    assert len(content) < 100_000
    assert "it unpacks to 38 MB or more, more than 16 MB" in refused(content, "a.npz")


def test_an_array_that_promises_more_than_allowed_is_refused():
    header = str({"descr": "<f8", "fortran_order": False, "shape": (10**9, 2)}).encode() + b"\n"
    member = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.npy", member)
        archive.writestr("y.npy", member)

    assert "more than 16 MB" in refused(file.getvalue(), "a.npz")


def test_a_compressed_matlab_array_is_not_unpacked_beyond_the_limit():
    content = mat_bytes(Xtrain=X, Ytrain=Y, padding=np.zeros(40_000_000, np.uint8))

    tracemalloc.start()
    message = refused(content, "a.mat")
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(content) < 100_000
    assert "it unpacks to more than is allowed" in message
    assert peak_bytes < 36_000_000


def test_a_matlab_shape_that_does_not_fit_its_data_is_refused():
    content = mat_bytes(do_compression=False, Xtrain=X, Ytrain=Y)
    wrong = content.replace(struct.pack("<ii", 6, 2), struct.pack("<ii", 60, 2))

    assert wrong != content
    assert "the shape of an array does not fit its data" in refused(wrong, "a.mat")


def test_a_big_endian_matlab_file_is_read():
    def element(kind: int, data: bytes) -> bytes:
        return struct.pack(">II", kind, len(data)) + data + b"\0" * (-len(data) % 8)

    def matrix(name: bytes, values: np.ndarray) -> bytes:
        flags, shape = struct.pack(">II", 6, 0), struct.pack(">ii", *values.shape)
        data = values.astype(">f8").tobytes(order="F")
        return element(
            14, element(6, flags) + element(5, shape) + element(1, name) + element(9, data)
        )

    header = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x01\x00" + b"MI"

    assert_is_x_y(
        read_points(header + matrix(b"Xtrain", X) + matrix(b"Ytrain", Y[:, None]), "a.mat")
    )


@pytest.mark.parametrize("head", [b"MATLAB 7.3 MAT-file, Platform", b"\x89HDF\r\n\x1a\n"])
def test_a_matlab_7_3_file_is_refused_with_the_remedy(head):
    assert "save it again in MATLAB with the option '-v7'" in refused(head.ljust(600), "a.mat")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (npz_bytes(x=X, y=Y), "a.npz"),
        (mat_bytes(x=X, y=Y), "a.mat"),
        (mat_bytes(do_compression=False, x=X, y=Y), "b.mat"),
    ],
    ids=["npz", "mat", "mat uncompressed"],
)
def test_a_truncated_file_is_refused_wherever_it_ends(content, name):
    for length in range(1, len(content) - 8, 7):
        assert "cannot be used" in refused(content[:length], name)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["a.csv", "a.npz", "a.mat"]), st.binary(min_size=1, max_size=300))
def test_binary_garbage_is_refused(name, content):
    assert "cannot be used" in refused(b"\x00\xff" + content, name)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([("a.mat", mat_bytes(x=X, y=Y)), ("b.mat", mat_bytes(False, x=X, y=Y))]),
    st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 255)), min_size=1, max_size=5),
)
def test_a_damaged_matlab_file_is_read_or_refused_but_never_crashes(named, changes):
    name, content = named
    damaged = bytearray(content)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    try:
        file = read_points(bytes(damaged), name)
    except DataUnavailableError:
        return

    assert file.x_train.shape == (len(file.y_train), 2)


def test_a_damaged_compressed_part_is_refused():
    packed = zlib.compress(b"0" * 100)
    content = mat_bytes(x=X, y=Y)[:128] + struct.pack("<II", 15, len(packed)) + b"\xff" + packed[1:]

    assert "its compressed part is damaged" in refused(content, "a.mat")


@pytest.mark.parametrize("name", ["points.xlsx", "points", "", "csv", "points.csv.gz", "a.npy"])
def test_another_ending_is_refused(name):
    assert "must end in .csv, .npz or .mat" in refused(b"0,0,0\n1,1,1", name)


def test_the_ending_may_be_in_capitals():
    assert read_points(b"0,0,0\n1,1,1", "C:/Points.CSV").num_classes == 2


def test_a_file_of_another_format_than_its_ending_is_refused():
    assert "zero bytes" in refused(mat_bytes(x=X, y=Y), "a.csv") or "UTF-8" in refused(
        mat_bytes(x=X, y=Y), "a.csv"
    )
    assert "cannot be read as a NumPy archive" in refused(b"0,0,0\n1,1,1", "a.npz")
    assert "not a MATLAB file" in refused(b"0,0,0\n1,1,1", "a.mat")


def test_a_file_above_5_mb_is_refused():
    assert "more than 5 MB" in refused(b"0,0,0\n" * 900_000, "a.csv")


# --- points to train on ----------------------------------------------------------------------


def many(num_points: int = 100, scale: float = 1.0, shift: float = 0.0) -> PointFile:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (num_points, 2)) * scale + shift
    return PointFile(x, np.arange(num_points) % 2, None, None, 2)


def test_a_file_without_test_part_is_split():
    points = points_from_file(many(), val_fraction=0.2, test_fraction=0.3, seed=0)

    assert [len(points.y_train), len(points.y_val), len(points.y_test)] == [50, 20, 30]


def test_a_file_with_a_test_part_keeps_it():
    file = many()
    file = PointFile(file.x_train, file.y_train, X[:2], Y[:2], 2)
    points = points_from_file(file, val_fraction=0.2, test_fraction=0.5, seed=0)

    np.testing.assert_array_equal(points.x_test, X[:2])
    np.testing.assert_array_equal(points.y_test, Y[:2])
    assert [len(points.y_train), len(points.y_val)] == [80, 20]


@pytest.mark.parametrize(("scale", "shift"), [(1e6, 0), (1.0, 500.0), (1e-4, 0), (1e-4, 1.0)])
def test_the_extent_follows_the_points(scale, shift):
    file = many(scale=scale, shift=shift)
    points = points_from_file(file, val_fraction=0, test_fraction=0, seed=0)
    x_min, x_max, y_min, y_max = points.extent

    np.testing.assert_array_equal(np.sort(points.x_train, axis=0), np.sort(file.x_train, axis=0))
    assert x_min < file.x_train[:, 0].min()
    assert x_max > file.x_train[:, 0].max()
    assert x_max - x_min == pytest.approx(y_max - y_min)
    assert 2 * scale < x_max - x_min < 3 * scale


def test_the_extent_is_the_labs_where_that_suits():
    points = points_from_file(many(), val_fraction=0, test_fraction=0, seed=0)

    assert points.extent == (-2.0, 2.0, -2.0, 2.0)


def test_points_on_one_spot_still_have_an_extent():
    file = PointFile(np.full((6, 2), 7.0), np.arange(6) % 2, None, None, 2)
    points = points_from_file(file, val_fraction=0, test_fraction=0, seed=0)

    assert points.extent == (6.0, 8.0, 6.0, 8.0)


def test_the_far_test_points_widen_the_extent():
    file = many()
    file = PointFile(file.x_train, file.y_train, np.full((1, 2), 9.0), Y[:1], 2)

    assert points_from_file(file, val_fraction=0, test_fraction=0, seed=0).extent[1] > 9


# --- the store -------------------------------------------------------------------------------


def test_an_upload_is_kept_and_found_again(tmp_path):
    store = UploadStore(tmp_path / "uploads")
    upload_id = store.add(mat_bytes(Xtrain=X, Ytrain=Y * 5, Xtest=X, Ytest=Y * 5), "lab.mat")
    file = UploadStore(tmp_path / "uploads").load(upload_id)

    np.testing.assert_array_equal(file.x_train, X)
    np.testing.assert_array_equal(file.y_train, Y)
    np.testing.assert_array_equal(file.x_test, X)
    np.testing.assert_array_equal(file.y_test, Y)


def test_an_upload_without_test_part_stays_without(tmp_path):
    store = UploadStore(tmp_path)

    assert_is_x_y(store.load(store.add("\n".join(ROWS).encode(), "a.csv")))


def test_the_same_bytes_have_the_same_id_and_one_copy(tmp_path):
    store = UploadStore(tmp_path)
    first, second = (store.add(b"0,0,0\n1,1,1", name) for name in ("a.csv", "b.csv"))

    assert first == second
    assert len(first) == 16
    assert [path.name for path in tmp_path.iterdir()] == [f"{first}.npz"]


def test_other_bytes_have_another_id(tmp_path):
    store = UploadStore(tmp_path)

    assert store.add(b"0,0,0\n1,1,1", "a.csv") != store.add(b"0,0,0\n1,1,2", "a.csv")


def test_a_file_that_is_refused_is_not_kept(tmp_path):
    with pytest.raises(DataUnavailableError):
        UploadStore(tmp_path).add(b"0,0,0", "a.csv")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "upload_id", ["", "0" * 16, "0" * 15, "../secret", "A" * 16, "0" * 16 + "\n", "é" * 16]
)
def test_an_unknown_id_is_answered_with_the_remedy(tmp_path, upload_id):
    root = tmp_path / "uploads"
    root.mkdir()
    for existing in (tmp_path / "secret.npz", root / f"{'A' * 16}.npz", root / f"{'0' * 15}.npz"):
        existing.write_bytes(npz_bytes(x=X, y=Y))
    with pytest.raises(DataUnavailableError, match="upload the file again"):
        UploadStore(root).load(upload_id)


def test_a_folder_that_cannot_be_written_is_an_error_of_the_store(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"'a\.csv' cannot be kept"):
        UploadStore(tmp_path / "file").add(b"0,0,0\n1,1,1", "a.csv")


def test_a_damaged_copy_is_refused(tmp_path):
    store = UploadStore(tmp_path)
    upload_id = store.add(b"0,0,0\n1,1,1", "a.csv")
    (tmp_path / f"{upload_id}.npz").write_bytes(b"PK damaged")
    with pytest.raises(DataUnavailableError, match="cannot be used"):
        store.load(upload_id)
