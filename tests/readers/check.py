"""Both readers over every vector and over the accumulated sequence of ../vectors/README.md.

    python3 check.py [TOKENS]        of the sequence, 10000 or 100000; needs node 20 and
                                     `pip install cryptography`
"""
import hashlib, json, multiprocessing, os, subprocess, sys
from types import SimpleNamespace

import reader, values, writer

HERE = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.path.join(HERE, "..", "vectors", "v1")
DRIVER = """import { open, openRecord } from './reader.mjs'; import { createInterface } from 'node:readline'
for await (const line of createInterface({ input: process.stdin })) {
  const { settings, value, cookie, record } = JSON.parse(line)
  console.log(JSON.stringify(cookie ? openRecord(settings, cookie, record) : open(settings, value))) }"""
passed, failures = 0, []


def check(label, actual, expected):
    global passed
    if actual == expected:
        passed += 1
    else:
        failures.append(f"{label}\n  expected {expected!r}\n  but got  {actual!r}")


# ------------------------------------------------------------------ vectors

def vectors():
    names = sorted(name for name in os.listdir(VECTORS) if name.endswith(".txt"))
    files = [parse(name) for name in names]
    attempts = [[(s, value) for s in contexts(told)] for told, value, _ in files]
    flat = [attempt for group in attempts for attempt in group]
    for language, open_all in (("Python", python), ("JavaScript", javascript)):
        results = iter(open_all(flat))
        cookies = [combine([(s.mode, next(results)) for s, _ in group]) for group in attempts]
        kept = {}
        for name, (told, _, _), group, cookie in zip(names, files, attempts, cookies):
            if "record" in told and cookie["ok"]:
                kept[name] = [(s, (cookie, told["record"])) for s, _ in group]
        results = iter(open_all([attempt for group in kept.values() for attempt in group]))
        records = {name: first([next(results) for _ in group]) for name, group in kept.items()}
        for name, (told, _, found), cookie in zip(names, files, cookies):
            result = records.get(name, cookie)
            check(f"{name}, {language}", lines(go_on(told.get("reads"), result)), found)
    return len(names)


def parse(name):
    """What a reader is told, the cookie's value, and what it must find as it stands in the file."""
    with open(os.path.join(VECTORS, name), "rb") as file:
        head, value = file.read().split(b"\n\n", 1)
    head = head.decode() + "\n"
    at = head.index("expect:")
    told = {"also_open": []}
    for line in head[:at].splitlines():
        key, _, content = line.partition(":")
        if key == "also_open":
            told[key].append(content.split())
        else:
            told[key] = content.strip()
    return told, value.removesuffix(b"\n").decode("utf-8", "surrogateescape"), head[at:]


def contexts(told):
    """Our own settings, then those of each other context that is opened at this moment."""
    numbers = {key: int(told[key]) for key in reader.DEFAULTS if key in told}
    ours = SimpleNamespace(**{
        **reader.DEFAULTS, **numbers, "ring_key": told["key"], "app": told["app"], "name": told["name"],
        "mode": told["mode"], "bind": bytes.fromhex(told["bind"]), "at": int(told["now"]), "revoked": "revoked" in told})
    also = [(mode, app) for mode, app, until in told["also_open"] if ours.at < int(until)]
    return [ours] + [SimpleNamespace(**{**vars(ours), "mode": mode, "app": app}) for mode, app in also]


def combine(results):
    """Steps 1 to 5 of section 5 for several contexts: the mode is chosen first, then the context."""
    for mode in dict.fromkeys(mode for mode, _ in results):
        of_mode = [result for m, result in results if m == mode]
        if of_mode[0].get("reason") not in ("length", "encoding", "version"):
            return first(of_mode)
    return results[0][1]


def first(results):
    """Of several contexts: the first under whose key the tag fits."""
    return next((r for r in results if r.get("reason") != "forged"), results[0])


def go_on(reads, result):
    """Steps 9 to 11 for the two types that vectors speak of."""
    if not result["ok"] or reads is None:
        return result
    try:
        reader.demand(result["kind"] == {"visit": "typed", "values": "values"}[reads], "kind")
        body = bytes.fromhex(result["body_hex"])
        visit(result, body) if reads == "visit" else values.open_body(body)
    except values.Refused:
        return {"ok": False, "reason": "body"}
    except reader.Refused as reason:
        return {"ok": False, "reason": str(reason)}
    return result


