"""ARFF files: real ones against liac-arff and Mulan, small ones by hand, round trips."""

import gzip
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path

import arff as liac
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse as sp

from skml_aemlo.datasets import ArffError, Dataset, load_arff, save_arff

HEADER = "@relation t\n@attribute size real\n@attribute hue {red,'dark blue'}\n@attribute y {0,1}\n"


@pytest.fixture
def write(tmp_path):
    """Return a function that writes an ARFF text (and an XML) and returns the ARFF's path."""

    def write(text, xml=None, name="t.arff"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if xml is not None:
            (tmp_path / "t.xml").write_text(xml)
        return path

    return write


def rows(text, header=HEADER):
    """Return a whole file with these rows under the usual header of three attributes."""
    return f"{header}@data\n{text}"


def xml_of(*names):
    """Return Mulan's list of these labels."""
    return "<labels>" + "".join(f'<label name="{name}"/>' for name in names) + "</labels>"


def table_of(readme):
    """Return the README's rows: file, rows, features, nominal, labels, cardinality, stored."""
    pattern = (
        r"\| (\S+\.arff\S*) \| (\d+) \| (\d+) \((\d+)\) \| (\d+) \| ([\d.]+) .*\| (dense|csr) \|"
    )
    return re.findall(pattern, readme)


# Real files


def test_reads_every_reference_file_as_its_table_says(reference):
    """Rows, features, nominal features, labels, cardinality and storage agree for all twelve."""
    table = table_of((reference / "data" / "README.md").read_text())
    assert len(table) == 12
    for file, n, d, nominal, labels, cardinality, stored in table:
        data = load_arff(reference / "data" / file)
        found = (data.n_samples, data.n_features, int(data.categorical.sum()), data.n_labels)
        assert found == (int(n), int(d), int(nominal), int(labels)), file
        assert f"{data.Y.sum() / data.n_samples:.3f}" == cardinality, file
        assert sp.issparse(data.X) == (stored == "csr"), file


def liac_columns(path):
    """Return liac-arff's attributes and its matrix of value indices and numbers."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        text = file.read()
    kind = liac.LOD if "\n{" in text else liac.DENSE
    found = liac.loads(text, encode_nominal=True, return_type=kind)
    shape = (len(found["data"]), len(found["attributes"]))
    if kind == liac.DENSE:
        return found["attributes"], np.array(found["data"], dtype=float).reshape(shape)
    matrix = np.zeros(shape)
    for i, row in enumerate(found["data"]):
        matrix[i, list(row)] = list(row.values())
    return found["attributes"], matrix


@pytest.mark.parametrize(
    "file", ["flags.arff", "birds.arff.gz", "emotions.arff", "enron.arff.gz", "genbase.arff.gz"]
)
def test_agrees_with_liac_arff_value_by_value(reference, file):
    """Names, categories and every single value are those that liac-arff reads."""
    path = reference / "data" / file
    attributes, matrix = liac_columns(path)
    data = load_arff(path)
    # liac-arff leaves the escapes of names as they stand in the file.
    names = [name.replace("\\'", "'") for name, _ in attributes]
    features = [names.index(name) for name in data.feature_names]
    labels = [names.index(name) for name in data.label_names]
    assert sorted(features + labels) == list(range(len(names)))
    X = data.X.toarray() if sp.issparse(data.X) else data.X
    np.testing.assert_array_equal(X, matrix[:, features])
    np.testing.assert_array_equal(data.Y.toarray(), matrix[:, labels])
    for j, column in enumerate(features):
        kind = attributes[column][1]
        assert list(data.categories.get(j, [])) == (kind if isinstance(kind, list) else [])


@pytest.mark.parametrize("name", ["emotions", "flags", "genbase"])
def test_agrees_with_mulan(reference, name):
    """Features (nominal ones as value index) and labels are those that Mulan's code read."""
    [path] = (reference / "data").glob(f"{name}.arff*")
    data = load_arff(path)
    with np.load(reference / "oracle" / "mulan" / f"{name}.npz") as oracle:
        np.testing.assert_array_equal(data.X, oracle["X"])
        np.testing.assert_array_equal(data.Y.toarray(), oracle["Y"])
        nominal = oracle["feature_nominal_nvalues"]
    np.testing.assert_array_equal(data.categorical, nominal > 0)
    assert {j: len(values) for j, values in data.categories.items()} == {
        int(j): int(nominal[j]) for j in np.flatnonzero(nominal)
    }
    names = json.loads((reference / "oracle" / "mulan" / f"{name}.json").read_text())
    assert data.label_names == names["label_names"]


def test_labels_follow_the_header_not_the_xml(reference):
    """Each column of yeast's Y is the header's column of that name."""
    data = load_arff(reference / "data" / "yeast.arff.gz")
    with gzip.open(reference / "data" / "yeast.arff.gz", "rt") as file:
        declared = re.findall(r"@attribute (Class\d+)", file.read())
    assert data.label_names == declared


def test_escaped_label_names_meet_their_xml(reference):
    """The XML of birds escapes its apostrophes a second time; the plain names come out."""
    names = load_arff(reference / "data" / "birds.arff.gz").label_names
    assert "Swainson's Thrush" in names
    assert not any("\\" in name for name in names)


@pytest.mark.parametrize("file", ["birds.arff.gz", "yeast.arff.gz", "corel5k.arff"])
def test_saves_real_files_without_loss(reference, tmp_path, file):
    """What was loaded, saved and loaded again is the same to the last bit."""
    data = load_arff(reference / "data" / file)
    save_arff(data, tmp_path / "again.arff.gz")
    assert_same(load_arff(tmp_path / "again.arff.gz"), data)


# Small files: what is read


def test_reads_numbers_nominal_values_and_labels(write):
    """The three kinds of columns land where they belong."""
    data = load_arff(write(rows("2.5,red,1\n-1e3,'dark blue',0\n")), labels=["y"])
    np.testing.assert_array_equal(data.X, [[2.5, 0], [-1000, 1]])
    assert data.X.flags.c_contiguous
    assert data.Y.toarray().tolist() == [[1], [0]]
    assert isinstance(data.Y, sp.csr_array)
    assert data.Y.dtype == np.int8
    assert (data.feature_names, data.label_names) == (["size", "hue"], ["y"])
    assert data.categories == {1: ("red", "dark blue")}
    assert data.categorical.tolist() == [False, True]
    assert data.name == "t"


def test_question_marks_are_missing_but_quoted_ones_are_values(write):
    """A bare ? is NaN in both kinds of columns; '?' is the value of that name."""
    header = "@relation t\n@attribute a real\n@attribute b {x,'?'}\n@attribute y {0,1}\n"
    data = load_arff(write(rows("?,?,1\n1,'?',0\n", header)), labels=1 - 2)
    np.testing.assert_array_equal(data.X, [[np.nan, np.nan], [1, 1]])


def test_sparse_rows_leave_zero_and_the_first_value_out(write):
    """Sparse rows become a csr_array in which 0 and the first value are not stored."""
    text = "{0 2.5, 2 1}\n{}\n{ 1 'dark blue' }\n{0 ?,1 red}\n{0 0}\n"
    data = load_arff(write(rows(text)), labels=["y"])
    assert isinstance(data.X, sp.csr_array)
    np.testing.assert_array_equal(data.X.toarray(), [[2.5, 0], [0, 0], [0, 1], [np.nan, 0], [0, 0]])
    assert data.X.nnz == 3
    assert data.Y.toarray().ravel().tolist() == [1, 0, 0, 0, 0]


def test_an_absent_label_declared_the_other_way_round_is_one(write):
    """In sparse rows {1,0} means 1 when nothing stands; in dense rows the order says nothing."""
    header = "@relation t\n@attribute a real\n@attribute y {1,0}\n@attribute z {0,1}\n"
    data = load_arff(write(rows("{0 1}\n{1 0}\n{1 1,2 1}\n", header)), labels=-2)
    assert data.Y.toarray().tolist() == [[1, 0], [0, 0], [1, 1]]
    assert data.Y.nnz == 3
    data = load_arff(write(rows("0,1,0\n0,0,1\n", header)), labels=-2)
    assert data.Y.toarray().tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("kind", "no", "yes"),
    [("numeric", "0", "1.0"), ("{FALSE,TRUE}", "FALSE", "TRUE"), ("{true,false}", "false", "true")],
)
def test_labels_may_be_numeric_or_truth_words(write, kind, no, yes):
    """Besides {0,1}, numeric labels and OpenML's words are understood."""
    header = f"@relation t\n@attribute a real\n@attribute y {kind}\n"
    data = load_arff(write(rows(f"1,{no}\n2,{yes}\n", header)), labels=["y"])
    assert data.Y.toarray().ravel().tolist() == [0, 1]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_blanks_comments_case_and_line_ends_do_not_matter(write, end):
    """Line ends, byte order mark, comments, blank lines, tabs and capitals change nothing."""
    text = (
        "\ufeff% by hand\r\n@RELATION 'a b'\r\n\r\n@Attribute\tsize\tREAL % metres\r\n"
        '  @attribute hue{ red , "dark blue" } % two\r\n@ATTRIBUTE y {0, 1}\r\n@DATA % here\r\n'
        '% nothing\r\n 2.5 ,\tred , 1\r\n\r\n1,"dark blue",0 % last'
    )
    data = load_arff(write(text.replace("\r\n", end)), labels=["y"])
    plain = load_arff(write(rows("2.5,red,1\n1,'dark blue',0\n"), name="p.arff"), labels=["y"])
    assert data.name == "a b"
    np.testing.assert_array_equal(data.X, plain.X)
    assert data.categories == plain.categories
    assert data.Y.toarray().tolist() == plain.Y.toarray().tolist()


