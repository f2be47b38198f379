from __future__ import annotations

import compare
from compare import Verdict

UPSTREAM = """\
=== RUN   TestScript
--- FAIL: TestScript (1.00s)
    --- PASS: TestScript/README (0.10s)
    --- PASS: TestScript/one (0.50s)
    --- SKIP: TestScript/two (0.01s)
    --- FAIL: TestScript/three (2.00s)
"""
OURS = """\
ok   /go/src/one.txt (0.700s)
FAIL /go/src/two.txt (1.000s)
# a title (0.001s)
FAIL /go/src/three.txt (0.100s)
skip /go/src/four.txt (0.002s): a reason
1 passed, 2 failed, 1 skipped in 1.802s
"""
README = "| script | reason |\n|---|---|\n| `two` | because |\nand `five` is not in the table\n"


def test_both_outputs_are_read() -> None:
    assert compare.read_upstream(UPSTREAM) == {
        "one": Verdict("pass", 0.5),
        "two": Verdict("skip", 0.01),
        "three": Verdict("fail", 2.0),
    }
    ours = compare.read_ours(OURS)
    assert {name: verdict.outcome for name, verdict in ours.items()} == {
        "one": "pass",
        "two": "fail",
        "three": "fail",
        "four": "skip",
    }


def test_what_differs_is_named() -> None:
    assert compare.explained(README) == {"two"}
    upstream, ours = compare.read_upstream(UPSTREAM), compare.read_ours(OURS)
    report, good = compare.difference(upstream, ours, frozenset())
    assert not good
    assert "same verdict: 2 of 3" in report
    assert "two: upstream skip, ours fail (NOT EXPLAINED)" in report
    many = {f"s{number}": Verdict("pass", 0.0) for number in range(98)}
    report, good = compare.difference({**many, **upstream}, {**many, **ours}, frozenset({"two"}))
    assert good
    assert "(explained in README.md)" in report


def test_nothing_in_common_is_not_good() -> None:
    assert not compare.difference({}, {}, frozenset())[1]
