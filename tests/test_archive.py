"""The archive: what is written comes back, and no damaged or foreign file is believed."""

import json
import math
import os
import struct
import sys

import numpy as np
import pytest
import safetensors.numpy
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from skml_aemlo import _archive
from skml_aemlo._archive import read, write

TYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]
PARTS = {
    "m.data": np.array([1.0, 2, 3]),
    "m.indices": np.array([0, 2, 1]),
    "m.indptr": np.array([0, 2, 3]),
}


@pytest.fixture
def path(tmp_path):
    """Return where the file of a test lies."""
    return tmp_path / "model.safetensors"


def some_arrays():
    """Return arrays of several types and kinds, a few hundred bytes."""
    return {
        "w": np.arange(6, dtype=np.float32).reshape(2, 3),
        "n": np.array([3, -4], dtype=np.int16),
        "m": sp.csr_array(np.array([[1.0, 0, 2], [0, 3, 0]])),
    }


HEADER = {"epochs": 200, "loss": 0.25, "labels": ["ä", "b"], "deep": {"none": None, "yes": True}}


def assert_same(left, right):
    """Assert that arrays are alike, type and shape included."""
    assert left.keys() == right.keys()
    for name, array in left.items():
        if sp.issparse(array):
            assert isinstance(right[name], sp.csr_array)
            assert right[name].shape == array.shape
            left_parts, right_parts = ((m.data, m.indices, m.indptr) for m in (array, right[name]))
        else:
            left_parts, right_parts = (array,), (right[name],)
        for mine, other in zip(left_parts, right_parts, strict=True):
            assert mine.dtype == other.dtype
            np.testing.assert_array_equal(mine, other, strict=True)


def by_hand(content):
    """Return metadata and arrays of a safetensors file, from the description of the format."""
    (length,) = struct.unpack("<Q", content[:8])
    table = json.loads(content[8 : 8 + length])
    metadata, data = table.pop("__metadata__"), content[8 + length :]
    types = {"F64": "<f8", "F32": "<f4", "I16": "<i2", "I32": "<i4"}
    return metadata, {
        name: np.frombuffer(data[slice(*told["data_offsets"])], types[told["dtype"]]).reshape(
            told["shape"]
        )
        for name, told in table.items()
    }


def make_by_hand(metadata, **tables):
    """Return a safetensors file, its table of contents given; its data are eight zeros."""
    told = {**tables, **({} if metadata is None else {"__metadata__": metadata})}
    table = json.dumps(told).encode()
    return struct.pack("<Q", len(table)) + table + bytes(8 if tables else 0)


def forge(parts, sparse=None, header=None, /, **changed):
    """Return a file with a right seal, whatever it holds."""
    entry = {"version": 1, "sparse": sparse or {}, "header": header or {}}
    sealed = {"seal": _archive._seal(entry, parts), **entry, **changed}
    sealed = {key: value for key, value in sealed.items() if value is not None}
    return safetensors.numpy.save(parts, metadata={"skml_aemlo": json.dumps(sealed)})


def refused(path, content):
    """Return why a file with this content is not read."""
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"cannot be read: ") as caught:
        read(path)
    assert repr(str(path)) in str(caught.value)
    return str(caught.value)


def json_values():
    """Draw what a header may hold, nan apart, which equals nothing."""
    plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    keys = st.text().filter(lambda key: key != "__float__")
    return st.recursive(
        plain, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=8
    )


def stored_arrays():
    """Draw arrays of any type, any shape and any order in memory, and sparse ones."""
    dense = arrays(
        st.sampled_from(TYPES).map(np.dtype),
        st.just(()) | array_shapes(min_side=0, max_side=3),
        elements=st.integers(0, 1),
    )
    small = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=4))
    return dense | dense.map(np.transpose) | small.map(sp.csr_array)


