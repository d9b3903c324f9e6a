"""Django's signed cookies and Flask's sessions, as the frameworks configure them."""

import json
import statistics
import sys
import time

import django.conf
from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

SALT = "django.contrib.sessions.backends.signed_cookies"
ROUNDS, BATCH = 30, 100


def main(path):
    django.conf.settings.configure(SECRET_KEY="x" * 50)
    app = Flask("others")
    app.secret_key = b"x" * 32
    flask = SecureCookieSessionInterface().get_signing_serializer(app)

    def django_seal(session):
        return signing.dumps(session, salt=SALT, serializer=JSONSerializer, compress=True)

    def django_open(value):
        return signing.loads(value, salt=SALT, serializer=JSONSerializer, max_age=1209600)

    with open(path, encoding="utf-8") as file:
        records = json.load(file)
    for record in records:
        report("Django signed_cookies, signed", record, django_seal, django_open)
        report("Flask session, signed", record, flask.dumps, flask.loads)


def report(name, record, seal, open_):
    value = seal(record)
    assert open_(value) == record
    size = len(json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode())
    sealed, opened = micros(lambda: seal(record)), micros(lambda: open_(value))
    print(name, size, len(value), f"{sealed:.1f}", f"{opened:.1f}", sep="\t")


def micros(work):
    """The median of the rounds."""

    def batch():
        start = time.thread_time_ns()
        for _ in range(BATCH):
            work()
        return (time.thread_time_ns() - start) / BATCH / 1000

    return statistics.median(batch() for _ in range(ROUNDS))


main(sys.argv[1])
