#!/usr/bin/env python3
"""Write signature.json: odd Ed25519 keys and signatures, and whether they are good here.

Libraries disagree on these, and replicas may not: the rules of proto/changeset.md are written here in the plainest way,
apart from the C code that replays them. Keys come from seeds that are one byte 32 times over. `--check` writes nothing
and fails when signature.json is not what this makes.

    signatures   {name, key, message, signature, good}, bytes in hexadecimal
    small_keys   every encoding of a point of small order, the ones that are not canonical among them: no grant is for such
                 a key, as anybody can sign for it
"""

import hashlib
import json
import pathlib
import sys

TARGET = pathlib.Path(__file__).resolve().parent / "signature.json"
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)
ZERO = (0, 1)


def add(a, b):
    (x, y), (u, v) = a, b
    k = D * x * u * y * v % P
    return ((x * v + u * y) * pow(1 + k, -1, P) % P, (y * v + x * u) * pow(1 - k, -1, P) % P)


def times(n, point):
    total = ZERO
    while n:
        if n & 1:
            total = add(total, point)
        point = add(point, point)
        n >>= 1
    return total


def negative(point):
    return (-point[0] % P, point[1])


def lift(y, sign):
    """The point of this y whose x is odd when `sign`, or None."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT % P
    if x * x % P != square:
        return None
    return (P - x if x and x & 1 != sign else x, y % P)


def encode(point, more=0):
    """With `more` = P: the same point in the encoding that is not canonical, where 255 bits hold one."""
    return (point[1] + more | (point[0] & 1) << 255).to_bytes(32, "little")


def decode(data):
    number = int.from_bytes(data, "little")
    return lift(number % 2**255, number >> 255)


BASE = lift(4 * pow(5, -1, P) % P, 0)


def torsion():
    """A point of order 8: L times a point that has such a component."""
    for y in range(2, 100):
        point = lift(y, 0)
        eighth = times(L, point) if point else ZERO
        if times(4, eighth) != ZERO:
            return eighth
    raise AssertionError("there is one among them")


EIGHTH = torsion()


def small(point):
    return times(8, point) == ZERO


def hashed(r, key, message):
    return int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L


def good(key, message, signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    a, point = decode(key), decode(r)
    if s >= L or a is None or encode(a) != key or small(a) or point is None or small(point):
        return False
    return encode(add(times(s, BASE), negative(times(hashed(r, key, message), a)))) == r


class Signer:
    def __init__(self, byte):
        digest = hashlib.sha512(bytes([byte]) * 32).digest()
        self.secret = (int.from_bytes(digest[:32], "little") & 2**254 - 8) | 2**254
        self.nonce = int.from_bytes(digest[32:], "little") % L
        self.point = times(self.secret, BASE)

    def sign(self, message, key=None, r=None, nonce=None):
        """s for an R and a key that may be shifted by points of small order."""
        nonce = self.nonce if nonce is None else nonce
        key = encode(self.point) if key is None else key
        r = encode(times(nonce, BASE)) if r is None else r
        return r + ((nonce + hashed(r, key, message) * self.secret) % L).to_bytes(32, "little")


def message_where(wanted, key, r):
    """The first message whose hash, modulo 8, is as wanted."""
    for n in range(10000):
        message = b"message %d" % n
        if wanted(hashed(r, key, message) % 8):
            return message
    raise AssertionError("one in eight is")


def mixed_cases(signer):
    nonce = times(signer.nonce, BASE)
    key, r = encode(add(signer.point, EIGHTH)), encode(nonce)
    for name, wanted in (("cancels out", lambda h: h == 0), ("is left over", lambda h: h != 0)):
        message = message_where(wanted, key, r)
        yield f"a key of mixed order whose small part {name}", key, message, signer.sign(message, key, r)
    shifted = encode(add(nonce, EIGHTH))
    yield "R of mixed order", encode(signer.point), b"odd", signer.sign(b"odd", None, shifted)
    message = message_where(lambda h: h == 7, key, shifted)
    yield "key and R of mixed order, in balance", key, message, signer.sign(message, key, shifted)


def cases():
    signer = Signer(0x31)
    key, message = encode(signer.point), b"a message"
    plain = signer.sign(message)
    s = int.from_bytes(plain[32:], "little")
    yield "an honest signature", key, message, plain
    yield "of nothing", key, b"", signer.sign(b"")
    yield "another message", key, message + b"!", plain
    for bit in (0, 255, 256, 511):
        flipped = bytearray(plain)
        flipped[bit // 8] ^= 1 << bit % 8
        yield f"bit {bit} is another", key, message, bytes(flipped)
    yield "S + L", key, message, plain[:32] + (s + L).to_bytes(32, "little")
    yield "S + 8 L", key, message, plain[:32] + (s + 8 * L).to_bytes(32, "little")
    yield "S is L", key, message, plain[:32] + L.to_bytes(32, "little")
    yield "R is zero, and S fits", key, message, signer.sign(message, None, encode(ZERO), 0)
    yield "R is zero and not canonical, and S fits", key, message, signer.sign(message, None, encode(ZERO, P), 0)
    yield "nothing but zero bytes", bytes(32), message, bytes(64)
    for name, more in (("zero", 0), ("zero and not canonical", P)):
        yield f"a key that is {name}: R = S B", encode(ZERO, more), message, encode(BASE) + (1).to_bytes(32, "little")
    for order, point in ((2, times(4, EIGHTH)), (4, times(2, EIGHTH)), (8, EIGHTH)):
        r = encode(BASE)
        fits = message_where(lambda h, order=order: h % order == 0, encode(point), r)
        yield f"a key of order {order} that fits", encode(point), fits, r + (1).to_bytes(32, "little")
    odd = next(y for y in range(2, 19) if (point := lift(y, 0)) and not small(point))
    yield "a key that is not canonical", encode(lift(odd, 0), P), message, plain
    yield "a key on no curve", (2).to_bytes(32, "little"), message, plain
    yield from mixed_cases(signer)


def small_keys():
    found = set()
    for n in range(8):
        x, y = times(n, EIGHTH)
        for number in (y, y + P):
            for sign in {x & 1, 1} if x == 0 else {x & 1}:  # -0 is read as 0
                if number < 2**255:
                    found.add((number | sign << 255).to_bytes(32, "little"))
    return sorted(found)


def make():
    signatures = [{"name": name, "key": key.hex(), "message": message.hex(), "signature": signature.hex(),
                   "good": good(key, message, signature)} for name, key, message, signature in cases()]
    about = "Odd keys and signatures, made by signature.py from the rules of proto/changeset.md."
    out = {"about": about, "signatures": signatures, "small_keys": [key.hex() for key in small_keys()]}
    return json.dumps(out, indent=1) + "\n"


def main():
    text = make()
    if "--check" not in sys.argv:
        TARGET.write_text(text, encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != text:
        sys.exit("signature.json is not what signature.py makes")
    print(f"{text.count('name')} signatures")


main()
