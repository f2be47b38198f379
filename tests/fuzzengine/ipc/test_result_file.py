from __future__ import annotations

from pathlib import Path

from fuzzengine.ipc import result_file


def test_what_was_appended_is_read(tmp_path: Path) -> None:
    path = str(tmp_path / "not yet there" / "result")
    assert result_file.create(path)
    result_file.append(path, result_file.NO_TESTS)
    for written in ("a\nb", "\udc80", "\\n é "):
        result_file.append(path, result_file.WRITTEN, written)
    result = result_file.read(path)
    assert (result.no_tests, result.no_fuzz_tests) == (True, False)
    assert result.written == ["a\nb", "\udc80", "\\n é "]
    assert not result.finished
    result_file.finish(path)
    assert result_file.read(path).finished


def test_a_program_that_tells_nothing_or_is_killed_while_it_does(tmp_path: Path) -> None:
    path = tmp_path / "result"
    assert not result_file.read(str(path)).no_tests
    path.write_text("no-fuzz-tests \nwritten \xe9 \\x\nwritten 2f61")
    result = result_file.read(str(path))
    assert result.no_fuzz_tests
    assert result.written == [""]


def test_without_a_file_nothing_happens(tmp_path: Path) -> None:
    result_file.append("", result_file.NO_TESTS)
    occupied = tmp_path / "file"
    occupied.write_text("")
    result_file.append(str(occupied / "result"), result_file.NO_TESTS)
    assert occupied.read_text() == ""


def test_only_statuses_that_the_program_chooses_are_read(tmp_path: Path) -> None:
    path = tmp_path / "result"
    for text, status in (("3", 3), ("70", 0), ("-1", 0), ("x", 0)):
        path.write_text(f"status {text.encode().hex()}\n")
        assert result_file.read(str(path)).status == status