def test_quoted_names_lose_their_quotes_and_escapes(write):
    r"""Both quotes, \', \", \\, \t, \%, octal and \u escapes mean what WEKA means by them."""
    header = (
        r"@attribute 'it\'s \\ 5\% \"x\"' real"
        "\n"
        r'@attribute "a, {b}" real'
        "\n"
        r"@attribute 'tab\tA\u00e9\101' real"
        "\n@attribute y {0,1}\n"
    )
    data = load_arff(write(rows("1,2,3,0\n", header)), labels=["y"])
    assert data.feature_names == ['it\'s \\ 5% "x"', "a, {b}", "tab\tAéA"]
    assert data.name == "t"


def test_latin_1_is_read_where_utf_8_fails(write):
    """An old file with a Latin-1 name opens."""
    text = rows("1,0\n", "@relation t\n@attribute café real\n@attribute y {0,1}\n")
    assert load_arff(write(text.encode("latin-1")), labels=1 - 2).feature_names == ["café"]
    assert load_arff(write(text), labels=1 - 2).feature_names == ["café"]


def test_odd_line_separators_inside_a_value_do_not_break_the_line(write):
    """A vertical tab or a Unicode line separator is no end of line."""
    header = "@relation t\n@attribute a {'x\u2028z','u\x0bv'}\n@attribute y {0,1}\n"
    data = load_arff(write(rows("'u\x0bv',1\n'x\u2028z',0\n", header)), labels=["y"])
    assert data.X.ravel().tolist() == [1, 0]


