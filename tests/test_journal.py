"""The file of results: what it refuses, what it survives, and what a kill leaves of it."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from skml_aemlo.compare.journal import Journal

OPENING = {"format": "skml_aemlo comparison 1", "experiment": {}}
CELLS = {f"k{i}": {"macro_f": i / 8, "name": "ä ≥ \ud83d"} for i in range(3)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a file with three cells, written by hand."""
    lines = [OPENING, *({"key": key, "cell": cell} for key, cell in CELLS.items())]
    (tmp_path / "results.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path / "results.jsonl"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Every line is JSON by itself, the first says what the file is."""
    out = tmp_path / "deep" / "results.jsonl"
    journal = Journal(out)
    for key, cell in CELLS.items():
        journal.append_cell(key, cell)
    first, *others = (json.loads(line) for line in out.read_text().splitlines())
    assert first == OPENING
    assert {line["key"]: line["cell"] for line in others} == CELLS
    assert Journal(out).cells == CELLS


def test_reading_changes_nothing(path: Path) -> None:
    """Half a line may be one that another process is writing just now."""
    content = path.read_bytes()[:-9]
    path.write_bytes(content)
    assert list(Journal(path).cells) == ["k0", "k1"]
    assert path.read_bytes() == content


@pytest.mark.parametrize("tail", [b'{"key": "k3", "ce', b"\0" * 50, b"\xff\xfe"])
def test_a_last_line_without_its_end_is_cut_off_by_the_next_to_write(
    path: Path, tail: bytes
) -> None:
    """What a kill, or a lost current, left behind makes room for a whole line."""
    before = path.read_bytes()
    path.write_bytes(before + tail)
    Journal(path).append_cell("k3", {"macro_f": 1})
    assert path.read_bytes() == before + b'{"key": "k3", "cell": {"macro_f": 1}}\n'


@pytest.mark.parametrize("content", [b"", b"{", b'{"format": "skml_aemlo comparison 1", "exper'])
def test_a_file_that_was_hardly_begun_is_begun_again(path: Path, content: bytes) -> None:
    """An empty file, and one whose first line was cut short."""
    path.write_bytes(content)
    Journal(path).append_cell("k", {"macro_f": 1})
    assert [*map(json.loads, path.read_text().splitlines())] == [
        OPENING,
        {"key": "k", "cell": {"macro_f": 1}},
    ]


@pytest.mark.parametrize(
    "garbage",
    [
        b"nonsense",
        b"",
        b"\xff\x00\r\x85",
        b"[" * 100_000,
        b"[1]",
        b"7",
        b"null",
        b'"experiment"',
        b'{"experiment": 3}',
        b'{"key": "k"}',
        b'{"key": ["k"], "cell": {}}',
        b'{"key": "k", "cell": [1]}',
    ],
    ids=lambda garbage: repr(garbage[:12]),
)
def test_a_broken_line_in_the_middle_is_named(path: Path, garbage: bytes) -> None:
    """File, line and remedy; a person has to look at it, so nothing is changed."""
    lines = path.read_bytes().split(b"\n")
    content = b"\n".join([*lines[:2], garbage, *lines[2:]])
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"results\.jsonl, line 3, is broken.*remove that line"):
        Journal(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"mine": 1}\n', "is not a file of comparison results"),
        (b"PK\x03\x04", "is not a file of comparison results"),
        (b'{"format": "skml_aemlo comparison 12", "e', r"another version .*\(format 12, .* 1\)"),
        (b'{"format": "skml_aemlo comparison 2"}\n', r"another version .*\(format 2, .* 1\)"),
    ],
)
def test_files_of_others_are_refused_and_left_alone(
    path: Path, content: bytes, problem: str
) -> None:
    """A wrong path, or an older file, costs nobody anything."""
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"{problem}.*choose another place for out"):
        Journal(path)
    assert path.read_bytes() == content


def test_a_folder_and_a_device_are_no_files(tmp_path: Path) -> None:
    """Each is named, with what to give instead."""
    with pytest.raises(ValueError, match="is a folder; name a file in it"):
        Journal(tmp_path)
    with pytest.raises(ValueError, match="no ordinary file"):
        Journal(os.devnull)


