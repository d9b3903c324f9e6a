"""The readers against the writer, against each other, and against faults made by hand.

    python3 selftest.py [SEED]          needs node 20 and `pip install cryptography`
"""
import json, os, random, string, struct, subprocess, sys, zlib
from types import SimpleNamespace

import reader, values, writer

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 20240607
rng = random.Random(SEED)
NOW = 1_800_000_000
DRIVER = """import { open } from './reader.mjs'; import { createInterface } from 'node:readline'
for await (const line of createInterface({ input: process.stdin })) {
  const { settings, value } = JSON.parse(line); console.log(JSON.stringify(open(settings, value))) }"""
REFUSED, ANYTHING = object(), object()          # refused for some reason; whatever both readers say
passed, failures = 0, []


def check(label, actual, expected):
    global passed
    if actual == expected:
        passed += 1
    else:
        failures.append(f"{label}\n  expected {expected!r:.300}\n  but got  {actual!r:.300}")


def token_settings(**changes):
    """One key, one context, one session of an hour's age; what both halves need."""
    return SimpleNamespace(**{
        **reader.DEFAULTS, "ring_key": writer.key_text(bytes(range(32))), "app": "shop", "name": "session",
        "mode": "encrypted", "bind": b"", "at": NOW, "revoked": False, **changes})


def session(**changes):
    return SimpleNamespace(**{
        "r": bytes(32), "sid": bytes(range(16)), "created": NOW - 3600, "age": 3600, "life": None,
        "idle": None, "browser": False, "claims": None, "kind": "typed", "codec": "raw",
        "body": b"\x01shapebody", "extra": 0, **changes})


def seal(s, **changes):
    w = session(**{**vars(s), **changes, **{name: changes.get(name) for name in ("life", "idle")}})
    return writer.seal(w, writer.payload(w))


def seal_payload(s, p):
    return writer.seal(session(**vars(s)), p)


# ------------------------------------------------------------------ cases: (label, settings, value, expected)

def random_cases(count):
    for i in range(count):
        mode, kind = rng.choice(["encrypted", "signed"]), rng.choice(reader.KINDS)
        s = token_settings(mode=mode, ring_key=writer.key_text(rng.randbytes(32)),
                           bind=rng.randbytes(rng.choice([0, 7, 1024])), app=random_label(), name=random_label())
        own = rng.random() < 0.4
        life, idle = (rng.choice([0, 7200, 2**32 - 1]), rng.choice([0, 3601, 2**32 - 1])) if own else (None, None)
        age = rng.randrange(7000)
        created = NOW - age - rng.randrange(100)
        codec = "raw" if kind == "stored" else rng.choice(reader.CODECS)
        body = b"" if kind == "stored" else random_body(codec)
        claims, shown = random_claims() if rng.random() < 0.5 else (None, None)
        browser, extra = rng.random() < 0.5, rng.randrange(32)
        value = seal(s, r=rng.randbytes(32), sid=(sid := rng.randbytes(16)), created=created, age=age, life=life,
                     idle=idle, browser=browser, claims=claims, kind=kind, codec=codec, body=body, extra=extra)
        typed = kind == "typed"
        yield f"random case {i}", s, value, {
            "ok": True, "mode": mode, "kid": reader.derive(s, "kid")[:4].hex(), "sid": sid.hex(),
            "created": created, "issued": created + age, "life": life, "idle": idle, "browser": browser,
            "codec": codec, "kind": kind, "claims": shown,
            "idle_expires": created + age + min(idle or 14 * 86400, 400 * 86400),
            "absolute_expires": created + min(life or 30 * 86400, 400 * 86400),
            "version": body[0] if typed else None, "shape_hex": body[1:5].hex() if typed else None,
            "body_hex": body[5 * typed:].hex(), "chars": len(value)}


def random_label():
    return "".join(rng.choices([chr(c) for c in range(0x21, 0x7F)], k=rng.choice([1, 9, 255])))


def random_body(codec):
    if codec == "deflate" and rng.random() < 0.2:
        return bytes(rng.randbytes(40) * 410)[:16384]
    ending = rng.choice([b"", b"\x80", b"\x80\x00\x00", b"\x00"])
    return rng.randbytes(rng.randrange(5, 400)) + ending


