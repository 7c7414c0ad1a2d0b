"""A browser's side of JupyterHub: sign in, start a JupyterLab, run code in a kernel of it."""

import json
import time
import uuid

import requests
import websocket

TIMEOUT = 60


class Person:
    """Somebody who signed in, with a token for what his browser could do."""

    def __init__(self, base, name, password):
        self.base, self.name = base, name
        self.session = requests.Session()
        self.session.get(f"{base}/hub/login", timeout=TIMEOUT)
        form = {"username": name, "password": password, "_xsrf": self._xsrf()}
        self.answer = self.session.post(f"{base}/hub/login?next=/hub/home", data=form, timeout=TIMEOUT)
        self.token = ""
        if self.signed_in:
            made = self.session.post(
                f"{base}/hub/api/users/{name}/tokens", json={"note": "a test"}, timeout=TIMEOUT,
                headers={"X-XSRFToken": self._xsrf(), "Referer": f"{base}/hub/token"},
            )  # fmt: skip
            assert made.status_code == 201, made.text
            self.token = made.json()["token"]

    @property
    def signed_in(self):
        return self.answer.status_code == 200 and "/hub/home" in self.answer.url

    def ask(self, method, path, **options):
        headers = {"Authorization": f"token {self.token}"}
        return requests.request(method, self.base + path, headers=headers, timeout=TIMEOUT, **options)

    def start_lab(self):
        """His JupyterLab, when it answers."""
        assert self.ask("POST", f"/hub/api/users/{self.name}/server").status_code in (201, 202)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.ask("GET", f"/user/{self.name}/api/status").status_code == 200:
                return
            time.sleep(0.2)
        raise AssertionError("JupyterLab did not start")

    def kernel(self):
        return Kernel(self)

    def _xsrf(self):
        return next((cookie.value for cookie in self.session.cookies if cookie.name == "_xsrf"), "")


class Kernel:
    """A kernel of a person's JupyterLab, over the websocket that a notebook uses."""

    def __init__(self, person):
        made = person.ask("POST", f"/user/{person.name}/api/kernels", json={"name": "python3"})
        assert made.status_code == 201, made.text
        address = person.base.replace("http:", "ws:")
        self._socket = websocket.create_connection(
            f"{address}/user/{person.name}/api/kernels/{made.json()['id']}/channels", timeout=TIMEOUT,
            header={"Authorization": f"token {person.token}"}, suppress_origin=True,
        )  # fmt: skip

    def run(self, code):
        """What the code prints; its error is ours."""
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": "execute_request", "username": "", "session": number, "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self._socket.send(json.dumps(message))
        printed = []
        while True:
            answer = json.loads(self._socket.recv())
            if answer["parent_header"].get("msg_id") != number:
                continue
            kind, content = answer["msg_type"], answer["content"]
            if kind == "stream" and content["name"] == "stdout":
                printed.append(content["text"])
            if kind == "error":
                raise AssertionError(f"{content['ename']}: {content['evalue']}\n" + "\n".join(content["traceback"]))
            if kind == "status" and content["execution_state"] == "idle":
                return "".join(printed).strip()

    def close(self):
        self._socket.close()
