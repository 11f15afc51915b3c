"""SM2 signatures over SM3 (GB/T 32918.2-2016, GM/T 0009-2012), which cryptography does not have.

The arithmetic is gmssl's. Own are what it leaves out: the range of `r` and `s`, that a key lies on the curve, a nonce
that follows from key and message, and both forms in which vendors write a signature.
"""

import hmac
from hashlib import sha256

from asn1crypto.algos import DSASignature
from cryptography.hazmat.primitives.hashes import SM3, Hash
from gmssl.sm2 import CryptSM2, default_ecc_table

_P, _N, _A, _B = (int(default_ecc_table[name], 16) for name in ("p", "n", "a", "b"))
_G = bytes.fromhex(default_ecc_table["g"])
_USER = b"1234567812345678"
"""The signer's id that GM/T 0009 has where none was agreed."""


def sm3(data: bytes) -> bytes:
    """Returns the 32 octets of SM3 (GB/T 32905-2016)."""
    digest = Hash(SM3())
    digest.update(data)
    return digest.finalize()


def private_key(secret: bytes, label: str) -> int:
    """Returns the private key that follows from a secret of 32 random octets and a label."""
    wide = b"".join(hmac.digest(secret, b"%d %s" % (part, label.encode()), sha256) for part in (1, 2))
    return int.from_bytes(wide, "big") % (_N - 2) + 1


def public_key(private: int) -> bytes:
    """Returns the point as 64 octets, x and y."""
    return bytes.fromhex(_calculator(b"", 1)._kg(private, _G.hex()))  # noqa: SLF001 - the only way to multiply a point


def sign(private: int, message: bytes) -> bytes:
    """Returns the signature as DER; the same key and message have the same one."""
    public = public_key(private)
    digest = _digest(public, message)
    for attempt in range(256):
        nonce = private_key(private.to_bytes(32, "big"), f"{digest.hex()} {attempt}")
        signed = _calculator(public, private).sign(digest, f"{nonce:064x}")
        if signed is not None:
            return bytes(DSASignature({"r": int(signed[:64], 16), "s": int(signed[64:], 16)}).dump())
    raise ValueError("no nonce fits")


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Returns whether the signature (DER, or 64 octets) is that of the key (64 octets) for the message."""
    numbers = _numbers(signature)
    if numbers is None or not is_on_curve(public):
        return False
    r, s = numbers
    if not (0 < r < _N and 0 < s < _N and (r + s) % _N):
        return False
    return bool(_calculator(public, 1).verify(f"{r:064x}{s:064x}", _digest(public, message)))


def is_on_curve(public: bytes) -> bool:
    if len(public) != 64:
        return False
    x, y = int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")
    return x < _P and y < _P and (y * y - x * x * x - _A * x - _B) % _P == 0


def _numbers(signature: bytes) -> tuple[int, int] | None:
    if len(signature) == 64:
        return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        both = DSASignature.load(signature, strict=True)
        return int(both["r"].native), int(both["s"].native)
    except (ValueError, TypeError):
        return None


def _digest(public: bytes, message: bytes) -> bytes:
    curve = _A.to_bytes(32, "big") + _B.to_bytes(32, "big") + _G
    identity = sm3((8 * len(_USER)).to_bytes(2, "big") + _USER + curve + public)
    return sm3(identity + message)


def _calculator(public: bytes, private: int) -> CryptSM2:
    made = CryptSM2(f"{private:064x}", "")
    made.public_key = public.hex()  # its constructor strips digits of keys that begin with 04
    return made