def random_claims():
    content, shown = b"", {}
    while not shown:
        for tag, (name, sizes) in reader.CLAIMS.items():
            if rng.random() < 0.5:
                claim = rng.randbytes(rng.choice(list(sizes)))
                content += bytes([tag, len(claim)]) + claim
                shown[name] = claim.hex() if tag in (1, 5) else int.from_bytes(claim, "big")
    return content, shown


def broken_tokens():
    """Every token cut short, and every other character in every place of one, in both modes."""
    alphabet = string.ascii_letters + string.digits + "-_"
    for mode in ("encrypted", "signed"):
        s = token_settings(mode=mode)
        value = seal(s)
        for end in range(len(value)):
            short = end < reader.SHORTEST[mode] or end % 4 != 0
            yield f"{mode} cut at {end}", s, value[:end], "length" if short else "forged"
            yield f"{mode} cut before {end}", s, value[len(value) - end:], "length" if short else REFUSED
        for place, character in enumerate(value):
            for other in alphabet:
                changed = value[:place] + other + value[place + 1:]
                expected = ("version" if token_bytes(changed)[0] != token_bytes(value)[0] else
                            "unknown_key" if token_bytes(changed)[:5] != token_bytes(value)[:5] else "forged")
                if other != character:
                    yield f"{mode} {other} at {place}", s, changed, expected
            for other in "=+/ \n\0.%":
                changed = value[:place] + other + value[place + 1:]
                yield f"{mode} {other!r} at {place}", s, changed, "encoding"


def token_bytes(value):
    return reader.base64.urlsafe_b64decode(value)


def faults():
    """By hand: what, settings, value, and the reason or None for a token that opens."""
    yield from faults_outside()
    for label, p, reason in faults_inside():
        for mode in ("encrypted", "signed"):
            s = token_settings(mode=mode)
            yield f"{label}, {mode}", s, seal_payload(s, writer.fill(mode, p)), reason
    yield from faults_in_time()


def faults_outside():
    for mode, other in (("encrypted", "signed"), ("signed", "encrypted")):
        s, o = token_settings(mode=mode), token_settings(mode=other)
        value = seal(s)
        yield "the other mode", o, value, "version"
        yield "empty", s, "", "length"
        yield "4096 characters", s, "A" * 4096, "version"
        yield "4100 characters", s, "A" * 4100, "length"
        yield "one character more", s, value + "A", "length"
        yield "four characters more", s, value + "AAAA", "forged"
        yield "not ASCII", s, value[:-2] + "\u00e9", "encoding"
        yield "padding", s, value[:-1] + "=", "encoding"
        yield "a line feed at the end", s, value[:-1] + "\n", "encoding"
        yield "another key", token_settings(mode=mode, ring_key=writer.key_text(bytes(32))), value, "unknown_key"
        yield "another app", token_settings(mode=mode, app="shoq"), value, "forged"
        yield "another name", token_settings(mode=mode, name="sessioo"), value, "forged"
        yield "app and name divided otherwise", token_settings(mode=mode, app="shops", name="ession"), value, "forged"
        yield "another bind", token_settings(mode=mode, bind=b"x"), value, "forged"
        yield "no bind", s, seal(token_settings(mode=mode, bind=b"x")), "forged"
        long_bind = token_settings(mode=mode, bind=bytes(1025))
        yield "bind of 1025", long_bind, seal(long_bind), "forged"
        yield "bind of 1025 and another key", token_settings(
            mode=mode, bind=bytes(1025), ring_key=writer.key_text(bytes(32))), value, "unknown_key"
        shortest = seal(s, kind="stored", body=b"")
        check("the shortest token", len(shortest), reader.SHORTEST[mode])
        yield "the shortest", s, shortest, None
        body = next(b for n in range(3100, 2900, -1) if len(seal(s, body=(b := bytes([1] * n)))) <= 4096)
        longest = seal(s, body=body)
        check("the longest token", len(longest), 4096)
        yield "the longest", s, longest, None


