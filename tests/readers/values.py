"""Values bodies and packed strings, the sections 9 and 8 of the page, written from the page alone.

    values.py body HEX       the entries of a Values body; a damaged value hurts only itself (V9)
    values.py packed HEX     the string of a packed field: form, then payload
"""
import base64, json, struct, sys, uuid

TEXT, HUFFMAN, BASE64URL, HEX, UUID = range(5)                          # the forms of section 8
SHORT = {0x40: (TEXT, 0), 0x60: (HUFFMAN, 2), 0xC0: (BASE64URL, 8), 0xE0: (HEX, 4)}   # 32 tags each
LONG = {0xA9: (TEXT, 32), 0xAA: (HUFFMAN, 34), 0xAC: (BASE64URL, 40), 0xAD: (HEX, 36)}
SCALARS = {0xA0: None, 0xA1: False, 0xA2: True}
# Of the 257 codes of RFC 7541, Appendix B, in bits, one base-36 digit each.
LENGTHS = ("dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6cad677777777777777777777"
           "77878djde6f56565666577666567655677777fbedskmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmo"
           "lmnnllmlnmnnkmmmnmmnqqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrqu")


class Refused(Exception):
    """What the page says a reader refuses."""


def demand(condition, what):
    if not condition:
        raise Refused(what)


def open_body(body):
    """Returns the table and, by key, each value as it stands: what V1 to V3 verify."""
    demand(1 <= len(body) <= 16384, "V1: length")
    rest = Bytes(body)
    table, names, entries = Bytes(rest.take(rest.varint())), [], {}
    while table.content:
        names.append(string(table))
    demand(len(names) == len(set(names)), "V2: a name twice")
    last = None
    while rest.content:
        key = string(rest)
        demand(last is None or last.encode() < key.encode(), "V3: order of keys")
        entries[key], last = rest.take(rest.long(1)), key
    demand(len(entries) <= 1024, "section 9: entries")
    return names, entries


def read(value, names):
    """One value, whole (V8, V9)."""
    rest = Bytes(value)
    result = item(rest, names, 0)
    demand(not rest.content, "V8: bytes after a value")
    return result


def item(rest, names, depth):
    tag = rest.content[0] if rest.content else 0
    if is_string(tag):
        return string(rest)
    tag = rest.byte()
    if tag <= 0x3F:
        return tag
    if tag >= 0xB0:
        return -1 - (tag - 0xB0)
    if tag in SCALARS:
        return SCALARS[tag]
    if tag == 0xA3:
        return rest.long(64)
    if tag == 0xA4:
        return -1 - rest.long(16, 2**63 - 1)
    if tag == 0xA5:
        return struct.unpack(">d", rest.take(8))[0]
    if tag == 0xA6:
        return rest.take(rest.varint())
    demand(tag <= 0x9F or tag in (0xA7, 0xA8), "a tag without a meaning")
    demand(depth < 64, "V6: depth")
    count = rest.long(16, 1024) if tag >= 0xA0 else tag & 0x0F
    if tag == 0xA7 or tag < 0x90:
        demand(count <= len(rest.content), "V7: count")
        return [item(rest, names, depth + 1) for _ in range(count)]
    demand(2 * count <= len(rest.content), "V7: count")
    result = {}
    for _ in range(count):
        place = rest.varint()
        demand(place < len(names) and names[place] not in result, "V5: a place beyond the table, or twice")
        result[names[place]] = item(rest, names, depth + 1)
    return result


def is_string(tag):
    return 0x40 <= tag <= 0x7F or tag >= 0xC0 or tag == 0xAB or tag in LONG


def string(rest):
    """A string value: its tag says the form and, or a varint after it, the length."""
    tag = rest.byte()
    demand(is_string(tag), "not a string")
    if tag == 0xAB:
        return unpack(UUID, rest.take(16))
    if tag in LONG:
        form, least = LONG[tag]
        return unpack(form, rest.take(rest.long(least)))
    form, least = SHORT[tag & 0xE0]
    return unpack(form, rest.take((tag & 0x1F) + least))


def packed(content):
    """Section 8, the typed field: form[1] | payload."""
    demand(content and content[0] <= UUID, "a form without a meaning")
    return unpack(content[0], content[1:])


def unpack(form, payload):
    """Section 8: P2 to P4. Whether a writer chose the first form is not asked (P5)."""
    lengths = {BASE64URL: len(payload) >= 8, HEX: len(payload) >= 4, UUID: len(payload) == 16}
    demand(lengths.get(form, True), "P3: length")
    if form == BASE64URL:
        return base64.urlsafe_b64encode(payload).decode().rstrip("=")
    if form in (HEX, UUID):
        return payload.hex() if form == HEX else str(uuid.UUID(bytes=payload))
    try:
        return (huffman(payload) if form == HUFFMAN else payload).decode()
    except UnicodeDecodeError:
        raise Refused("P4: UTF-8")


def huffman(payload):
    """RFC 7541, Appendix B, over the bytes of the text (P3)."""
    text, length, code = bytearray(), 0, 0
    for bit in "".join(f"{byte:08b}" for byte in payload):
        length, code = length + 1, code << 1 | int(bit)
        if (length, code) in CODES:
            demand(CODES[length, code] != 256, "P3: EOS")
            text.append(CODES[length, code])
            length = code = 0
    demand(length < 8 and code == (1 << length) - 1, "P3: padding")
    demand(len(payload) < len(text), "P3: saves nothing")
    return bytes(text)


def canonical(lengths):
    """The code that its lengths give: within a length it ascends with the symbol."""
    codes, code, last = {}, 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths)):
        code <<= length - last
        codes[length, code] = symbol
        code, last = code + 1, length
    return codes


class Bytes:
    """What is left to read. Nothing is taken that is not there (V7)."""

    def __init__(self, content):
        self.content = content

    def take(self, n):
        demand(n <= len(self.content), "cut short")
        taken, self.content = self.content[:n], self.content[n:]
        return taken

    def byte(self):
        return self.take(1)[0]

    def varint(self):
        n = shift = 0
        while True:
            byte = self.byte()
            n, shift = n | (byte & 0x7F) << shift, shift + 7
            demand(n < 2**64 and shift <= 70, "a varint of 2^64 or more")
            if byte < 0x80:
                demand(byte or shift == 7, "V4: a varint that is not canonical")
                return n

    def long(self, least, most=2**64 - 1):
        n = self.varint()
        demand(least <= n <= most, "V4: a number, length or count out of its range")
        return n


CODES = canonical([int(length, 36) for length in LENGTHS])


def main():
    command, content = sys.argv[1], bytes.fromhex(sys.argv[2])
    if command == "packed":
        return print(json.dumps(packed(content)))
    names, entries = open_body(content)
    for key, value in entries.items():
        try:
            entries[key] = read(value, names)
        except Refused as what:
            entries[key] = {"refused": str(what)}
    print(json.dumps(entries, default=lambda content: {"bytes": content.hex()}))


if __name__ == "__main__":
    main()
