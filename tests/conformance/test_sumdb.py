from __future__ import annotations

from base64 import b64decode
from hashlib import sha256, sha512

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gosuite import ed25519, sumdb
from gosuite.sumdb import Database, Tile

# RFC 8032, section 7.1, tests 1 to 3: seed, public key, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), VECTORS)
def test_signatures_are_those_of_the_rfc(
    seed: str, public: str, message: str, signature: str
) -> None:
    assert ed25519.public_key(bytes.fromhex(seed)).hex() == public
    assert ed25519.sign(bytes.fromhex(seed), bytes.fromhex(message)).hex() == signature


def lines(path: str, version: str) -> bytes | None:
    return None if path == "absent" else f"{path} {version} h1:x\n".encode()


def filled(count: int) -> Database:
    database = Database(lines)
    for number in range(count):
        assert database.add("m", f"v0.0.{number}") == number
    return database


def plain_root(leaves: list[bytes]) -> bytes:
    """Return the root by RFC 6962's definition, from the hashes of the leaves."""
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    left, right = plain_root(leaves[:middle]), plain_root(leaves[middle:])
    return sha256(b"\x01" + left + right).digest()


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 600))
def test_the_head_is_the_root_of_what_the_tiles_hold(count: int) -> None:
    database = filled(count)
    leaves = []
    for number in range(0, count, 256):
        width = min(256, count - number)
        tile = database.tile(Tile(0, number // 256, width))
        assert tile is not None
        leaves += [tile[at : at + 32] for at in range(0, len(tile), 32)]
    text, size, root, *_ = database.latest().decode().split("\n")
    assert (text, int(size)) == ("go.sum database tree", count)
    assert b64decode(root) == plain_root(leaves)
    assert leaves[0] == sha256(b"\x00" + b"m v0.0.0 h1:x\n").digest()
    assert database.tile(Tile(0, (count - 1) // 256, 256)) is None or count % 256 == 0


def test_a_higher_tile_holds_the_roots_of_the_lower_ones() -> None:
    database = filled(600)
    low = database.tile(Tile(0, 1, 256))
    high = database.tile(Tile(1, 0, 2))
    assert low is not None
    assert high is not None
    assert high[32:] == plain_root([low[at : at + 32] for at in range(0, len(low), 32)])
    assert database.tile(Tile(1, 0, 3)) is None


def test_records_are_served_with_a_blank_line_after_each() -> None:
    assert filled(3).tile(Tile(None, 0, 2)) == b"m v0.0.0 h1:x\n\nm v0.0.1 h1:x\n\n"
    assert filled(3).tile(Tile(None, 1, 1)) is None


def test_a_lookup_adds_what_is_new_and_signs_the_tree() -> None:
    database = filled(2)
    assert database.lookup("absent", "v1.0.0") is None
    answer = database.lookup("n", "v1.0.0")
    assert answer is not None
    assert answer.startswith(b"2\nn v1.0.0 h1:x\n\ngo.sum database tree\n3\n")
    assert database.lookup("n", "v1.0.0") == answer


def test_the_head_is_signed_with_the_key_that_clients_are_told() -> None:
    text, _, signature = filled(1).latest().partition(b"\n\n")
    dash, name, encoded = signature.decode().split()
    assert (dash, name) == ("\N{EM DASH}", sumdb.NAME)
    raw = b64decode(encoded)
    key_name, key_id, key = sumdb.verifier_key().split("+", 2)
    assert (key_name, raw[:4].hex()) == (sumdb.NAME, key_id)
    public = b64decode(key)
    assert public[:1] == b"\x01"
    assert verified(public[1:], text + b"\n", raw[4:])


def verified(public: bytes, message: bytes, signature: bytes) -> bool:
    """Check a signature by its equation, commitment + challenge * key = answer * base."""
    challenge = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little")
    answer = int.from_bytes(signature[32:], "little")
    left = ed25519._multiply(point(public), challenge % ed25519._ORDER)
    total = ed25519._add(point(signature[:32]), left)
    return ed25519._encode(total) == ed25519._encode(ed25519._multiply(ed25519._BASE, answer))


def point(encoded: bytes) -> ed25519._Point:
    number = int.from_bytes(encoded, "little")
    y = number & ~(1 << 255)
    x = ed25519._recover_x(y, bool(number >> 255))
    return ed25519._Point(x, y, 1, x * y % ed25519._P)


@given(st.one_of(st.none(), st.integers(0, 9)), st.integers(0, 10**9), st.integers(1, 256))
def test_paths_of_tiles_are_read(level: int | None, number: int, width: int) -> None:
    digits = f"{number % 1000:03}"
    rest = number // 1000
    while rest:
        digits = f"x{rest % 1000:03}/{digits}"
        rest //= 1000
    partial = f".p/{width}" if width < 256 else ""
    path = f"tile/8/{'data' if level is None else level}/{digits}{partial}"
    assert sumdb.parse_tile(path) == Tile(level, number, width)


@pytest.mark.parametrize(
    "path",
    ["", "tile/7/0/000", "tile/8/0/1", "tile/8/0/000.p/0", "tile/8/0/000.p/256", "tile/8/x/000"],
)
def test_other_paths_are_no_tiles(path: str) -> None:
    assert sumdb.parse_tile(path) is None