def faults_inside():
    def p(flags=0, rest=b"\x01shapebody\x80", sid=b"\x80" * 16):
        return bytes([flags]) + sid + (NOW - 9).to_bytes(5, "big") + (9).to_bytes(4, "big") + rest

    def claims(content):
        return p(0x40, len(content).to_bytes(2, "big") + content + b"\x01shapebody\x80")

    yield "raw", p(), None
    yield "codec 2", p(2), "malformed"
    yield "codec 3", p(3), "malformed"
    yield "kind 3", p(0x30), "malformed"
    yield "bit 7", p(0x80), "malformed"
    yield "values", p(0x10), None
    yield "values of one byte", p(0x10, b"\x00\x80"), None
    yield "all zero", bytes(27), "malformed"
    yield "no marker", p(rest=b"\x01shapebody"), "malformed"
    yield "zeros after the marker", p(rest=b"\x01shapebody\x80" + bytes(300)), None
    yield "a body that ends like a marker", p(rest=b"\x01shapebody\x80\x00\x80"), None
    yield "empty typed body", p(rest=b"\x80\x00\x00"), "malformed"
    yield "empty Values body", p(0x10, b"\x80\x00\x00"), "malformed"
    yield "stored", p(0x20, b"\x80"), None
    yield "stored with a body", p(0x20, b"\x00\x80"), "malformed"
    yield "stored with codec 1", p(0x21, b"\x80"), "malformed"
    yield "stored, deflated nothing", p(0x21, b"\x03\x00\x80"), "malformed"
    yield "marker only in the sid", p(0, b"\x00\x00", sid=b"\x01" * 15 + b"\x80"), "malformed"
    yield "marker only in the age", b"\x20" + bytes(16) + (NOW - 128).to_bytes(5, "big") + b"\0\0\0\x80\0\0\0", "malformed"
    yield "lifetimes cut short", p(4, b"\x00\x00\x00\x80"), "malformed"
    yield "both lifetimes 0", p(4, bytes(8) + b"\x01shapebody\x80"), None
    yield "marker only in the lifetimes", p(0x24, bytes(7) + b"\x80"), "malformed"
    yield "claims_len beyond the end", p(0x40, b"\xff\xff\x06\x01\x01\x80"), "malformed"
    yield "claims_len alone", p(0x40, b"\x00"), "malformed"
    yield "claims_len 0", claims(b""), "malformed"
    yield "a level", claims(b"\x06\x01\x00"), None
    yield "subject and level", claims(b"\x01\x01x\x06\x01\x00"), None
    yield "a subject of 64", claims(b"\x01\x40" + b"x" * 64), None
    yield "a subject of 65", claims(b"\x01\x41" + b"x" * 65), "malformed"
    yield "a subject of 0", claims(b"\x01\x00"), "malformed"
    yield "claims descending", claims(b"\x06\x01\x00\x01\x01x"), "malformed"
    yield "a claim twice", claims(b"\x06\x01\x00\x06\x01\x00"), "malformed"
    yield "claim 0", claims(b"\x00\x01\x00"), "malformed"
    yield "claim 7", claims(b"\x07\x01\x00"), "malformed"
    yield "a tag alone", claims(b"\x06"), "malformed"
    yield "a claim cut short", claims(b"\x05\x10short"), "malformed"
    for tag, size in ((2, 3), (2, 5), (3, 4), (4, 6), (5, 15), (5, 17), (6, 0), (6, 2)):
        yield f"claim {tag} of {size}", claims(bytes([tag, size]) + bytes(size)), "malformed"
    yield "typed body of 4 bytes", p(rest=b"\x01sha\x80"), "body"
    yield "typed body of 5 bytes", p(rest=b"\x01shap\x80"), None
    for label, coded, reason in deflated():
        yield label, p(0x01, coded + b"\x80"), reason
        yield label + ", Values", p(0x11, coded + b"\x80"), reason


