"""Which words of a dictionary were of use."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.mutation.dictionary import parse
from fuzzengine.schedule.word_count import WordCount, quoted
from tests.fuzzengine.running import Package


def test_words_are_counted_once_for_each_find_and_the_most_useful_come_first() -> None:
    words = WordCount([b"GET", b"PUT", b"HEAD"])
    for find in ([b"PUT"], [b"PUT", b"PUT"], [b"HEAD", b"own"], []):
        words.add(find)
    head = "fuzz: words in what was found: 2 of 3 of -dict, 1 of the code\n"
    mine = '      2  "PUT"\n      1  "HEAD"\n'
    assert words.listing(all_of_them=False) == head + mine
    assert words.listing(all_of_them=True) == head + mine + '      1  "own"  code\n'


def test_nothing_is_said_without_a_dictionary() -> None:
    words = WordCount([])
    assert words.listing(all_of_them=True) == ""
    words.add([b"own"])
    assert words.listing(all_of_them=False) == ""
    assert '"own"  code' in words.listing(all_of_them=True)


@given(st.binary(min_size=1))
def test_a_word_is_shown_as_a_dictionary_has_it(word: bytes) -> None:
    assert parse(quoted(word), "d") == [word]


def test_a_campaign_names_the_words_that_led_to_new_inputs(package: Package) -> None:
    package.write(
        "words_test.py",
        """
        from hashlib import md5

        def FuzzWords(f):
            @f.fuzz
            def _(t, data: bytes):
                for word in data.split():
                    if md5(word).hexdigest().startswith("5d41402abc4b2a76"):
                        return 1
        """,
    )
    package.write("words.dict", 'greeting=" hello "\nother="goodbye"\n')
    done = package.run(
        "test", "-fuzz=FuzzWords", "-dict=words.dict", "-fuzztime=5000x", "-parallel=1", "-seed=1"
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"^fuzz: words in what was found: [12] of 2 of -dict, ", done.stdout, re.M)
    assert re.search(r'^ +\d+  " hello "$', done.stdout, re.M)