def test_gzip_is_known_by_its_content(write):
    """A gzipped file opens whatever its name ends in."""
    packed = gzip.compress(rows("2,red,1\n").encode())
    assert load_arff(write(packed), labels=["y"]).n_samples == 1


def test_a_file_without_rows_has_none(write):
    """Nothing under @data gives matrices of no rows."""
    data = load_arff(write(rows("")), labels=["y"])
    assert (data.X.shape, data.Y.shape) == ((0, 2), (0, 1))


# Small files: which attributes are labels


@pytest.mark.parametrize(("labels", "expected"), [(1, ["a"]), (2, ["a", "b"]), (-1, ["c"])])
def test_a_number_counts_labels_from_either_end(write, labels, expected):
    """Positive counts from the front, negative from the end."""
    header = "@attribute a {0,1}\n@attribute b {0,1}\n@attribute c {0,1}\n"
    assert load_arff(write(rows("1,0,1\n", header)), labels=labels).label_names == expected


def test_names_given_in_any_order_come_out_in_the_header_s(write):
    """A list of names is a set."""
    header = "@attribute a {0,1}\n@attribute b {0,1}\n@attribute c real\n"
    data = load_arff(write(rows("1,0,1\n", header)), labels=["b", "a"])
    assert data.label_names == ["a", "b"]
    assert data.Y.toarray().tolist() == [[1, 0]]


