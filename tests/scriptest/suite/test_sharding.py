"""Tests of shards: every script in one of them, equally long, the same on every machine."""

from __future__ import annotations

import itertools
import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scriptest.suite import sharding
from scriptest.suite.suite import Selected


def script(name: str, variant: str = "") -> Selected:
    return Selected(name, "/x/" + name, id=variant)


def names(scripts: list[Selected]) -> list[str]:
    return [each.name for each in scripts]


@given(st.integers(0, 20), st.integers(1, 7))
def test_without_times_parts_have_the_same_size(count: int, parts: int) -> None:
    scripts = [script(f"{index}.txt") for index in range(count)]
    divided = sharding.by_count(scripts, parts)
    assert sorted(itertools.chain(*divided)) == sorted(scripts)
    assert max(map(len, divided)) - min(map(len, divided)) <= 1


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 100)), max_size=20),
    st.integers(1, 7),
    st.randoms(use_true_random=False),
)
def test_every_script_is_in_one_part(
    times: list[float | None], parts: int, random: random.Random
) -> None:
    scripts = [script(f"s/{index}.txt") for index in range(len(times))]
    known = {each.name: took for each, took in zip(scripts, times, strict=True) if took is not None}
    divided = sharding.by_time(scripts, parts, known)
    assert len(divided) == parts
    assert sorted(itertools.chain(*map(names, divided))) == sorted(names(scripts))
    # The order in which a machine finds scripts makes no difference, nor that of the times.
    random.shuffle(scripts)
    again = sharding.by_time(scripts, parts, dict(sorted(known.items(), reverse=True)))
    assert [sorted(names(part)) for part in again] == [sorted(names(part)) for part in divided]
    assert sharding.digest(again) == sharding.digest(divided)


def test_parts_keep_the_order_of_scripts() -> None:
    scripts = [script(f"{index}.txt") for index in range(20)]
    times = {each.name: float(index % 7) for index, each in enumerate(scripts)}
    for part in sharding.by_time(scripts, 3, times):
        assert part == [each for each in scripts if each in part]


@pytest.mark.parametrize("parts", [2, 4, 8])
@pytest.mark.parametrize("seed", range(5))
def test_parts_take_equally_long(parts: int, seed: int) -> None:
    source = random.Random(seed)
    times = {f"{index}.txt": source.lognormvariate(0.5, 1.2) for index in range(101)}
    scripts = [script(name) for name in times]
    divided = sharding.by_time(scripts, parts, times)
    longest = max(sum(times[each.name] for each in part) for part in divided)
    ideal = max(sum(times.values()) / parts, max(times.values()))
    assert longest <= 1.05 * ideal


def test_exchanges_make_parts_equal() -> None:
    """Giving the largest to the emptiest part alone leads to 7 and 5."""
    divided = sharding.divide([3, 3, 2, 2, 2], 2)
    assert sorted(sum([3, 3, 2, 2, 2][index] for index in part) for part in divided) == [6, 6]


def test_new_scripts_count_as_the_average() -> None:
    scripts = [script(name) for name in ("a.txt", "b.txt", "new1.txt", "new2.txt", "new3.txt")]
    divided = sharding.by_time(scripts, 2, {"a.txt": 9.0, "b.txt": 3.0})
    assert [names(part) for part in divided] == [
        ["a.txt", "new2.txt"],
        ["b.txt", "new1.txt", "new3.txt"],
    ]


def test_the_digest_tells_divisions_apart() -> None:
    scripts = [script(name) for name in "abcd"]
    digests = {
        sharding.digest(sharding.by_count(scripts, 2)),
        sharding.digest(sharding.by_count(scripts, 3)),
        sharding.digest(sharding.by_count(scripts[:3], 2)),
        sharding.digest(sharding.by_count(scripts[::-1], 2)),
        sharding.digest(sharding.by_count([script("a", "x"), *scripts[1:]], 2)),
    }
    assert len(digests) == 5


def test_names_are_those_of_every_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = os.path.join("s", "x.txt")
    absolute = str(tmp_path / "s" / "x.txt")
    assert sharding.portable_name(script(name, "a")) == "s/x.txt[a]"
    assert sharding.portable_name(script(absolute, "a")._replace(number=3)) == "s/x.txt[a]"
    recorded = [(f"{absolute}[a]#1", 1.0), (f"{name}[a]#2", 3.0), (f"{name}[a]#3", 2.0)]
    assert sharding.times_by_name(recorded) == {"s/x.txt[a]": 3.0}


@pytest.mark.parametrize("text", ["", "2", "0/2", "3/2", "a/b", "1/2/3", "-1/2"])
def test_invalid_shards_are_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="--shard"):
        sharding.parse_shard(text)