def deflated():
    whole = writer.deflate(b"\x01shapebody")
    stored = lambda final, content: bytes([final]) + struct.pack("<HH", len(content), 0xFFFF - len(content)) + content
    yield "deflate", whole, None
    yield "deflate and a byte", whole + b"\x00\x01", "malformed"
    yield "deflate and another stream", whole + whole, "malformed"
    yield "deflate and a zero byte", whole + b"\x00", "malformed"
    yield "deflate cut", whole[:-1], "malformed"
    yield "no stream", b"", "malformed"
    yield "no final block", stored(0, b"\x01shapebody"), "malformed"
    yield "empty stored blocks first", stored(0, b"") * 100 + stored(1, b"\x01shapebody"), None
    yield "block type 3", b"\x07", "malformed"
    yield "a distance before the start", bytes([0x63, 0x00, 0x42, 0x00]), "malformed"
    yield "deflated nothing", b"\x03\x00", "malformed"
    yield "a stored block of a wrong length", b"\x01\x05\x00\x00\x00hello", "malformed"
    yield "16384 bytes", writer.deflate(bytes(16384)), None
    yield "16384 bytes, then an empty block", flushed(16384) + b"\x03\x00", None
    yield "16385 bytes", writer.deflate(bytes(16385)), "malformed"
    yield "16385 bytes without an end", flushed(16385), "malformed"
    yield "a megabyte", writer.deflate(bytes(1 << 20)), "malformed"
    yield "a zlib stream", zlib.compress(b"\x01shapebody"), "malformed"


def flushed(n):
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(bytes(n)) + stream.flush(zlib.Z_SYNC_FLUSH)


def random_payloads(count):
    """A payload with a byte or two changed before it is sealed: the readers agree on what it is."""
    valid = [case for case in random_cases(100)]
    for i in range(count):
        _, s, value, _ = rng.choice(valid)
        p = bytearray(reader.authenticate(s, token_bytes(value)))
        for _ in range(rng.randrange(1, 3)):
            place = rng.choice([0, *range(17, 48), rng.randrange(len(p))]) % len(p)
            p[place] = rng.choice([0, 1, 4, 0x80, rng.randrange(256)])
        p = p[:rng.choice([len(p), len(p), rng.randrange(27, len(p) + 1)])]
        yield f"random payload {i}", s, seal_payload(s, writer.fill(s.mode, bytes(p))), ANYTHING


def faults_in_time():
    """Each date one second before and at its edge. The session: created NOW - 3600, issued NOW."""
    def at(label, reason, sealed=None, **changes):
        for mode in ("encrypted", "signed"):
            s = token_settings(mode=mode, **changes)
            yield f"{label}, {mode}", s, seal(s, **(sealed or {})), reason

    day, created = 86400, NOW - 3600
    yield from at("60 seconds early", None, at=NOW - 60)
    yield from at("61 seconds early", "future", at=NOW - 61)
    yield from at("early and revoked", "future", at=NOW - 61, revoked=True)
    yield from at("revoked", "key_revoked", revoked=True)
    yield from at("revoked and closed", "key_revoked", revoked=True, open_until=NOW)
    yield from at("before open_until", None, open_until=NOW + 1)
    yield from at("at open_until", "key_closed", open_until=NOW)
    yield from at("closed and before not_before", "key_closed", open_until=NOW, not_before=NOW)
    yield from at("at not_before", None, not_before=created)
    yield from at("before not_before", "not_before", not_before=created + 1)
    yield from at("not_before goes before the window", "not_before", not_before=created + 1, seal_until=0)
    yield from at("at seal_from and skew", None, seal_from=NOW + 60)
    yield from at("before seal_from and skew", "key_window", seal_from=NOW + 61)
    yield from at("seal_from 1", None, seal_from=1)
    yield from at("at seal_until and skew", None, seal_until=NOW - 60)
    yield from at("after seal_until and skew", "key_window", seal_until=NOW - 61)
    yield from at("the window goes before expiry", "key_window", seal_until=NOW - 61, at=NOW + 99 * day)
    yield from at("before the idle end", None, at=NOW + 14 * day - 1)
    yield from at("at the idle end", "expired_idle", at=NOW + 14 * day)
    yield from at("at the absolute end too", "expired_absolute", at=created + 30 * day)
    yield from at("before the absolute end", None, at=created + 30 * day - 1, idle=400 * day)
    yield from at("at the absolute end", "expired_absolute", at=created + 30 * day, idle=400 * day)
    yield from at("own life", "expired_absolute", {"life": 3600, "idle": 9})
    yield from at("own life of a second more", None, {"life": 3601, "idle": 9})
    yield from at("own idle", "expired_idle", {"life": 0, "idle": 9}, at=NOW + 9)
    yield from at("own idle of 0", None, {"life": 99 * day, "idle": 0}, at=NOW + 14 * day - 1)
    yield from at("own idle of 0 at the end", "expired_idle", {"life": 99 * day, "idle": 0}, at=NOW + 14 * day)
    yield from at("own life of 0 at the end", "expired_absolute", {"life": 0, "idle": 99 * day}, at=created + 30 * day)
    yield from at("max_idle", "expired_idle", {"life": 0, "idle": 9}, max_idle=8, at=NOW + 8)
    yield from at("max_absolute", "expired_absolute", {"life": 2**32 - 1, "idle": 0}, max_absolute=3600)
    yield from at("the maximum binds the policy too", "expired_absolute", max_absolute=3600)
    yield from at("created at 0", "expired_absolute", {"created": 0, "age": 0})
    yield from at("the last second of 40 bits", None, {"created": 2**40 - 1, "age": 1}, at=2**40)
    yield from at("the greatest numbers", None, {"created": 2**40 - 1, "age": 2**32 - 2, "life": 2**32 - 1, "idle": 1},
                  at=2**40 + 2**32 - 3, max_absolute=2**33)
    bad = token_settings(revoked=True, at=0)
    yield "malformed goes before the times", bad, seal_payload(bad, bytes(27)), "malformed"
    broken = writer.fill("encrypted", b"\x01" + bytes(25) + b"\x07\x80")
    yield "the times go before inflate", bad, seal_payload(bad, broken), "key_revoked"