@given(
    st.dictionaries(st.text(alphabet="ab./é"), stored_arrays(), max_size=4),
    st.dictionaries(st.text().filter(lambda key: key != "__float__"), json_values(), max_size=4),
)
def test_what_is_written_comes_back(tmp_path_factory, arrays, header):
    """Types, shapes, the order of keys and all."""
    path = tmp_path_factory.getbasetemp() / "round.safetensors"
    write(path, arrays, header)
    back, told = read(path)
    assert_same(arrays, back)
    assert told == header
    assert json.dumps(told) == json.dumps(header)


@given(arrays(np.float64, 5))
def test_every_float_comes_back_to_the_bit(tmp_path_factory, values):
    """In arrays and in the header, nan, the infinities and -0 included."""
    path = tmp_path_factory.getbasetemp() / "floats.safetensors"
    write(path, {"values": values}, {"values": values.tolist()})
    back, header = read(path)
    assert back["values"].tobytes() == values.tobytes()
    for mine, other in zip(values.tolist(), header["values"], strict=True):
        assert (mine == other and math.copysign(1, mine) == math.copysign(1, other)) or (
            math.isnan(mine) and math.isnan(other)
        )


def test_the_file_is_what_the_format_says(path):
    """Read by hand, and by safetensors itself."""
    given = some_arrays()
    write(path, given, {**HEADER, "loss": math.inf})
    metadata, found = by_hand(path.read_bytes())
    assert list(metadata) == ["skml_aemlo"]
    entry = json.loads(metadata["skml_aemlo"])
    assert entry["version"] == 1
    assert entry["header"] == {**HEADER, "loss": {"__float__": "inf"}}
    assert entry["sparse"] == {"m": [2, 3]}
    expected = {
        **{name: given[name] for name in "wn"},
        **{f"m.{part}": getattr(given["m"], part) for part in ("data", "indices", "indptr")},
    }
    assert_same(expected, found)
    assert_same(expected, safetensors.numpy.load_file(path))


def test_memory_order_and_byte_order_do_not_matter(path):
    """Transposed, strided, reversed and big-endian arrays hold the same numbers."""
    table = np.arange(24.0).reshape(4, 6)
    given = {
        "transposed": table.T,
        "strided": table[::2, ::3],
        "reversed": table[::-1, 1],
        "Fortran": np.asfortranarray(table),
        "big": table.astype(">f8"),
    }
    write(path, given, {})
    back, _ = read(path)
    assert {name: array.tolist() for name, array in back.items()} == {
        name: array.tolist() for name, array in given.items()
    }
    assert all(array.dtype == np.float64 for array in back.values())


def test_arrays_can_be_written_to(path):
    """What comes back is the reader's own: the file stays as it is."""
    write(path, some_arrays(), HEADER)
    before = path.read_bytes()
    back, _ = read(path)
    back["w"][:] = 7
    back["m"].data[:] = 7
    assert path.read_bytes() == before


def test_the_same_content_gives_the_same_bytes(tmp_path):
    """Nothing in a file depends on when or where it was written."""
    for name in "ab":
        write(tmp_path / name, some_arrays(), HEADER)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_paths_may_be_strings(path):
    """As well as path-like."""
    write(str(path), {}, HEADER)
    assert read(str(path)) == ({}, HEADER)


def test_tuples_and_numpy_scalars_become_plain(path):
    """A header holds what JSON holds."""
    scalars = {"i": np.int64(3), "f": np.float32(0.5), "b": np.True_, "nan": np.float64("nan")}
    write(path, {}, {**scalars, "t": (1, (2,))})
    _, header = read(path)
    assert math.isnan(header.pop("nan"))
    assert header == {"i": 3, "f": 0.5, "b": True, "t": [1, [2]]}
    assert [type(header[name]) for name in "ifb"] == [int, float, bool]


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """Return the bytes of a good file."""
    path = tmp_path_factory.mktemp("good") / "good"
    write(path, some_arrays(), {**HEADER, "loss": math.nan})
    return path.read_bytes()


def test_a_file_cut_off_anywhere_is_refused(path, content):
    """From the empty file to the last byte; one byte too many also."""
    for length in range(len(content)):
        assert "no safetensors file, or it is damaged" in refused(path, content[:length])
    refused(path, content + b"\0")


