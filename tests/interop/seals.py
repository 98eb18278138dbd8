"""Vectors of proto/sealing.md: ChaCha20, Salsa20, Poly1305, X25519 written out, and what is sealed with them."""
import hashlib

from ed25519 import P
from forms import Array, digest, fields, need, refused, unpack

# --- ChaCha20, Salsa20, Poly1305, X25519 as RFC 8439, draft-irtf-cfrg-xchacha-03, the Salsa20 papers and RFC 7748 have them ---

M32 = 0xffffffff


def rotate(x, n):
    return (x << n | x >> 32 - n) & M32


def words(raw):
    return [int.from_bytes(raw[i:i + 4], "little") for i in range(0, len(raw), 4)]


def from_words(list_of):
    return b"".join(w.to_bytes(4, "little") for w in list_of)


def chacha_rounds(x):
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            for one, two, three, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                x[one] = x[one] + x[two] & M32
                x[three] = rotate(x[three] ^ x[one], turn)


def salsa_rounds(x):
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11),
                           (0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)):
            for to, one, two, turn in ((b, a, d, 7), (c, b, a, 9), (d, c, b, 13), (a, d, c, 18)):
                x[to] ^= rotate(x[one] + x[two] & M32, turn)


SIGMA = words(b"expand 32-byte k")


def chacha_state(key, last):
    return SIGMA + words(key) + words(last)


def salsa_state(key, last):
    k, n = words(key), words(last)
    return SIGMA[:1] + k[:4] + SIGMA[1:2] + n + SIGMA[2:3] + k[4:] + SIGMA[3:]


def block(state, rounds):
    x = list(state)
    rounds(x)
    return from_words((a + b) & M32 for a, b in zip(x, state))


def hchacha(key, nonce):
    x = chacha_state(key, nonce)
    chacha_rounds(x)
    return from_words(x[:4] + x[12:])


def hsalsa(key, nonce):
    x = salsa_state(key, nonce)
    salsa_rounds(x)
    return from_words([x[0], x[5], x[10], x[15]] + x[6:10])


def xored(data, stream):
    return bytes(a ^ b for a, b in zip(data, stream))


def poly1305(key, message):
    r, s, a = int.from_bytes(key[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff, int.from_bytes(key[16:], "little"), 0
    for i in range(0, len(message), 16):
        a = (a + int.from_bytes(message[i:i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((a + s) % 2**128).to_bytes(16, "little")


def to_16(data):
    return data + bytes(-len(data) % 16)


def xchacha_open(key, nonce, ad, sealed):
    inner, last = hchacha(key, nonce[:16]), bytes(4) + nonce[16:]
    stream = lambda n: block(chacha_state(inner, n.to_bytes(4, "little") + last), chacha_rounds)
    data, tag = sealed[:-16], sealed[-16:]
    lengths = len(ad).to_bytes(8, "little") + len(data).to_bytes(8, "little")
    need(poly1305(stream(0)[:32], to_16(ad) + to_16(data) + lengths) == tag, "tag")
    return xored(data, b"".join(stream(n) for n in range(1, len(data) // 64 + 2)))


def x25519(scalar, point):
    k = int.from_bytes(scalar, "little") & (1 << 255) - 8 | 1 << 254
    k &= (1 << 255) - 1
    u = int.from_bytes(point, "little") & (1 << 255) - 1
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for t in range(254, -1, -1):
        bit = k >> t & 1
        if swap ^ bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, (aa - bb) * (aa + 121665 * (aa - bb)) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def box_seal_open(public, secret, sealed):
    need(len(sealed) >= 48, "cut short")
    nonce = hashlib.blake2b(sealed[:32] + public, digest_size=24).digest()
    inner = hsalsa(hsalsa(x25519(secret, sealed[:32]), bytes(16)), nonce[:16])
    tag, data = sealed[32:48], sealed[48:]
    stream = b"".join(block(salsa_state(inner, nonce[16:] + n.to_bytes(8, "little")), salsa_rounds)
                      for n in range((len(data) + 32) // 64 + 1))
    need(poly1305(stream[:32], data) == tag, "tag")
    return xored(data, stream[32:])


# --- sealed values and their keys (proto/sealing.md) ---

def value_open(v):
    raw = unpack(bytes.fromhex(v["value"]))
    need(type(raw) is bytes and len(raw) >= 88 and (len(raw) - 56) % 32 == 0, "form")
    key_id, group = bytes.fromhex(v["key_id"]), v["group"]
    need(raw[:16] == key_id, "another key")
    ad = b"linli/seal/1\0" + b"".join(bytes.fromhex(v[k]) for k in ("network", "scope", "record"))
    ad += group.to_bytes(4, "big") + bytes([v["class"]]) + bytes.fromhex(v["author"]) + int(v["seq"]).to_bytes(8, "big") + key_id
    plain = xchacha_open(bytes.fromhex(v["key"]), raw[16:40], ad, raw[40:])
    size = int.from_bytes(plain[:2], "big")
    need((size + 2 + 31) // 32 * 32 == len(plain) and not any(plain[2 + size:]), "padding")
    fields_of = unpack(plain[2:2 + size])
    need(type(fields_of) is dict and 0 not in fields_of, "no map of fields")
    need(not any(type(x) in (Array, dict) for x in fields_of.values()), "a field that is no scalar")
    return plain[2:2 + size].hex()


def commitment(keys, k, key):
    epoch = int(keys["epoch"]).to_bytes(8, "big")
    return digest(b"linli/class-key/1", bytes.fromhex(keys["network"]), bytes.fromhex(keys["scope"]), epoch, bytes([k]), key)


def wrap_open(keys, v):
    raw, public = bytes.fromhex(v["wrap"]), bytes.fromhex(v["seal_public"])
    need(len(raw) > 33 and 0 < raw[32] < 64 and len(raw) == 33 + 48 + 32 * bin(raw[32]).count("1"), "form")
    plain, good = box_seal_open(public, bytes.fromhex(v["seal_secret"]), raw[33:]), 0
    for k in range(1, 7):
        if raw[32] >> k - 1 & 1:
            good |= (commitment(keys, k, plain[:32]).hex() == keys["commitments"][64 * k - 64:64 * k]) << k - 1
            plain = plain[32:]
    need(good, "no key of this epoch")
    return good


def sealing(vectors):
    keys = vectors["keys"]
    for v in vectors["values"]:
        yield value_open(v) == v["opens"]
        yield commitment(keys, v["class"], bytes.fromhex(v["key"]))[:16].hex() == v["key_id"]
    for v in vectors["closed"]:
        yield v["opens"] is None and refused(value_open, v)
    yield "".join(commitment(keys, k + 1, bytes.fromhex(key)).hex() for k, key in enumerate(keys["keys"])) == keys["commitments"]
    record = bytearray(digest(b"linli/seal-key/1", bytes.fromhex(keys["network"]), bytes.fromhex(keys["scope"]),
                              int(keys["epoch"]).to_bytes(8, "big"), bytes.fromhex(keys["commitments"]))[:16])
    record[0] |= 1
    yield record.hex() == keys["record"]
    for v in keys["wraps"]:
        yield wrap_open(keys, v) == v["mask"]
    for v in keys["no_wraps"]:
        yield v["mask"] == 0 and refused(wrap_open, keys, v)
