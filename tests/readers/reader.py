"""A reader of the wire format, version 1, written from its page alone: the steps 1 to 8 of opening,
then the split of a typed body. Rules are those of the page. Dates and times are Unix seconds.

    reader.py open --ring-key ck1_... --app A --name N --mode encrypted|signed --at UNIX VALUE
    reader.py seal ...                                                       see writer.py
"""
import argparse, base64, hashlib, hmac, json, re, sys, zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = {"encrypted": b"\x11", "signed": b"\x49"}
SHORTEST = {"encrypted": 96, "signed": 88}
KINDS, CODECS = ["typed", "values", "stored"], ["raw", "deflate"]
CLAIMS = {1: ("subject", range(1, 65)), 2: ("epoch", [4]), 3: ("auth_at", [5]),
          4: ("checked_at", [5]), 5: ("stamp", [16]), 6: ("level", [1])}
DAY, SKEW, INFLATED, NEVER = 86400, 60, 16384, float("inf")
DEFAULTS = {"idle": 14 * DAY, "absolute": 30 * DAY, "max_idle": 400 * DAY, "max_absolute": 400 * DAY,
            "seal_from": -NEVER, "seal_until": NEVER, "open_until": NEVER, "not_before": -NEVER}


class Refused(Exception):
    """The token does not open; the argument is the reason."""


def demand(condition, reason):
    if not condition:
        raise Refused(reason)


def open_token(s, value):
    """Rules 14 and 15: the steps in their order; the first that fails is the reason, and the end."""
    token = decode(s.mode, value)                                             # steps 1 to 3
    p, coded = parse(authenticate(s, token))                                  # steps 4 to 6
    p |= times(s, p, p["issued"])                                             # step 7
    p |= split(p["kind"], inflate(coded) if p["codec"] == "deflate" else coded)   # step 8
    return {"ok": True, "mode": s.mode, "kid": token[1:5].hex(), **p, "chars": len(value)}


def open_record(s, cookie, record):
    """Section 10: what its record says of a stored session whose cookie opened."""
    demand(len(record) >= 45 and record[:1] == b"\x21", "malformed")                  # rule R6
    head, rest, sid = record[:5], record[5:], bytes.fromhex(cookie["sid"])
    demand(head[1:] == derive(s, "kid")[:4], "unknown_key")                           # rule R2
    row_key = hashlib.sha256(b"cloakroom store v1" + sid).digest()
    try:
        p = xaes(derive(s, "row", sid), rest[:24]).decrypt(rest[12:24], rest[24:], row_key + head)
    except InvalidTag:
        raise Refused("forged")
    p, body = parse(p)
    demand(p["sid"] == cookie["sid"] and p["codec"] == "raw", "malformed")            # rule R6
    demand(p["kind"] != "stored", "record_gone")                                      # rule R5
    demand(p["created"] == cookie["created"], "malformed")
    p |= times(s, p, cookie["issued"])                                                # rule R4
    return {**cookie, **p, **split(p["kind"], body), "issued": cookie["issued"]}


def decode(mode, value):
    text = value.encode("utf-8", "surrogateescape")
    demand(SHORTEST[mode] <= len(text) <= 4096 and len(text) % 4 == 0, "length")      # rule 2
    demand(re.fullmatch(rb"[A-Za-z0-9_-]+", text), "encoding")                        # rule 3
    token = base64.urlsafe_b64decode(text)
    demand(token[:1] == VERSION[mode], "version")
    return token


def authenticate(s, token):
    """Returns P; nothing looks at it before (rule 7)."""
    head, rest = token[:5], token[5:]
    demand(head[1:] == derive(s, "kid")[:4], "unknown_key")                           # rule 4
    demand(len(s.bind) <= 1024, "forged")                                             # rule 5
    context = head + len(s.bind).to_bytes(4, "big") + s.bind
    if s.mode == "signed":
        p, tag = rest[:-32], rest[-32:]
        demand(hmac.compare_digest(tag, mac(derive(s, "sign"), context + p)), "forged")
        return p
    try:
        return xaes(derive(s, "enc"), rest[:24]).decrypt(rest[12:24], rest[24:], context)
    except InvalidTag:
        raise Refused("forged")


def parse(rest):
    """Section 3: the fields of P, and the body as it is coded."""
    def take(n):
        nonlocal rest
        demand(len(rest) >= n, "malformed")
        taken, rest = rest[:n], rest[n:]
        return taken

    flags = number(take(1))
    codec, kind = flags & 3, flags >> 4 & 3
    demand(codec < 2 and kind < 3 and flags < 0x80, "malformed")                      # rule 8
    sid, created, age = take(16), number(take(5)), number(take(4))
    life, idle = (number(take(4)), number(take(4))) if flags & 4 else (None, None)
    claims = parse_claims(take(number(take(2)))) if flags & 0x40 else None
    rest = rest.rstrip(b"\x00")                                                       # rule 9
    demand(rest.endswith(b"\x80"), "malformed")
    body = rest[:-1]
    demand((not body and codec == 0) if kind == 2 else body, "malformed")             # rule 10
    return {"sid": sid.hex(), "created": created, "issued": created + age, "life": life, "idle": idle,
            "browser": bool(flags & 8), "codec": CODECS[codec], "kind": KINDS[kind], "claims": claims}, body


