"""A real Django and the moving part of its site, side by side behind one host.

Logs in over there and here, changes a password, logs out, and looks at each step from both sides.
Usage: side_by_side.py MOVING, the program `moving` of the examples. It needs Django: without one, it
installs it from PyPI into a temporary environment and starts again there.
"""

import http.client
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

try:
    import django
except ImportError:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = pathlib.Path(folder, "bin", "python")
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "django"]
        subprocess.run([python, *install], check=True)
        sys.exit(subprocess.run([python, *sys.argv]).returncode)

SECRET = "the secret key of the site, fifty characters and more of it"


def django_site(folder):
    """Django's side: accounts, and a file that stands for the table of users."""
    from django.conf import settings

    users = folder / "users"
    settings.configure(
        SECRET_KEY=SECRET,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="django_site",
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "db"}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
    )
    django.setup()
    from django.contrib import auth
    from django.core.management import call_command
    from django.http import JsonResponse
    from django.urls import path
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", verbosity=0)
    model = auth.get_user_model()

    def publish():
        rows = "".join(f"{user.pk} {user.password}\n" for user in model.objects.all())
        users.write_text(rows)

    for name in ("anna", "bert"):
        model.objects.create_user(name, password="old")
    publish()

    def answer(request):
        user = request.user
        return JsonResponse({"user": str(user.pk) if user.is_authenticated else None})

    def login(request):
        user = auth.authenticate(username=request.GET["user"], password=request.GET["password"])
        auth.login(request, user)
        return answer(request)

    def logout(request):
        auth.logout(request)
        return answer(request)

    def password(request):
        request.user.set_password("new")
        request.user.save()
        publish()
        return JsonResponse({"user": None})

    views = {"me": answer, "login": login, "logout": logout, "password": password}
    module = type(sys)("django_site")
    module.urlpatterns = [path(f"django/{name}", view) for name, view in views.items()]
    sys.modules["django_site"] = module

    from wsgiref.simple_server import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args):
            pass

    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port, users


def one_host(ports):
    """The host in front of both: /django/ is Django's, everything else is the other's."""

    class Proxy(http.server.BaseHTTPRequestHandler):
        def pass_on(self):
            port = ports["django" if self.path.startswith("/django/") else "moving"]
            length = int(self.headers.get("Content-Length") or 0)
            upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            upstream.request(self.command, self.path, self.rfile.read(length), dict(self.headers))
            response = upstream.getresponse()
            body = response.read()
            self.send_response(response.status)
            for name, value in response.getheaders():
                if name.lower() == "set-cookie":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = pass_on

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


class Browser:
    """Keeps cookies by name, and drops what is removed."""

    def __init__(self, port):
        self.port, self.cookies = port, {}

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request(method, path, body, {"Cookie": cookies} if cookies else {})
        response = connection.getresponse()
        text = response.read().decode()
        assert response.status == 200, (method, path, response.status, text)
        for line in response.headers.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            self.cookies[name] = value
            if "max-age=0" in line.lower():
                del self.cookies[name]
        return text

    def users(self):
        """Who is logged in: on Django, and here."""
        return [json.loads(self.ask("GET", path))["user"] for path in ("/django/me", "/shop/me")]


def story(port):
    browser = Browser(port)
    assert browser.users() == [None, None], "nobody yet"
    browser.ask("GET", "/django/login?user=anna&password=old")
    assert browser.users() == ["1", "1"], "a login on Django is one here"
    assert {"sessionid", "__Host-session"} <= set(browser.cookies), "each has its cookie"
    assert browser.users() == ["1", "1"], "and it stays one"

    browser.ask("POST", "/shop/logout")
    assert browser.users() == [None, None], "a logout here is one on Django"
    assert not browser.cookies, browser.cookies

    browser.ask("POST", "/shop/login", "2")
    assert browser.users() == ["2", "2"], "a login here is one on Django"
    for user in "12":
        browser.ask("POST", "/shop/login", user)
        assert browser.users() == [user, user], "also where somebody was logged in"

    other = Browser(port)
    other.ask("GET", "/django/login?user=bert&password=old")
    assert other.users() == ["2", "2"], "the same user elsewhere"
    other.ask("GET", "/django/password")
    assert browser.users() == [None, None], "a changed password logs out on both sides"
    assert other.users() == [None, None], "everywhere"
    other.ask("GET", "/django/login?user=bert&password=new")
    assert other.users() == ["2", "2"], "the new password logs in on both"

    forged = Browser(port)
    value = other.cookies["sessionid"]
    forged.cookies["sessionid"] = ("A" if value[-1] != "A" else "B").join([value[:-1], ""])
    assert forged.users() == [None, None], "a forged cookie is nobody's, on either side"


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        port, users = django_site(folder)
        environment = os.environ | {"DJANGO_SECRET_KEY": SECRET, "DJANGO_USERS": str(users)}
        moving = subprocess.Popen([sys.argv[1]], env=environment, stdout=subprocess.PIPE, text=True)
        try:
            line = moving.stdout.readline()
            ports = {"django": port, "moving": int(line.rsplit(":", 1)[1])}
            story(one_host(ports))
        finally:
            moving.kill()
            moving.wait()
    print(f"Django {django.__version__} and the moving site share a login")


main()