@pytest.mark.parametrize("name", ["t.arff", "t.arff.gz"])
def test_the_xml_beside_the_file_is_found(write, name):
    """The stem is what stands before .arff or .arff.gz."""
    text = rows("2,red,1\n").encode()
    path = write(gzip.compress(text) if name.endswith("gz") else text, xml_of("y"), name)
    assert load_arff(path).label_names == ["y"]


def test_nested_labels_are_all_taken(write):
    """A hierarchy of labels counts as a flat list."""
    header = "@attribute a {0,1}\n@attribute b {0,1}\n@attribute c real\n"
    xml = (
        '<?xml version="1.0"?><labels xmlns="http://mulan.sourceforge.net/labels">'
        '<label name="a"><label name="b"/></label></labels>'
    )
    assert load_arff(write(rows("1,0,1\n", header), xml)).label_names == ["a", "b"]


def test_an_xml_elsewhere_may_be_named(write, tmp_path):
    """The list's path stands in for the one beside the file."""
    (tmp_path / "other.xml").write_text(xml_of("y"))
    assert load_arff(write(rows("2,red,1\n")), tmp_path / "other.xml").n_labels == 1
    assert load_arff(write(rows("2,red,1\n")), str(tmp_path / "other.xml")).n_labels == 1


@pytest.mark.parametrize(("option", "expected"), [("-C 1", ["a"]), ("-C -2", ["b", "c"])])
def test_meka_counts_labels_in_the_relation(write, option, expected):
    """MEKA writes -C n into the relation's name; it is no part of the data set's name."""
    header = (
        f"@relation 'Music: -t 3 {option} -split 66'\n"
        "@attribute a {0,1}\n@attribute b {0,1}\n@attribute c {0,1}\n"
    )
    data = load_arff(write(rows("1,0,1\n", header)))
    assert (data.label_names, data.name) == (expected, "Music")


