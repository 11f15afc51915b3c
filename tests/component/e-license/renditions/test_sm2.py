"""SM2 over SM3 by the example of GM/T 0003.5-2012 (its curve, identity and message), and what verification refuses."""

import pytest
from asn1crypto import core
from pingshan_e_license.clients.renditions import sm2
from pingshan_e_license.clients.renditions.ses import NotASealError, read_sealing, sequence

PRIVATE = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


def test_the_example_of_the_standard() -> None:
    assert sm2.sm3(b"abc").hex().startswith("66c7f0f462eeedd9d1f2d46bdc10e4e2")
    assert sm2.public_key(PRIVATE) == PUBLIC
    assert sm2.verify(PUBLIC, b"message digest", SIGNATURE)
    assert not sm2.verify(PUBLIC, b"message digesT", SIGNATURE)


def test_a_signature_is_the_same_each_time_and_another_for_another_message() -> None:
    assert sm2.sign(PRIVATE, b"one") == sm2.sign(PRIVATE, b"one") != sm2.sign(PRIVATE, b"two")
    assert sm2.verify(PUBLIC, b"one", sm2.sign(PRIVATE, b"one"))


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0), (ORDER, 1), (1, ORDER), (1, ORDER - 1), (1 << 256, 1), (-1, 1)])
def test_numbers_out_of_range(numbers: tuple[int, int]) -> None:
    signature = sequence(*(core.Integer(each).dump() for each in numbers))
    assert not sm2.verify(PUBLIC, b"message digest", signature)


@pytest.mark.parametrize("public", [b"", b"\0" * 64, PUBLIC[:63], b"\xff" * 64, PUBLIC[:32] + PUBLIC[:32]])
def test_keys_that_lie_on_no_curve(public: bytes) -> None:
    assert not sm2.verify(public, b"message digest", SIGNATURE)


def test_keys_that_begin_with_04() -> None:
    """gmssl's constructor strips digits of such keys."""
    private = next(each for each in range(2, 2_000) if sm2.public_key(each)[0] == 0x04)
    assert sm2.verify(sm2.public_key(private), b"x", sm2.sign(private, b"x"))


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"\x30\x00", b"\x30\x80\x00\x00", b"\x30\x84\xff\xff\xff\xff", b"\x04\x00"]
)
def test_what_is_no_seal(data: bytes) -> None:
    with pytest.raises(NotASealError):
        read_sealing(data)