def parse_claims(rest):
    """Rule 11. Subject and stamp are shown in hexadecimal, the others as numbers."""
    claims, last = {}, 0
    demand(rest, "malformed")
    while rest:
        demand(len(rest) >= 2 and rest[0] in CLAIMS and rest[0] > last, "malformed")
        last, size, (name, sizes) = rest[0], rest[1], CLAIMS[rest[0]]
        content, rest = rest[2:2 + size], rest[2 + size:]
        demand(len(content) == size and size in sizes, "malformed")
        claims[name] = content.hex() if name in ("subject", "stamp") else number(content)
    return claims


def times(s, p, used):
    """The table of section 5. A date that nobody set is infinitely far away. The idle time begins at `used`."""
    absolute_expires = p["created"] + min(p["life"] or s.absolute, s.max_absolute)
    idle_expires = used + min(p["idle"] or s.idle, s.max_idle)
    demand(p["issued"] <= s.at + SKEW, "future")
    demand(not s.revoked, "key_revoked")
    demand(s.at < s.open_until, "key_closed")
    demand(p["created"] >= s.not_before, "not_before")
    demand(s.seal_from - SKEW <= p["issued"] <= s.seal_until + SKEW, "key_window")
    demand(s.at < absolute_expires, "expired_absolute")
    demand(s.at < idle_expires, "expired_idle")
    return {"idle_expires": idle_expires, "absolute_expires": absolute_expires}


def inflate(coded):
    """Rule 12. Room for one byte more than is allowed shows whether there is more."""
    stream = zlib.decompressobj(-15)
    try:
        body = stream.decompress(coded, INFLATED + 1)
    except zlib.error:
        raise Refused("malformed")
    demand(stream.eof and not stream.unused_data and 0 < len(body) <= INFLATED, "malformed")
    return body


def split(kind, body):
    if kind != "typed":
        return {"version": None, "shape_hex": None, "body_hex": body.hex()}
    demand(len(body) >= 5, "body")
    return {"version": body[0], "shape_hex": body[1:5].hex(), "body_hex": body[5:].hex()}


def derive(s, label, sid=b""):
    """Section 2: one block of HKDF. The kid alone is the same in every context."""
    app, name = s.app.encode(), s.name.encode()
    context = len(app).to_bytes(2, "big") + app + len(name).to_bytes(2, "big") + name
    prk = mac(b"cloakroom.v1 root", master(s.ring_key))
    return mac(prk, label.encode() + b"\x00" + (b"" if label == "kid" else context + sid) + b"\x01")


def master(text):
    raw = base64.urlsafe_b64decode(text[4:]) if re.fullmatch(r"ck1_[A-Za-z0-9_-]{48}", text) else b""
    if hashlib.sha256(b"cloakroom.v1 key text" + raw[:32]).digest()[:4] != raw[32:]:
        raise ValueError("this is not the text of a key")
    return raw[:32]


def xaes(key, nonce):
    """XAES-256-GCM of C2SP: AES-256-GCM under a key made from the first half of the nonce."""
    aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    doubled = number(aes.update(bytes(16))) << 1
    k1 = doubled ^ (1 << 128 | 0x87 if doubled >> 128 else 0)
    half = lambda i: aes.update((number(bytes([0, i, 0x58, 0]) + nonce[:12]) ^ k1).to_bytes(16, "big"))
    return AESGCM(half(1) + half(2))


def mac(key, message):
    return hmac.digest(key, message, "sha256")


def number(content):
    return int.from_bytes(content, "big")


def arguments(command):
    """The options that opening and sealing have in common."""
    parser = argparse.ArgumentParser(prog="reader.py " + command)
    for option in ("--ring-key", "--app", "--name"):
        parser.add_argument(option, required=True)
    parser.add_argument("--mode", choices=VERSION, required=True)
    parser.add_argument("--bind", type=bytes.fromhex, default=b"")
    return parser


def main():
    if sys.argv[1:2] == ["seal"]:
        import writer
        return writer.main(sys.argv[2:])
    if sys.argv[1:2] != ["open"]:
        sys.exit(__doc__)
    parser = arguments("open")
    parser.add_argument("--at", type=int, required=True)
    for option, default in DEFAULTS.items():
        parser.add_argument("--" + option.replace("_", "-"), type=int, default=default)
    parser.add_argument("--revoked", action="store_true")
    parser.add_argument("value")
    s = parser.parse_args(sys.argv[2:])
    try:
        print(json.dumps(open_token(s, s.value)))
    except Refused as reason:
        print(json.dumps({"ok": False, "reason": str(reason)}))


if __name__ == "__main__":
    main()