# Small files: what is refused


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("1,red,0\n\n1,red\n", 8, "2 values; expected 3"),
        ("1,red,0,1\n", 6, "4 values; expected 3"),
        ("1,red,0,\n", 6, "4 values; expected 3"),
        ("1,green,0\n", 6, "'green' is not a value of attribute 'hue'.*'red', 'dark blue'"),
        ("x,red,0\n", 6, "'x' is not a number, as attribute 'size' wants"),
        ("1_0,red,0\n", 6, "'1_0' is not a number"),
        ("'?',red,0\n", 6, r"'\?' is not a number"),
        (",red,0\n", 6, "'' is not a number"),
        ("1,'red,0\n", 6, "cannot read"),
        ("1,'red' x,0\n", 6, "cannot read"),
        ("1,red,0\n{0 1}\n", 7, "sparse row in a file that began with dense"),
        ("{0 1}\n1,red,0\n", 7, "dense row in a file that began with sparse"),
        ("1,red,0,{5}\n", 6, "instance weights"),
        ("{0 1},{5}\n", 6, "instance weights"),
        ("{0 1,3 1}\n", 6, "index 3 is out of range; expected 0 to 2"),
        ("{-1 1}\n", 6, "index -1 is out of range"),
        ("{0 1,0 2}\n", 6, "index 0 stands twice"),
        ("{1 red,0 1}\n", 6, "index 0 comes after 1"),
        ("{0 1 2 1}\n", 6, "cannot read|not a number"),
        ("{0 1 5,2 1}\n", 6, "cannot read|not a number"),
        ("{0 x}\n", 6, "'x' is not a number"),
        ("{0 1_0}\n", 6, "'1_0' is not a number"),
        ("{1 green}\n", 6, "'green' is not a value"),
        ("{0 1\n", 6, "cannot read"),
        ("{0}\n", 6, "cannot read"),
        ("1,red,?\n", 6, "label 'y' is nan; expected 0 or 1"),
        ("{0 1}\n{2 ?}\n", 7, "label 'y' is nan; expected 0 or 1"),
    ],
)
def test_a_broken_row_is_named_with_its_line(write, text, line, message):
    """The error says file, line and what was expected, and carries both as attributes."""
    path = write(rows(text))
    with pytest.raises(ArffError, match=message) as caught:
        load_arff(path, labels=["y"])
    assert (caught.value.path, caught.value.line) == (path, line)
    assert str(caught.value).startswith(f"{path}, line {line}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("header", "line", "message"),
    [
        ("@attribute a string\n", 1, "attribute 'a' has the type 'string'; expected numeric"),
        ("@attribute a date 'yyyy'\n", 1, "has the type"),
        ("@attribute a\n", 1, "has the type ''"),
        ("@attribute 'a real\n", 1, "cannot read the attribute"),
        ("@attribute a {x,y\n", 1, "cannot read the values of attribute 'a'"),
        ("@attribute a {x,x}\n", 1, "'x' stands twice"),
        ("@attribute a {}\n", 1, "has no values"),
        ("@attribute a real\n@attribute a real\n", 2, "'a' was declared in line 1 already"),
        ("\nhello\n", 2, "'hello' in the header"),
        ("@atribute a real\n", 1, "'@atribute a real' in the header"),
    ],
)
def test_a_broken_header_is_named_with_its_line(write, header, line, message):
    """Wrong declarations are found where they stand."""
    with pytest.raises(ArffError, match=message) as caught:
        load_arff(write(f"{header}@attribute y {{0,1}}\n@data\n"), labels=["y"])
    assert caught.value.line == line


def test_a_file_without_data_is_refused(write):
    """A header alone is a file cut short."""
    with pytest.raises(ArffError, match="no @data line"):
        load_arff(write(HEADER), labels=["y"])


@pytest.mark.parametrize(
    ("kind", "row", "line", "message"),
    [
        ("numeric", "1,2", 4, "label 'y' is 2; expected 0 or 1"),
        ("numeric", "{1 0.5}", 4, "label 'y' is 0.5; expected 0 or 1"),
        ("{a,b}", "1,a", 2, "label 'y' has the values 'a', 'b'; expected 0 and 1"),
        ("{0,1,2}", "1,0", 2, "label 'y' has the values '0', '1', '2'"),
    ],
)
def test_a_label_that_is_not_binary_is_refused(write, kind, row, line, message):
    """Only 0 and 1 are labels, whether the declaration or a row says otherwise."""
    header = f"@attribute a real\n@attribute y {kind}\n"
    with pytest.raises(ArffError, match=message) as caught:
        load_arff(write(rows(row, header)), labels=["y"])
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "labels is None, but there is no t.xml.*pass labels"),
        (["hues"], "label 'hues' is not an attribute.*did you mean 'hue'"),
        (["Q"], "label 'Q' is not an attribute.*expected some of 'size', 'hue', 'y'"),
        (["y", "y"], "name in labels 'y' stands twice"),
        ([], "at least one label and one feature"),
        (["size", "hue", "y"], "at least one label and one feature"),
        (0, "labels is 0, but the file has 3 attributes"),
        (3, "labels is 3, but the file has 3 attributes; expected 1 to 2"),
        (-3, "labels is -3"),
    ],
)
def test_wrong_labels_are_refused_with_the_remedy(write, labels, message):
    """The error names the parameter, what came and what would do."""
    with pytest.raises(ValueError, match=message):
        load_arff(write(rows("1,red,0\n")), labels=labels)


def test_labels_of_another_kind_are_refused(write):
    """A float is neither a number of labels nor a list of names."""
    with pytest.raises(TypeError, match=r"labels is 1\.5; expected"):
        load_arff(write(rows("1,red,0\n")), labels=1.5)