# ------------------------------------------------------------------ running them

def run(cases):
    theirs = javascript(cases)
    for (label, s, value, expected), js in zip(cases, theirs, strict=True):
        py = python(s, value)
        check(label + ", both readers", js, py)
        if expected is REFUSED:
            check(label, py["ok"], False)
        elif isinstance(expected, dict):
            check(label, py, expected)
        elif expected is not ANYTHING:
            check(label, py.get("reason"), expected)


def python(s, value):
    try:
        return reader.open_token(s, value)
    except reader.Refused as reason:
        return {"ok": False, "reason": str(reason)}


def javascript(cases):
    plain = lambda v: v.hex() if isinstance(v, bytes) else v
    lines = [json.dumps({"value": value, "settings": {
        k.replace("_", "-"): plain(v) for k, v in vars(s).items() if v not in (reader.NEVER, -reader.NEVER)}})
        for _, s, value, _ in cases]
    node = subprocess.run(["node", "--input-type=module", "-e", DRIVER], input="\n".join(lines) + "\n",
                          cwd=HERE, capture_output=True, text=True)
    if node.returncode:
        sys.exit(node.stderr)
    return [json.loads(line) for line in node.stdout.splitlines()]


def commands():
    common = ["--ring-key", writer.key_text(bytes(range(32))), "--app", "shop", "--name", "session",
              "--mode", "signed", "--bind", "beef"]
    ask = lambda *command: subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=True).stdout.strip()
    value = ask("python3", "reader.py", "seal", *common, "--sid", "07" * 16, "--created", str(NOW), "--age", "5",
                "--life", "99", "--browser", "--kind", "values", "--codec", "deflate", "--body", "00")
    for program in (["python3", "reader.py"], ["node", "reader.mjs"]):
        answer = json.loads(ask(*program, "open", *common, "--at", str(NOW), value))
        check(f"{program} opens", (answer["ok"], answer["life"], answer["browser"], answer["body_hex"]),
              (True, 99, True, "00"))
        answer = json.loads(ask(*program, "open", *common, "--revoked", "--at", str(NOW), "--", value))
        check(f"{program} refuses", answer, {"ok": False, "reason": "key_revoked"})


