"""Hints for decoded data are encoded again."""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzengine.cmplog.log import Event
from fuzzengine.solver.decoders import decoders_of, sample, through
from fuzzengine.solver.hints import Context, inputs

CODECS: dict[tuple[str, str], Callable[[bytes], bytes]] = {
    ("base64.b64decode", ""): base64.b64encode,
    ("base64.urlsafe_b64decode", ""): base64.urlsafe_b64encode,
    ("base64.b32decode", ""): base64.b32encode,
    ("bytes.fromhex", ""): lambda data: data.hex().encode(),
    ("zlib.decompress", ""): zlib.compress,
    ("gzip.decompress", ""): lambda data: gzip.compress(data, mtime=0),
    ("decode", "utf-16-le"): lambda data: data.decode().encode("utf-16-le"),
}
PLAIN = b"the name is nobody"


@pytest.mark.parametrize("parser", CODECS, ids=str)
def test_decoded_data_is_changed_and_encoded_again(parser: tuple[str, str]) -> None:
    encode = CODECS[parser]
    event: Event = (0, "==", "nobody", "Odysseus")
    context = Context([(0, "parse", parser, encode(PLAIN))])
    wanted = b"<" + encode(PLAIN.replace(b"nobody", b"Odysseus")) + b">"
    assert [wanted] in list(inputs(event, 0, [b"<" + encode(PLAIN) + b">"], context))


def test_decoders_may_be_nested() -> None:
    packed = zlib.compress(PLAIN)
    text = base64.b64encode(packed).decode()
    events: list[Event] = [
        (0, "parse", ("base64.b64decode", ""), text),
        (1, "parse", ("zlib.decompress", ""), packed),
    ]
    wanted = base64.b64encode(zlib.compress(PLAIN.replace(b"nobody", b"somebody"))).decode()
    found = inputs((2, "==", b"nobody", b"somebody"), 0, [text, 1], Context(events))
    assert [wanted, 1] in list(found)


def test_plain_text_has_no_decoder() -> None:
    assert not decoders_of(
        [(0, "parse", ("decode", "utf-8"), PLAIN), (0, "parse", ("int", ""), "7")]
    )


@pytest.mark.parametrize("parser", CODECS, ids=str)
@given(data=st.binary(max_size=40) | st.text(max_size=20))
def test_any_input_is_handled(parser: tuple[str, str], data: bytes | str) -> None:
    decoders = decoders_of([(0, "parse", parser, data)])
    assert all(len(made) == 1 for made in through(decoders, [data], lambda inner: iter([inner])))


@pytest.mark.parametrize("parser", CODECS, ids=str)
def test_a_sample_is_decoded(parser: tuple[str, str]) -> None:
    made = sample(parser)
    assert made == CODECS[parser](b"ABCDEFGH")