@pytest.mark.parametrize(
    ("xml", "line", "message"),
    [
        ("<labels>\n<label name='y'>\n</labels>", 3, "not well-formed"),
        ("<labels><label/></labels>", None, "expected <label name"),
        ("<labels/>", None, "expected <label name"),
        (xml_of("y", "zz"), None, "label 'zz' is not an attribute"),
        ('<!DOCTYPE l [<!ENTITY e "y">]><labels><label name="&e;"/></labels>', None, "refused"),
    ],
)
def test_a_broken_xml_is_named(write, xml, line, message):
    """What is wrong with the label list is told with the list's own path."""
    path = write(rows("1,red,0\n"), xml)
    with pytest.raises(ArffError, match=message) as caught:
        load_arff(path)
    assert (caught.value.path, caught.value.line) == (path.with_name("t.xml"), line)


@pytest.mark.parametrize("labels", [None, 1, "nowhere.xml"])
def test_a_missing_file_is_named_in_one_line(tmp_path, write, labels):
    """Both the ARFF and the XML are named when they are not there."""
    path = write(rows("1,red,0\n")) if labels == "nowhere.xml" else tmp_path / "nowhere.arff"
    with pytest.raises(FileNotFoundError, match=r"^no such file: \S*nowhere\S*"):
        load_arff(path, labels)


