"""Session cookies of the real Flask."""

import datetime
import json
import sys
import time
import uuid
from unittest import mock

import flask
import itsdangerous
import markupsafe
from importlib.metadata import version

NOW = 1_790_000_000
OLD, NEW = "the key before this one", "the secret key of the site"


def cookie(data, secret=NEW, fallbacks=None):
    app = flask.Flask("site")
    app.secret_key = secret
    app.config["SECRET_KEY_FALLBACKS"] = fallbacks
    with mock.patch("time.time", return_value=NOW):
        return app.session_interface.get_signing_serializer(app).dumps(data)


def vector(name, data, plain=None, **more):
    made = cookie(data, more.pop("secret", NEW), more.pop("fallbacks", None))
    expected = {"data": data if plain is None else plain}
    return {"id": name, "keys": [NEW], "cookie": made, "now": NOW, "expected": expected, **more}


day = datetime.datetime(2026, 9, 21, 14, 13, 20, tzinfo=datetime.timezone.utc)
vectors = [
    vector("empty", {}),
    vector("small", {"user_id": 7, "name": "Zoë", "emoji": "😀", "f": 1.5, "n": None}),
    vector("compressed", {"cart": [{"sku": f"SKU-{n}", "quantity": n} for n in range(40)]}),
    vector("tuple", {"t": (1, (2,), [3])}, {"t": [1, [2], [3]]}),
    vector("bytes", {"b": b"\x00\xff"}, {"b": "AP8="}),
    vector("uuid", {"u": uuid.UUID(int=1)}, {"u": "0" * 31 + "1"}),
    vector("date", {"d": day}, {"d": "Mon, 21 Sep 2026 14:13:20 GMT"}),
    vector("markup", {"m": markupsafe.Markup("<b>x</b>")}, {"m": "<b>x</b>"}),
    vector("a_map_like_a_tag", {"x": {" t": [1]}, "y": {" di": 1}}),
    vector("flashes", {"_flashes": [("message", "saved")]}, {"_flashes": [["message", "saved"]]}),
    vector("csrf", {"csrf_token": "6d1b", "_permanent": True}),
    vector("fallback", {"a": 1}, secret=OLD, keys=[NEW, OLD]),
    vector("signed_by_the_newest", {"a": 1}, fallbacks=[OLD]),
    vector("the_last_second", {"a": 1}, now=NOW + 31 * 86400),
    vector("expired", {"a": 1}, now=NOW + 31 * 86400 + 1) | {"expected": {"error": "expired"}},
    vector("future", {"a": 1}, now=NOW - 1) | {"expected": {"error": "expired"}},
    vector("another_key", {"a": 1}, secret=OLD) | {"expected": {"error": "bad_signature"}},
]
made_with = {name: version(name) for name in ("flask", "itsdangerous")}
json.dump({"format": "flask", "made_with": made_with, "vectors": vectors}, sys.stdout, indent=1)
print()