@pytest.mark.parametrize("flip", [1, 2, 4, 8, 16, 32, 64, 128, 255])
def test_a_changed_byte_is_noticed(path, content, flip):
    """Anywhere: in the length, the table, our header, the seal or the numbers."""
    # "\\u00E4" is another way to write the same letter
    harmless = content.index(b"u00e4") + 3 if flip == 32 else None
    for i in range(len(content)):
        broken = bytearray(content)
        broken[i] ^= flip
        if i != harmless:
            refused(path, bytes(broken))
    if harmless:
        broken = content.replace(b"u00e4", b"u00E4")
        path.write_bytes(broken)
        assert read(path)[1]["labels"] == HEADER["labels"]


def test_a_changed_type_or_value_of_equal_size_is_noticed(path, content):
    """What stays a valid file does not stay ours."""
    for old, new in (
        (b'"F32"', b'"I32"'),
        (b"[2,3]", b"[3,2]"),
        (b"200", b"201"),
        (b'\\"b\\"', b'\\"c\\"'),
        (b'"w"', b'"v"'),
    ):
        assert content.count(old) == 1
        assert "does not match its seal" in refused(path, content.replace(old, new))


def test_a_missing_file_says_so(path):
    """FileNotFoundError names it."""
    with pytest.raises(FileNotFoundError, match=r"there is no file .*model\.safetensors"):
        read(path)


def test_a_folder_is_no_file(tmp_path):
    """Neither to read from nor to write to."""
    with pytest.raises(ValueError, match="cannot be read: it is no file"):
        read(tmp_path)
    with pytest.raises(IsADirectoryError, match="it is a folder"):
        write(tmp_path, {}, {})


@pytest.mark.parametrize(
    "content", [b"", b"\x80\x04N.", b"@relation x\n" * 9, b"PK\3\4" * 99, b"\xff" * 64]
)
def test_what_is_no_safetensors_file_is_refused(path, content):
    """Pickles, texts and archives of another kind are not opened."""
    assert "no safetensors file" in refused(path, content)


@pytest.mark.parametrize("metadata", [None, {}, {"format": "pt"}])
def test_files_of_others_are_refused(path, metadata):
    """Before their arrays are looked at, which may have types that numpy lacks."""
    told = {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}
    assert "none that skml_aemlo wrote" in refused(path, make_by_hand(metadata, w=told))


def test_types_we_never_write_are_refused(path):
    """bfloat16 under a header of ours."""
    entry = {"seal": "", "version": 1, "sparse": {}, "header": {}}
    told = {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}
    content = make_by_hand({"skml_aemlo": json.dumps(entry)}, w=told)
    assert "'w' holds BF16, which skml_aemlo never writes" in refused(path, content)


@pytest.mark.parametrize("text", ["", "{", "nonsense", '{"a": NaN}', "[" * 100_000])
def test_a_header_that_is_not_json_is_refused(path, text):
    """Nor is one with nan, or nested without end."""
    assert "its header is not JSON" in refused(path, make_by_hand({"skml_aemlo": text}))


@pytest.mark.parametrize("version", [0, 2, 1.0, True, "1"])
def test_another_version_is_refused(path, version):
    """Its number is told, and the one that can be read."""
    expected = f"version {version!r}, and this skml_aemlo reads 1"
    assert expected in refused(path, forge({}, version=version))


@pytest.mark.parametrize(
    "changed",
    [
        {"seal": None},
        {"version": None},
        {"header": None},
        {"header": [1]},
        {"sparse": []},
        {"sparse": {"m": [2]}},
        {"sparse": {"m": [2, -1]}},
        {"sparse": {"m": [2, True]}},
        {"sparse": {"m": [2, 2.0]}},
        {"sparse": {"m": [2, 2**63]}},
        {"more": 1},
    ],
)
def test_a_header_of_another_form_is_refused(path, changed):
    """Every key is there, none beside them, and shapes are two lengths."""
    assert "lacks what skml_aemlo writes" in refused(path, forge({}, **changed))


