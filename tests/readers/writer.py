"""The writer half of reader.py, for tests: it seals what it is told, also what a writer must not.

    reader.py seal --ring-key ck1_... --app A --name N --mode encrypted|signed --sid HEX
        --created UNIX [--age S] [--r HEX] [--life S] [--idle S] [--browser] [--claims HEX]
        [--kind typed|values|stored] [--codec raw|deflate] [--body HEX] [--extra ZEROS] [--bind HEX]

A typed body includes its version and shape; a body is given inflated."""
import base64, hashlib, os, zlib

from reader import CODECS, KINDS, VERSION, arguments, derive, mac, xaes


def key_text(master):
    check = hashlib.sha256(b"cloakroom.v1 key text" + master).digest()[:4]
    return "ck1_" + base64.urlsafe_b64encode(master + check).decode()


def seal(s, p):
    """Section 1."""
    head = VERSION[s.mode] + derive(s, "kid")[:4]
    context = head + len(s.bind).to_bytes(4, "big") + s.bind
    if s.mode == "signed":
        return base64.urlsafe_b64encode(head + p + mac(derive(s, "sign"), context + p)).decode()
    nonce = mac(derive(s, "nonce"), s.r + context + p)[:24]                           # rule 6
    sealed = xaes(derive(s, "enc"), nonce).encrypt(nonce[12:], p, context)
    return base64.urlsafe_b64encode(head + nonce + sealed).decode()


def payload(s):
    """Section 3."""
    own = s.life is not None or s.idle is not None
    flags = (CODECS.index(s.codec) | own << 2 | s.browser << 3 | KINDS.index(s.kind) << 4
             | (s.claims is not None) << 6)
    p = bytes([flags]) + s.sid + s.created.to_bytes(5, "big") + s.age.to_bytes(4, "big")
    if own:
        p += (s.life or 0).to_bytes(4, "big") + (s.idle or 0).to_bytes(4, "big")
    if s.claims is not None:
        p += len(s.claims).to_bytes(2, "big") + s.claims
    p += deflate(s.body) if s.codec == "deflate" else s.body
    return fill(s.mode, p + b"\x80" + bytes(s.extra))


def fill(mode, p):
    """Rule 1: as few zeros as make the token a multiple of three bytes."""
    return p + bytes(((2 if mode == "signed" else 0) - len(p)) % 3)


def deflate(body):
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(body) + stream.flush()


def main(argv):
    parser = arguments("seal")
    parser.add_argument("--r", type=bytes.fromhex, default=os.urandom(32))
    parser.add_argument("--sid", type=bytes.fromhex, required=True)
    parser.add_argument("--created", type=int, required=True)
    for option, default in {"age": 0, "life": None, "idle": None, "extra": 0}.items():
        parser.add_argument("--" + option, type=int, default=default)
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--claims", type=bytes.fromhex)
    parser.add_argument("--kind", choices=KINDS, default="typed")
    parser.add_argument("--codec", choices=CODECS, default="raw")
    parser.add_argument("--body", type=bytes.fromhex, default=b"")
    s = parser.parse_args(argv)
    if len(s.bind) > 1024:
        parser.error("a bind has at most 1024 bytes (rule 5)")
    print(seal(s, payload(s)))