def test_a_truncated_gzip_is_named(write):
    """Half a download is no ARFF file."""
    packed = gzip.compress(rows("2,red,1\n" * 50).encode())
    with pytest.raises(ArffError, match="not a whole gzip file"):
        load_arff(write(packed[: len(packed) // 2]), labels=["y"])


def test_errors_survive_pickling():
    """An error crosses from a worker process with its place."""
    error = pickle.loads(pickle.dumps(ArffError("wrong", "t.arff", 3)))
    assert (str(error), error.path, error.line) == ("t.arff, line 3: wrong", "t.arff", 3)


# Writing


def assert_same(one, other):
    """Assert that two data sets are equal in every part."""
    dense = [(d.X.toarray() if sp.issparse(d.X) else d.X, d.Y.toarray()) for d in (one, other)]
    np.testing.assert_array_equal(dense[0][0], dense[1][0])
    np.testing.assert_array_equal(dense[0][1], dense[1][1])
    assert sp.issparse(one.X) == sp.issparse(other.X)
    np.testing.assert_array_equal(one.categorical, other.categorical)
    for part in ("feature_names", "label_names", "categories", "name"):
        assert getattr(one, part) == getattr(other, part)


# Everything but what UTF-8 or XML cannot hold, with what ARFF finds special drawn often.
CHARACTERS = st.sampled_from("'\"\\%{}?,@ \t\n\r_éß1a\u2028\x0b\xa0<&") | st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"
)
NAMES = st.text(CHARACTERS, max_size=8)
LABEL_NAMES = NAMES.filter(lambda name: "\x0b" not in name)
FLOATS = st.floats(width=64) | st.sampled_from([0.0, 0.1, 3.0, np.nan, np.inf, -np.inf])


@st.composite
def datasets(draw):
    """Draw a small data set with nasty names, values and categories."""
    n, d, labels = draw(st.tuples(*[st.integers(1, 4)] * 3))
    targets = draw(st.lists(LABEL_NAMES, min_size=labels, max_size=labels, unique=True))
    others = NAMES.filter(lambda name: name not in targets)
    names = draw(st.lists(others, min_size=d, max_size=d, unique=True))
    nominal = draw(st.lists(st.booleans(), min_size=d, max_size=d))
    values = st.lists(NAMES, min_size=1, max_size=4, unique=True)
    categories = {j: draw(values) for j in range(d) if nominal[j]}
    X = np.zeros((n, d))
    for i, j in np.ndindex(n, d):
        codes = st.sampled_from([np.nan, *range(len(categories.get(j, [])))])
        X[i, j] = draw(codes if nominal[j] else FLOATS)
    Y = draw(st.lists(st.lists(st.integers(0, 1), min_size=labels, max_size=labels),
                      min_size=n, max_size=n))  # fmt: skip
    if draw(st.booleans()):
        X = sp.csr_array(X)
    name = draw(st.text(CHARACTERS, min_size=1, max_size=8))
    return Dataset(X, np.array(Y), names, targets, nominal, categories, name)


@settings(max_examples=80, deadline=None)
@given(data=datasets(), suffix=st.sampled_from([".arff", ".arff.gz"]))
def test_loading_gives_back_what_was_saved(tmp_path_factory, data, suffix):
    """Every name, category and value survives, in both storages."""
    path = tmp_path_factory.mktemp("saved") / f"data{suffix}"
    save_arff(data, path)
    assert_same(load_arff(path), data)


def test_liac_arff_reads_what_was_saved(tmp_path):
    """Another reader sees the same values: quoted categories, missing ones, numbers."""
    data = Dataset(
        [[0.1, 1], [np.nan, 0], [1e-300, np.nan]], [[1], [0], [1]], ["a b", "c"], ["it's"],
        [False, True], {1: ["x, y", "it's"]}, "toy",
    )  # fmt: skip
    save_arff(data, tmp_path / "t.arff")
    attributes, matrix = liac_columns(tmp_path / "t.arff")
    assert attributes[1][1] == ["x, y", "it's"]
    np.testing.assert_array_equal(matrix, [[0.1, 1, 1], [np.nan, 0, 0], [1e-300, np.nan, 1]])


def test_infinities_are_written_as_weka_reads_them(tmp_path):
    """Java knows Infinity, not inf."""
    save_arff(Dataset([[np.inf], [-np.inf]], [[1], [0]], ["a"], ["b"]), tmp_path / "t.arff")
    assert (tmp_path / "t.arff").read_text().endswith("\nInfinity,1\n-Infinity,0\n")


def test_a_compressed_file_bears_no_time_of_day(tmp_path):
    """The time in gzip's header (bytes 4 to 7) is empty, so that equal data make equal files."""
    save_arff(Dataset([[1.0]], [[1]], ["a"], ["b"], name="toy"), tmp_path / "t.arff.gz")
    assert (tmp_path / "t.arff.gz").read_bytes()[4:8] == bytes(4)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t.arff.gz", "t.xml"]


def broken(**changes):
    """Return a small data set with one thing that cannot be written."""
    parts = {"X": [[0.5]], "Y": [[1]], "feature_names": ["a"], "label_names": ["b"]}
    return Dataset(**{**parts, **changes})


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (broken(), "t.csv", r"expected a name ending in \.arff"),
        (broken(label_names=["a"]), "t.arff", "column name 'a' stands twice"),
        (broken(label_names=["\x00"]), "t.arff", "XML has no .*rename the label"),
        (
            broken(categorical=[True], categories={0: ["x", "y"]}),
            "t.arff",
            r"nominal feature 'a' holds 0\.5 in row 0",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_left(tmp_path, data, name, message):
    """A refusal comes before the first byte; the file that was there stays."""
    (tmp_path / name).write_text("old")
    with pytest.raises(ValueError, match=message):
        save_arff(data, tmp_path / name)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [(name, "old")]


def test_saving_into_no_folder_is_refused(tmp_path):
    """A missing folder is named."""
    with pytest.raises(FileNotFoundError, match="no such folder"):
        save_arff(broken(), tmp_path / "none" / "t.arff")


def test_a_failing_replacement_leaves_no_part_behind(tmp_path, monkeypatch):
    """When the disk refuses, the old file stays and the half-written one goes."""

    def refuse(*_):
        raise OSError("disk full")

    (tmp_path / "t.arff").write_text("old")
    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        save_arff(broken(), tmp_path / "t.arff")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("t.arff", "old")]


# The data set itself


def test_frames_bear_value_names_and_dtypes():
    """Nominal columns become Categorical, missing values NaN, labels int8."""
    pd = pytest.importorskip("pandas")
    data = Dataset([[0.5, 1], [1.5, np.nan]], [[1, 0], [0, 1]], ["a", "a"], ["p", "q"],
                   [False, True], {1: ["x", "y"]})  # fmt: skip
    X, Y = data.to_frame()
    assert list(X.columns) == ["a", "a"]
    assert X.iloc[:, 0].tolist() == [0.5, 1.5]
    assert X.iloc[:, 1].dtype == pd.CategoricalDtype(["x", "y"])
    assert X.iloc[0, 1] == "y"
    assert X.iloc[:, 1].isna().tolist() == [False, True]
    assert (Y.dtypes == np.int8).all()
    assert Y.to_numpy().tolist() == [[1, 0], [0, 1]]


def test_sparse_frames_stay_sparse():
    """Numeric columns and labels get pandas' sparse dtypes; nominal ones their first value."""
    pd = pytest.importorskip("pandas")
    X = sp.csr_array([[0.0, 1.0], [2.0, 0.0]])
    frame, labels = Dataset(
        X, [[1], [0]], ["a", "b"], ["y"], [False, True], {1: ["u", "v"]}
    ).to_frame()
    assert isinstance(frame["a"].dtype, pd.SparseDtype)
    assert frame["a"].tolist() == [0, 2]
    assert frame["b"].tolist() == ["v", "u"]
    assert labels["y"].dtype == pd.SparseDtype(np.int8, 0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"X": [[1.0], [2.0]]}, "X has 2 rows but Y has 1"),
        ({"X": [1.0]}, "X has 1 dimensions; expected 2"),
        ({"Y": [[2]]}, r"Y holds 2\.0; expected only 0 and 1"),
        ({"Y": sp.csr_array([[0.5]])}, r"Y holds 0\.5; expected only 0 and 1"),
        ({"feature_names": []}, "X has 1 columns but feature_names 0"),
        ({"label_names": ["a", "b"]}, "Y has 1 columns but label_names 2"),
        ({"categorical": [True]}, r"categorical marks columns \[0\] but categories describes \[\]"),
        ({"categorical": [True, False]}, "X has 1 columns but categorical 2"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes, message):
    """A data set whose parts disagree cannot be made."""
    with pytest.raises(ValueError, match=message):
        broken(**changes)


def test_the_caller_s_matrices_are_left_alone():
    """Unsorted input with stored zeros is copied before it is put in order."""
    X = sp.csr_array((np.array([1.0, 0.0]), np.array([1, 0]), np.array([0, 2])), shape=(1, 2))
    Y = sp.csr_array((np.array([1, 0]), np.array([1, 0]), np.array([0, 2])), shape=(1, 2))
    data = Dataset(X, Y, ["a", "b"], ["y", "z"])
    assert (X.nnz, Y.nnz) == (2, 2)
    assert X.indices.tolist() == [1, 0]
    assert (data.X.nnz, data.Y.nnz) == (1, 1)
    assert data.Y.has_canonical_format


def test_the_summary_tells_the_size():
    """One line names rows, features, storage and labels."""
    data = Dataset(sp.csr_array([[1.0, 0.0]]), [[1]], ["a", "b"], ["y"], name="toy")
    assert repr(data) == "Dataset('toy': 1 rows, 2 features (0 nominal, sparse), 1 labels)"
    assert (data.n_samples, data.n_features, data.n_labels) == (1, 2, 1)


def test_frames_without_pandas_name_the_remedy(monkeypatch):
    """Whoever names labels on the command line meets this."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install 'skml_aemlo\[compare\]'"):
        Dataset([[1.5]], [[1]], ["size"], ["big"]).to_frame()


def test_reading_needs_no_pandas(write):
    """In a process where pandas cannot be imported, a file still loads."""
    path = write(rows("2.5,red,1\n"))
    code = (
        "import sys; sys.modules['pandas'] = None\n"
        "from skml_aemlo.datasets import load_arff\n"
        f"print(load_arff({str(path)!r}, labels=['y']).n_samples)"
    )
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=False
    )
    assert done.stdout == "1\n", done.stderr