@pytest.mark.parametrize("text", ["[1]", "3", "null", '"version"'])
def test_a_header_that_is_no_dict_is_refused(path, text):
    """JSON of another kind."""
    assert "lacks what" in refused(path, make_by_hand({"skml_aemlo": text}))


@pytest.mark.parametrize("float_", ["one", None, [1]])
def test_floats_that_are_none_are_refused(path, float_):
    """The word for nan holds another one."""
    content = forge({}, None, {"loss": {"__float__": float_}})
    assert "header cannot be understood" in refused(path, content)


def test_forged_files_are_read_where_nothing_is_wrong(path):
    """So that what the next tests see refused is refused for its fault."""
    path.write_bytes(forge(PARTS, {"m": [2, 3]}))
    assert read(path)[0]["m"].toarray().tolist() == [[1, 0, 2], [0, 3, 0]]


FAULTS = [
    ("m.data", np.array([1.0, 2]), "different lengths"),
    ("m.data", np.ones((3, 1)), "more dimensions"),
    ("m.data", np.ones(3, dtype=np.float16), "half precision"),
    ("m.indices", np.array([0.0, 2, 1]), "not whole"),
    ("m.indices", np.array([0, 2, 1], dtype=np.uint32), "not whole"),
    ("m.indices", np.array([0, 3, 1]), "beyond its shape"),
    ("m.indices", np.array([0, -1, 1]), "beyond its shape"),
    ("m.indices", np.array([0, 2]), "different lengths"),
    ("m.indptr", np.array([0, 3]), "different lengths"),
    ("m.indptr", np.array([0, 2, 3, 3]), "different lengths"),
    ("m.indptr", np.array([1, 2, 3]), "do not follow"),
    ("m.indptr", np.array([0, 2, 2]), "do not follow"),
    ("m.indptr", np.array([0, 4, 3]), "do not follow"),
    ("m.indptr", np.array([0, -1, 3]), "do not follow"),
    ("m.indptr", np.array([0, 2.0, 3]), "not whole"),
]


@pytest.mark.parametrize(("name", "part", "message"), FAULTS)
def test_inconsistent_sparse_arrays_are_refused(path, name, part, message):
    """A right seal makes no right matrix."""
    content = forge({**PARTS, name: part}, {"m": [2, 3]})
    why = refused(path, content)
    assert "its csr_array 'm' is inconsistent" in why
    assert message in why


def test_incomplete_sparse_arrays_are_refused(path):
    """A part that is not there, or an array of the same name."""
    for name in PARTS:
        rest = {key: part for key, part in PARTS.items() if key != name}
        assert "a part is missing" in refused(path, forge(rest, {"m": [2, 3]}))
    twice = {**PARTS, "m": np.ones(1)}
    assert "inconsistent: twice" in refused(path, forge(twice, {"m": [2, 3]}))


@pytest.mark.parametrize(("name", "part", "message"), [f for f in FAULTS if f[1].ndim == 1])
def test_inconsistent_sparse_arrays_are_not_written(path, name, part, message):
    """Anyone may set the parts of a matrix."""
    matrix = sp.csr_array(np.array([[1.0, 0, 2], [0, 3, 0]]))
    setattr(matrix, name[2:], part)
    with pytest.raises(ValueError, match=f"csr_array 'm' is inconsistent: .*{message}"):
        write(path, {"m": matrix}, {})
    assert not path.exists()


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
    [
        ({"a": [1, 2]}, TypeError, "'a' is <class 'list'>"),
        ({"a": np.array(["x"])}, TypeError, "'a' holds <U1"),
        ({"a": np.array([None])}, TypeError, "'a' holds object"),
        ({"a": np.array([1j])}, TypeError, "'a' holds complex128"),
        ({"a": np.array(["2020"], dtype="M8[D]")}, TypeError, "'a' holds datetime64"),
        ({"a": sp.csc_array((2, 2))}, TypeError, "'a' is not"),
        ({1: np.ones(1)}, TypeError, "must be str"),
        ({"__metadata__": np.ones(1)}, TypeError, "must be str"),
        ({"a": sp.csr_array((2, 2)), "a.data": np.ones(1)}, ValueError, "stored as 'a.data'"),
        ({"a.data": np.ones(1), "a": sp.csr_array((2, 2))}, ValueError, "stored as 'a.data'"),
        ({n: sp.csr_array((2, 2)) for n in ("a.data", "a")}, ValueError, "stored as 'a.data'"),
    ],
)
def test_what_cannot_be_stored_is_refused(path, arrays, error, message):
    """Before a file is begun."""
    with pytest.raises(error, match=message):
        write(path, arrays, {})
    assert not list(path.parent.iterdir())