def test_links_are_followed(path: Path) -> None:
    """To a file that is there, and to one that is not yet; a circle of links is refused."""
    link, dangling, circle = (path.with_name(name) for name in ("link", "dangling", "circle"))
    link.symlink_to(path)
    dangling.symlink_to(path.with_name("new.jsonl"))
    circle.symlink_to(circle)
    Journal(link).append_cell("k3", {"macro_f": 1})
    assert "k3" in Journal(path).cells
    assert link.is_symlink()
    Journal(dangling).append_cell("k", {"macro_f": 1})
    assert "k" in Journal(path.with_name("new.jsonl")).cells
    with pytest.raises(OSError, match=r"circle cannot be (read|written) \(.+; choose another"):
        Journal(circle).append_cell("k", {})


def test_a_place_that_cannot_be_written_is_named(path: Path) -> None:
    """A folder that cannot be made, because a file has its name."""
    with pytest.raises(OSError, match=r"results\.jsonl.below cannot be .*choose another place"):
        Journal(path / "below").append_cell("k", {})


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("locked", ["file", "folder"])
def test_permissions_are_obeyed(tmp_path: Path, locked: str) -> None:
    """A file or a folder that is read-only is told before anything is computed."""
    out = tmp_path / "sub" / "results.jsonl"
    out.parent.mkdir()
    if locked == "file":
        out.touch(0o400)
    out.parent.chmod(0o500)
    with pytest.raises(PermissionError, match="cannot be written"), Journal(out).writing():
        pass
    out.parent.chmod(0o700)


def test_a_full_disk_leaves_whole_lines(path: Path) -> None:
    """The kernel itself stops in the middle of a line; what was begun is cut off again."""
    resource = pytest.importorskip("resource")
    before, journal = path.read_bytes(), Journal(path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with journal.writing():
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, limits[1]))
        try:
            with pytest.raises(OSError, match=r"results\.jsonl could not be written .*make room"):
                journal.append_cell("k3", {"text": "x" * 100})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert path.read_bytes() == before
        assert list(journal.cells) == list(CELLS)
        journal.append_cell("k3", {"macro_f": 1})
    assert list(Journal(path).cells) == [*CELLS, "k3"]


def test_a_disk_that_fills_and_fails_is_healed_by_the_next_run(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the half line cannot be cut off, it costs nothing but its own cell."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left on device"):
            Journal(path).append_cell("k3", {"macro_f": 1})
    assert list(Journal(path).cells) == list(CELLS)
    with path.open("ab") as file:
        file.write(b'{"key": "k3"')
    Journal(path).append_cell("k4", {"macro_f": 1})
    assert list(Journal(path).cells) == [*CELLS, "k4"]


def test_there_is_one_writer(path: Path) -> None:
    """A lock of another process is met with one clear error, and gone when that process is."""
    pytest.importorskip("fcntl")
    before = path.read_bytes()
    holder = (
        "import fcntl, sys; file = open(sys.argv[1], 'ab'); fcntl.flock(file, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(BlockingIOError, match=r"another process is writing to .*wait until"):
            Journal(path).append_cell("k3", {})
        assert list(Journal(path).cells) == list(CELLS)
        assert path.read_bytes() == before
        other.kill()
    Journal(path).append_cell("k3", {})


def test_a_file_system_without_locks_is_written_with_a_warning(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Better a file than none, but the reader is told."""
    fcntl = pytest.importorskip("fcntl")

    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.warns(UserWarning, match="has no locks"):
        Journal(path).append_cell("k3", {"macro_f": 1})
    assert "k3" in Journal(path).cells


def test_what_another_wrote_meanwhile_is_known_before_work(path: Path) -> None:
    """The file is read again once it is locked."""
    early = Journal(path)
    Journal(path).append_cell("k3", {"macro_f": 1})
    with early.writing():
        assert "k3" in early.cells
        early.append_cell("k4", {"macro_f": 1})
    assert list(Journal(path).cells) == [*CELLS, "k3", "k4"]


def test_a_journal_without_a_path_keeps_cells_in_memory() -> None:
    """Nothing is written, and cells can be looked up all the same."""
    journal = Journal(None)
    journal.append_cell("key", {"value": 1})
    assert journal.cells == {"key": {"value": 1}}