def vectors():
    """Those of C2SP for XAES-256-GCM, and of RFC 7541, Appendix C, for its Huffman code."""
    for key, context, sealed in ((1, b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
                                 (3, b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d")):
        nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX"
        aes = reader.xaes(bytes([key] * 32), nonce)
        check(f"XAES with key {key}", aes.encrypt(nonce[12:], b"XAES-256-GCM", context).hex(), sealed)
    for code, text in {"f1e3c2e5f23a6ba0ab90f4ff": "www.example.com", "a8eb10649cbf": "no-cache",
                       "25a849e95ba97d7f": "custom-key", "25a849e95bb8e8b4bf": "custom-value",
                       "6402": "302", "aec3771a4b": "private",
                       "d07abe941054d444a8200595040b8166e082a62d1bff": "Mon, 21 Oct 2013 20:13:21 GMT"}.items():
        check(f"RFC 7541: {text}", values.packed(bytes.fromhex("01" + code)), text)
    check("RFC 7541: EOS is thirty ones", values.CODES.get((30, 2**30 - 1)), 256)
    check("RFC 7541: the lengths", zlib.crc32(values.LENGTHS.encode()), 0x90e7f5ec)


# ------------------------------------------------------------------ Values

def varint(n):
    return bytes([n & 0x7F | 0x80]) + varint(n >> 7) if n > 0x7F else bytes([n])


def body_of(*entries, table=b""):
    return varint(len(table)) + table + b"".join(key + varint(len(v)) + v for key, v in entries)


def values_by_hand():
    a, b = b"\x41a", b"\x41b"
    one = lambda value, table=b"": body_of((a, bytes.fromhex(value)), table=table)
    good = {
        "the empty map": (b"\x00", {}), "a name in no use": (b"\x02\x41a", {}),
        "two entries": (body_of((a, b"\x00"), (b, b"\x3f")), {"a": 0, "b": 63}),
        "an empty key": (body_of((b"\x40", b"\xa0")), {"": None}),
        "UTF-8 order": (body_of((b"\x43\xef\xbf\xbf", b"\xa1"), (b"\x44\xf0\x90\x80\x80", b"\xa2")),
                        {"\uffff": False, "\U00010000": True}),
        "nested": (one("92" "0000" "0181a0", a + b), {"a": {"a": 0, "b": [None]}}),
        "64": (one("a340"), {"a": 64}), "2^64 - 1": (one("a3" + "ff" * 9 + "01"), {"a": 2**64 - 1}),
        "-1": (one("b0"), {"a": -1}), "-16": (one("bf"), {"a": -16}), "-17": (one("a410"), {"a": -17}),
        "-2^63": (one("a4" + "ff" * 8 + "7f"), {"a": -2**63}),
        "a double": (one("a53ff8000000000000"), {"a": 1.5}), "a double of 5": (one("a54014000000000000"), {"a": 5.0}),
        "bytes": (one("a6020102"), {"a": b"\x01\x02"}), "no bytes": (one("a600"), {"a": b""}),
        "a UUID": (one("ab" + "0f" * 16), {"a": "0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f"}),
        "hex": (one("e0deadbeef"), {"a": "deadbeef"}), "base64url": (one("c0" + "ff" * 8), {"a": "__________8"}),
        "text that hex could hold": (one("486465616462656566"), {"a": "deadbeef"}),
        "Huffman": (one("606402"), {"a": "302"}), "text of 32": (one("a920" + "61" * 32), {"a": "a" * 32}),
        "a list of 16": (one("a710" + "00" * 16), {"a": [0] * 16}),
        "a list of 1024": (one("a78008" + "00" * 1024), {"a": [0] * 1024}),
        "64 deep": (one("81" * 63 + "80"), {"a": nest(64)}),
        "1024 entries": (body_of(*((b"\x42" + struct.pack(">BB", *divmod(i, 128)), b"\x00") for i in range(1024))),
                         {chr(i // 128) + chr(i % 128): 0 for i in range(1024)}),
        "16384 bytes": (one("a6" "f87f" + "00" * 16376), {"a": bytes(16376)})}
    sixteen = b"".join(b"\x41" + bytes([c]) for c in range(97, 113))
    pairs = "".join(f"{place:02x}00" for place in range(16))
    many = body_of(*((b"\x42" + struct.pack(">BB", *divmod(i, 128)), b"\x00") for i in range(1025)))
    refused = {
        "cut short": {
            "nothing in the table": b"\x01", "a table cut in a name": b"\x01\x41a", "a key alone": b"\x00\x41a",
            "a value beyond the end": b"\x00\x41a\x02\x00", "a double cut": one("a50000"),
            "a UUID cut": one("ab" + "00" * 15),
            "bytes beyond the end": one("a6ffffffff0f00"), "a map cut": one("9100a500", a)},
        "not a string": {"a name that is a number": b"\x01\x07", "a key that is a number": b"\x00\x07\x01\x00"},
        "section 9: entries": {"1025 entries": many},
        "V1": {"nothing": b"", "16385 bytes": one("a6" "f97f" + "00" * 16377)},
        "V2": {"a name twice": b"\x04\x41a\x41a", "a name in two forms": b"\x0e\x48deadbeef\xe0\xde\xad\xbe\xef"},
        "V3": {
            "keys equal": body_of((a, b"\x00"), (a, b"\x00")), "keys descending": body_of((b, b"\x00"), (a, b"\x00")),
            "a key in two forms": body_of((b"\x43302", b"\x00"), (b"\x60\x64\x02", b"\x00"))},
        "V4": {
            "table_len not canonical": b"\x80\x00", "value_len 0": b"\x00\x41a\x00", "a varint not canonical": one("a3c000"),
            "a3 for 63": one("a33f"), "a4 for -16": one("a40f"), "a4 for -2^63 - 1": one("a4" + "80" * 9 + "01"),
            "a7 for 15": one("a70f" + "00" * 15), "a7 for 1025": one("a78108" + "00" * 1025),
            "a8 for 15": one("a80f" + pairs[:60], sixteen), "a9 for 31": one("a91f" + "61" * 31),
            "aa for 33": one("aa21" + huffman_coded(b"e" * 52)), "ac for 39": one("ac27" + "00" * 39),
            "ad for 35": one("ad23" + "00" * 35)},
        "a varint of": {"2^64": one("a3" + "80" * 9 + "02"), "a varint of eleven bytes": one("a3" + "80" * 10 + "01")},
        "a tag": {"ae": one("ae10" + pairs, sixteen), "af": one("af10" + pairs, sixteen)},
        "V5": {"a place beyond the table": one("910100", a), "a key twice in a map": one("9200000000", a)},
        "V6": {"65 deep": one("81" * 64 + "80"), "65 deep, maps": one("9100" * 64 + "90", a)},
        "V7": {
            "a list cut": one("8200"), "a list of 1024 in nothing": one("a78008"), "a map of 1024 in nothing": one("a88008")},
        "V8": {"bytes after a value": one("0000")},
        "P3: EOS": {"EOS": one("6c" + "00" * 10 + "ffffffff")},
        "P3: padding": {
            "a zero bit": one("66" "00000000000000fe"), "an incomplete symbol": one("64" + "00" * 5 + "fe"),
            "eight bits of padding": one("64" "0000000000ff")},
        "P3: saves nothing": {
            "two for two": one("60" + huffman_coded(b"&e")), "three for three": one("61" + huffman_coded(b"&&&"))},
        "P4": {
            "a key not UTF-8": b"\x00\x41\xff\x01\x00", "a surrogate": one("43eda080"), "overlong": one("42c080"),
            "Huffman not UTF-8": one("68" + huffman_coded(b"e" * 10 + b"\xff"))}}
    for label, (body, expected) in good.items():
        check("Values: " + label, decoded(body), expected)
    for reason, bodies in refused.items():
        for label, body in bodies.items():
            check("Values: " + label, why(body)[:len(reason)], reason)
    for label, content in {
            "nothing": "", "form 5": "0541", "UUID of 15": "04" + "00" * 15, "UUID of 17": "04" + "00" * 17,
            "hex of 3": "03000000", "base64url of 7": "02" + "00" * 7, "text not UTF-8": "00ff",
            "Huffman of nothing": "01", "Huffman of one byte": "011f"}.items():
        check("packed: " + label, refuses(values.packed, bytes.fromhex(content)), True)
    check("packed: empty text", values.packed(b"\x00"), "")


def huffman_coded(text):
    code = {symbol: f"{code:0{length}b}" for (length, code), symbol in values.CODES.items()}
    bits = "".join(code[byte] for byte in text)
    bits += "1" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8)).hex()


def values_at_random(count):
    """Trees, coded here by the letter of section 9, read back; and each short body cut everywhere."""
    for i in range(count):
        names = [f"n{i}" for i in range(rng.randrange(1, 20))]
        tree = {f"key {i}": random_tree(names, 3) for i in rng.sample(range(100, 1000), rng.randrange(6))}
        tree = dict(sorted(tree.items()))
        table = b"".join(map(coded_text, names))
        body = body_of(*((coded_text(key), coded(v, names)) for key, v in tree.items()), table=table)
        if len(body) > 16384:
            continue
        check(f"Values at random {i}", decoded(body), tree)
        if len(body) < 1000:
            for end in range(len(body)):
                cut = decoded(body[:end])
                check(f"Values at random {i}, cut at {end}", cut == "refused" or cut.items() <= tree.items(), True)
            for place in range(len(body)):
                decoded(body[:place] + rng.randbytes(1) + body[place + 1:])     # raises nothing but Refused
        check("packed at random", values.packed(b"\x00" + (text := random_text()).encode()), text)


def random_text():
    return "".join(rng.choices("aeiou st-_09AZ\u00e9\u4e16\U0001f36a", k=rng.choice([0, 3, 31, 32, 33, 60])))


def random_tree(names, depth):
    kind = rng.randrange(8 if depth else 6)
    if kind < 2:
        return rng.choice([-1, 1]) * rng.getrandbits(rng.randrange(1, 64)) - rng.randrange(2)
    if kind < 6:
        return [rng.choice([None, False, True]), rng.random(), rng.randbytes(rng.randrange(200)), random_text()][kind - 2]
    count = rng.choice([0, 2, 15, 16, 19])
    if kind == 6:
        return [random_tree(names, depth - 1) for _ in range(count)]
    return {name: random_tree(names, depth - 1) for name in rng.sample(names, min(count, len(names)))}


def coded(v, names):
    if v is None or isinstance(v, bool):
        return {None: b"\xa0", False: b"\xa1", True: b"\xa2"}[v]
    if isinstance(v, int):
        n = v if v >= 0 else -1 - v
        short, base, long = (64, 0, b"\xa3") if v >= 0 else (16, 0xB0, b"\xa4")
        return bytes([base + n]) if n < short else long + varint(n)
    if isinstance(v, float):
        return b"\xa5" + struct.pack(">d", v)
    if isinstance(v, bytes):
        return b"\xa6" + varint(len(v)) + v
    if isinstance(v, str):
        return coded_text(v)
    tag, long = (0x80, b"\xa7") if isinstance(v, list) else (0x90, b"\xa8")
    items = [coded(x, names) for x in v] if isinstance(v, list) else [
        varint(names.index(k)) + coded(x, names) for k, x in v.items()]
    return (bytes([tag + len(v)]) if len(v) < 16 else long + varint(len(v))) + b"".join(items)


def coded_text(text):
    plain, packed = text.encode(), bytes.fromhex(huffman_coded(text.encode()))
    if len(packed) < len(plain):
        return bytes([0x60 + len(packed) - 2]) + packed if len(packed) < 34 else b"\xaa" + varint(len(packed)) + packed
    return bytes([0x40 + len(plain)]) + plain if len(plain) < 32 else b"\xa9" + varint(len(plain)) + plain


def nest(depth):
    return [nest(depth - 1)] if depth > 1 else []


def decoded(body):
    try:
        names, entries = values.open_body(body)
        return {key: values.read(value, names) for key, value in entries.items()}
    except values.Refused:
        return "refused"


def why(body):
    try:
        names, entries = values.open_body(body)
        return [values.read(value, names) for value in entries.values()] and "nothing"
    except values.Refused as reason:
        return str(reason)


def refuses(function, content):
    try:
        function(content)
    except (values.Refused, ValueError):
        return True
    return False


def main():
    vectors()
    commands()
    run([*random_cases(600), *broken_tokens(), *faults(), *random_payloads(3000)])
    values_by_hand()
    values_at_random(100)
    check("a key with a wrong check sum", refuses(reader.master, "ck1_" + "A" * 48), True)
    check("a key of another length", refuses(reader.master, writer.key_text(bytes(31))), True)
    print(*failures, f"seed {SEED}: {passed} passed, {len(failures)} failed", sep="\n")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