def visit(result, body):
    """A visit of version 3 or of version 2, which had no note: postcard, then the shape."""
    reader.demand(result["version"] <= 3, "newer_version")
    reader.demand(result["version"] >= 2, "older_version")
    _, body = varint(body, 32)
    events = b"\x11\x01\x04user\x03"
    if result["version"] == 3:
        size, body = varint(body, 64)
        note, body = body[:size], body[size:]
        reader.demand(len(note) == size and is_text(note), "body")
        events = b"\x11\x02\x04user\x03\x04note\x09"
    reader.demand(not body, "body")
    state = 0xCBF29CE484222325
    for byte in events:
        state = (state ^ byte) * 0x100000001B3 % 2**64
    reader.demand(f"{state % 2**32:08x}" == result["shape_hex"], "shape")


def varint(body, bits):
    n = 0
    for place in range(-(-bits // 7)):
        reader.demand(place < len(body), "body")
        n |= (body[place] & 0x7F) << 7 * place
        if body[place] < 0x80:
            reader.demand(n < 2**bits, "body")
            return n, body[place + 1:]
    raise reader.Refused("body")


def is_text(content):
    try:
        return content.decode() is not None
    except UnicodeDecodeError:
        return False


def lines(result):
    """What a reader found, as it stands in a vector's file."""
    if not result["ok"]:
        return f"expect: {result['reason']}\n"
    claims = result["claims"] or {}
    claims = " ".join(f"{name}={claims[name]}" for name, _ in reader.CLAIMS.values() if name in claims)
    found = {
        "expect": "ok", "kid": result["kid"], "sid": result["sid"], "created": result["created"],
        "issued": result["issued"], "own_life": result["life"] or 0, "own_idle": result["idle"] or 0,
        "browser": "yes" if result["browser"] else "no", "codec": result["codec"], "kind": result["kind"]}
    if result["kind"] == "typed":
        found |= {"version": result["version"], "shape": result["shape_hex"]}
    found |= {"claims": claims, "body": result["body_hex"]}
    return "".join(f"{key}: {content}".strip() + "\n" for key, content in found.items())


# ------------------------------------------------------------------ the accumulated sequence

def accumulated(count):
    """The hashes of the values that Python writes, and of what each reader finds in them."""
    hashes = [hashlib.sha256() for _ in range(3)]
    with multiprocessing.Pool() as processes:
        for texts in processes.imap(batch, (range(i, min(i + 2500, count)) for i in range(0, count, 2500))):
            for hashed, text in zip(hashes, texts):
                hashed.update(text.encode())
    with open(os.path.join(VECTORS, "accumulated.hashes")) as file:
        expected = {line.split()[0]: line.split()[1:] for line in file if line[0] != "#"}[str(count)]
    check(f"{count} values", hashes[0].hexdigest(), expected[0])
    check(f"{count} results, Python", hashes[1].hexdigest(), expected[1])
    check(f"{count} results, JavaScript", hashes[2].hexdigest(), expected[1])


def batch(numbers):
    """Of these tokens: the values, what Python finds in them, what JavaScript finds."""
    tokens = [draw(i) for i in numbers]
    values = "".join(value + "\n" for _, value in tokens)
    return [values] + ["".join(lines(found) + "\n" for found in read(tokens)) for read in (python, javascript)]


class Stream:
    """The random bytes of one token. No token takes more than 1024."""

    def __init__(self, i):
        self.rest = hashlib.shake_128(b"cloakroom.v1 accumulated" + i.to_bytes(4, "big")).digest(1024)

    def take(self, n):
        taken, self.rest = self.rest[:n], self.rest[n:]
        assert len(taken) == n
        return taken

    def number(self, size=1):
        return int.from_bytes(self.take(size), "big")

    def below_a_power(self, most):
        bits = self.number() % most
        return self.number(4) % 2**bits

    def label(self):
        return "".join(chr(0x21 + byte % 94) for byte in self.take(1 + self.number() % 24))

    def claims(self):
        chosen, block = self.number(), b""
        for tag, (_, sizes) in reader.CLAIMS.items():
            if chosen < 128 and chosen >> tag - 1 & 1:
                size = 1 + self.number() % 64 if tag == 1 else sizes[0]
                block += bytes([tag, size]) + self.take(size)
        return block or None


def draw(i):
    """Token number i: what its reader is told, and its value."""
    d = Stream(i)
    key, r, sid = d.take(32), d.take(32), d.take(16)
    mode = ["encrypted", "signed"][d.number() % 2]
    app, name = d.label(), d.label()
    bound = d.number()
    bind = d.take(bound % 32) if bound >= 128 else b""
    created = 1_700_000_000 + d.number(4) % 100_000_000
    age = d.below_a_power(23)
    own = d.number() % 4 == 0
    life, idle = (d.below_a_power(33), d.below_a_power(33)) if own else (None, None)
    browser, claims = d.number() % 2 == 1, d.claims()
    kind, body, codec = reader.KINDS[d.number() % 3], b"", "raw"
    if kind != "stored":
        body = d.take(5 + d.number(2) % 300)
        body += [b"", b"\x80", b"\x80\0\0", b"\0"][d.number() % 4]
        codec = ["raw", "deflate"][d.number() % 2]
    extra = d.number() % 32
    now = created + age - 70 + d.below_a_power(22)
    fault, place, mask = d.number() % 16, d.number(2), 1 + d.number() % 255

    place_of = {"ring_key": writer.key_text(key), "app": app, "name": name, "mode": mode}
    s = SimpleNamespace(**reader.DEFAULTS, **place_of, bind=bind, at=now, revoked=False)
    w = SimpleNamespace(
        **place_of, bind=bind, r=r, sid=sid, created=created, age=age, life=life, idle=idle, browser=browser,
        claims=claims, kind=kind, codec="raw", body=stored(body) if codec == "deflate" else body, extra=extra)
    p = bytearray(writer.payload(w).rstrip(b"\0") + bytes(extra))
    p[0] |= codec == "deflate"
    value = writer.seal(w, writer.fill(mode, changed(p, place, mask) if fault == 0 else bytes(p)))
    if fault == 1:
        value = text(changed(reader.base64.urlsafe_b64decode(value), place, mask))
    elif fault == 2:
        value = value[:-4]
    elif fault == 3:
        place %= len(value)
        value = value[:place] + "=" + value[place + 1:]
    elif fault == 4:
        s.bind += bytes([mask])
    return s, value


def stored(body):
    """Raw DEFLATE that compresses nothing: one stored block."""
    size = len(body)
    return b"\x01" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + body


def changed(content, place, mask):
    content = bytearray(content)
    content[place % len(content)] ^= mask
    return bytes(content)


def text(token):
    return reader.base64.urlsafe_b64encode(token).decode()


# ------------------------------------------------------------------ the readers

def python(attempts):
    return [python_one(s, value) for s, value in attempts]


def python_one(s, value):
    try:
        if isinstance(value, tuple):
            return reader.open_record(s, value[0], bytes.fromhex(value[1]))
        return reader.open_token(s, value)
    except reader.Refused as reason:
        return {"ok": False, "reason": str(reason)}


def javascript(attempts):
    plain = lambda content: content.hex() if isinstance(content, bytes) else content
    what = lambda value: dict(zip(("cookie", "record"), value)) if isinstance(value, tuple) else {"value": value}
    asked = [json.dumps({**what(value), "settings": {
        key.replace("_", "-"): plain(content) for key, content in vars(s).items()
        if content is not None and content not in (reader.NEVER, -reader.NEVER)}}) for s, value in attempts]
    node = subprocess.run(["node", "--input-type=module", "-e", DRIVER], input="\n".join(asked) + "\n",
                          cwd=HERE, capture_output=True, text=True)
    if node.returncode:
        sys.exit(node.stderr)
    return [json.loads(line) for line in node.stdout.splitlines()]


def main():
    files = vectors()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    accumulated(count)
    print(*failures, f"{files} files and {count} tokens: {passed} passed, {len(failures)} failed", sep="\n")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
