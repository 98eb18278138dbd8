"""What every reader of the vectors needs: refusals, digests, MessagePack in its one canonical form."""
import hashlib


class Refused(Exception):
    """Bytes that proto/*.md does not allow."""


def need(claim, why):
    if not claim:
        raise Refused(why)


def refused(call, *args):
    try:
        call(*args)
    except Refused:
        return True
    return False


def digest(context, *pieces):
    return hashlib.blake2b(context + b"\0" + b"".join(pieces), digest_size=32).digest()


# --- MessagePack in its one canonical form; `spans` keeps where each item of an array began and ended ---

class Array(list):
    spans = ()


def unpack(raw):
    value, at = item(raw, 0, 16)
    need(at == len(raw), "bytes after the end")
    return value


def big(raw, at, size):
    need(at + size <= len(raw), "cut short")
    return int.from_bytes(raw[at:at + size], "big"), at + size


def sized(raw, at, forms, mark):
    """A number in the longer head `mark`; refused when a shorter head would have held it."""
    size, least = forms[mark]
    n, at = big(raw, at, size)
    need(n >= least, "not the shortest head")
    return n, at


UINT = {0xcc: (1, 1 << 7), 0xcd: (2, 1 << 8), 0xce: (4, 1 << 16), 0xcf: (8, 1 << 32)}
BIN = {0xc4: (1, 0), 0xc5: (2, 1 << 8), 0xc6: (4, 1 << 16)}
TEXT = {0xd9: (1, 32), 0xda: (2, 1 << 8), 0xdb: (4, 1 << 16)}
ARRAY = {0xdc: (2, 16), 0xdd: (4, 1 << 16)}
MAP = {0xde: (2, 16), 0xdf: (4, 1 << 16)}


def item(raw, at, depth):
    need(at < len(raw) and depth >= 0, "cut short or too deep")
    mark, at = raw[at], at + 1
    if mark < 0x80:
        return mark, at
    if mark in (0xc0, 0xc2, 0xc3):
        return {0xc0: None, 0xc2: False, 0xc3: True}[mark], at
    if mark in UINT:
        return sized(raw, at, UINT, mark)
    if mark >= 0xe0:
        return mark - 256, at
    if 0xd0 <= mark <= 0xd3:
        size = 1 << mark - 0xd0
        n, end = big(raw, at, size)
        n -= 1 << 8 * size
        need(n < (-32 if size == 1 else -(1 << 4 * size - 1)) and n >= -(1 << 8 * size - 1), "not the shortest head")
        return n, end
    if mark in BIN or mark in TEXT or mark & 0xe0 == 0xa0:
        n = mark & 31
        if mark in BIN or mark in TEXT:
            n, at = sized(raw, at, BIN if mark in BIN else TEXT, mark)
        need(at + n <= len(raw), "cut short")
        data = bytes(raw[at:at + n])
        try:
            return data if mark in BIN else data.decode(), at + n
        except UnicodeDecodeError as error:
            raise Refused("not UTF-8") from error
    if mark in ARRAY or mark & 0xf0 == 0x90:
        n = mark & 15
        if mark in ARRAY:
            n, at = sized(raw, at, ARRAY, mark)
        return array(raw, at, n, depth)
    need(mark in MAP or mark & 0xf0 == 0x80, "a kind that is not used")
    n = mark & 15
    if mark in MAP:
        n, at = sized(raw, at, MAP, mark)
    flat, at = array(raw, at, 2 * n, depth)
    keys = flat[::2]
    need(all(type(k) is int and k >= 0 for k in keys) and all(a < b for a, b in zip(keys, keys[1:])), "map keys")
    return dict(zip(keys, flat[1::2])), at


def array(raw, at, count, depth):
    need(count <= len(raw) - at, "more items than bytes")
    out, spans = Array(), []
    for _ in range(count):
        value, end = item(raw, at, depth - 1)
        out.append(value)
        spans.append(bytes(raw[at:end]))
        at = end
    out.spans = spans
    return out, at


def fixed(value, size):
    need(type(value) is bytes and len(value) == size, "not a binary of %d" % size)
    return value


def number(value, least=0, most=2**64 - 1):
    need(type(value) is int and least <= value <= most, "not a number in range")
    return value


def fields(value, count):
    need(type(value) is Array and len(value) == count, "not an array of %d" % count)
    return value