def endless():
    """Return a header that holds itself."""
    header = {}
    header["again"] = [header]
    return header


@pytest.mark.parametrize(
    ("header", "error", "message"),
    [
        ([], TypeError, "header must be a dict; got list"),
        ({"a": {"b": [0, {1, 2}]}}, TypeError, r"header\['a'\]\['b'\]\[1\] must be .* got set"),
        ({1: 2}, TypeError, "keys of str; got dict"),
        ({"a": b"x"}, TypeError, "got bytes"),
        ({"a": np.ones(2)}, TypeError, "got ndarray"),
        ({"a": 1j}, TypeError, "got complex"),
        ({"__float__": "nan"}, TypeError, "may not use the key '__float__'"),
        (endless(), ValueError, "holds itself"),
    ],
)
def test_headers_that_would_not_come_back_are_refused(path, header, error, message):
    """By the place of what JSON cannot hold."""
    with pytest.raises(error, match=message):
        write(path, {}, header)
    assert not path.exists()


def interrupt(*_):
    """Break off."""
    raise KeyboardInterrupt


def fill_up(*_):
    """Fail as a full disk does."""
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize(("failing", "error"), [(interrupt, KeyboardInterrupt), (fill_up, OSError)])
def test_a_failing_write_changes_nothing(path, monkeypatch, step, failing, error):
    """The file that was there stays as it was, and nothing lies beside it."""
    write(path, some_arrays(), HEADER)
    before = path.read_bytes()
    monkeypatch.setattr(os, step, failing)
    with pytest.raises(error):
        write(path, {}, {})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_the_file_is_on_the_disk_before_it_is_in_its_place(path, monkeypatch):
    """Synchronised whole, under another name, then renamed."""
    write(path, {}, {"old": 1})
    seen = []
    fsync, replace = os.fsync, os.replace

    def synchronise(number):
        (beside,) = set(path.parent.iterdir()) - {path}
        seen.append(beside.read_bytes())
        fsync(number)

    def rename(source, target):
        assert read(path)[1] == {"old": 1}
        replace(source, target)
        seen.append(path.read_bytes())

    monkeypatch.setattr(os, "fsync", synchronise)
    monkeypatch.setattr(os, "replace", rename)
    write(path, some_arrays(), HEADER)
    assert len(seen) == 2
    assert seen[0] == seen[1]
    assert list(path.parent.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path):
    """What it points to is replaced."""
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    write(link, {}, HEADER)
    assert link.is_symlink()
    assert read(target) == read(link) == ({}, HEADER)


def test_a_missing_folder_is_named(path):
    """Not the temporary file."""
    with pytest.raises(FileNotFoundError, match=r"cannot write '.*nowhere/x': there is no such"):
        write(path.parent / "nowhere" / "x", {}, {})


def test_a_missing_library_names_the_remedy(path, monkeypatch):
    """One ImportError for reading and writing."""
    monkeypatch.setitem(sys.modules, "safetensors", None)
    for call in (lambda: write(path, {}, {}), lambda: read(path)):
        with pytest.raises(ImportError, match="pip install safetensors"):
            call()


def test_a_pipe_is_not_replaced(tmp_path):
    """A device or a pipe under that name stays one."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no file"):
        write(tmp_path / "pipe", {"w": np.ones(2)}, {})
    assert (tmp_path / "pipe").is_fifo()
