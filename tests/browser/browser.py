"""What the browser tests share: a service with a console, Debian's Chromium, and proxies in front of the console."""

import contextlib
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from support import WorldTest, main, sheet, wait_until  # in tests/e2e

PASSWORD = "correct horse battery"
CLIENTS = [
    ("9130351530529746", "Ana Lda", "1001"),
    ("9130351530529747", "Bo & Filhos", "1002"),
    ("9130351530529748", "Cy GmbH", ""),
]
CONTROLS = {"button", "link", "textbox", "searchbox", "combobox", "checkbox", "gridcell", "columnheader", "menuitem",
            "tab", "radio", "listbox", "option", "switch", "spinbutton"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_browser(language="en-US", width=1280, height=900, dark=False):
    """Chromium with an empty profile, which asks nobody but the pages that are opened."""
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    profile = tempfile.mkdtemp(prefix="clientsync-browser-")
    flags = ["--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", f"--lang={language}",
             f"--accept-lang={language}", f"--user-data-dir={profile}", f"--window-size={width},{height}",
             "--no-sandbox"]  # which root and most containers cannot have; only our own pages are opened
    for flag in flags:
        options.add_argument(flag)
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    # A window cannot be as narrow as a telephone, but the page in it can.
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
    scheme = "dark" if dark else "light"
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                           {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    driver.profile = profile
    return driver


def end_browser(driver):
    driver.quit()
    shutil.rmtree(driver.profile, ignore_errors=True)


def wait_for(condition, what):
    """As `wait_until`, but `what` is only asked what was missed if it was missed."""
    try:
        return wait_until(condition, "")
    except AssertionError as late:
        raise AssertionError(f"{late}{what()}") from None


class Page:
    """A browser's page, as somebody uses it who knows its controls by role and name only."""

    def __init__(self, driver):
        self.driver = driver

    def controls(self):
        """The controls that assistive technology sees: (role, name, backend node id, focusable)."""
        nodes = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        found = []
        for node in nodes:
            role = node.get("role", {}).get("value", "")
            if node.get("ignored") or role not in CONTROLS:
                continue
            properties = {each["name"]: each["value"].get("value") for each in node.get("properties", [])}
            found.append((role, node.get("name", {}).get("value", ""), node.get("backendDOMNodeId"),
                          properties.get("focusable", False)))
        return found

    def find(self, role, name):
        """The element of a control, once it is there. `name` is whole."""
        return wait_for(lambda: self.look(role, name), lambda: f"the {role} {name!r}; there are {self.named()}")

    def look(self, role, name):
        for element in self.driver.find_elements(By.CSS_SELECTOR, SELECTORS[role]):
            with contextlib.suppress(Exception):  # it may go while it is asked
                if element.is_displayed() and element.accessible_name.strip() == name and element.aria_role == role:
                    return element
        return None

    def named(self):
        return [(role, name) for role, name, _, _ in self.controls()]

    def text(self, selector="body"):
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def wait_text(self, text, selector="body"):
        def seen():
            with contextlib.suppress(Exception):
                return text in self.text(selector)
            return False
        wait_for(seen, lambda: f"{text!r} in {selector}; it says {self.text(selector)[:2000]!r}")

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self):
        element = self.driver.switch_to.active_element
        return element.aria_role, element.accessible_name.strip()

    def tab_to(self, role, name, most=80):
        """Moves the focus by the Tab key alone."""
        for _ in range(most):
            if self.focused() == (role, name):
                return
            self.press(Keys.TAB)
        raise AssertionError(f"Tab does not lead to the {role} {name!r}; there are {self.named()}")

    def complaints(self):
        """What the browser complained of: refused by the policy, or a script's error."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE" and "favicon" not in entry["message"]]

    def hosts(self):
        """The hosts that were asked since this was last called."""
        hosts = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if url.startswith(("http:", "https:", "ws:", "wss:")):
                    hosts.add(url.split("/")[2])
        return hosts

    def width(self):
        """How wide the page is, and how wide the window: CSS pixels."""
        return self.driver.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")


SELECTORS = {
    "button": "button, input[type=submit], summary, [role=button]",
    "link": "a[href]",
    "textbox": "input, textarea",
    "searchbox": "input[type=search]",
    "combobox": "select",
    "checkbox": "input[type=checkbox]",
    "gridcell": "[role=gridcell], td",
    "tab": "[role=tab]",
}


class ConsoleTest(WorldTest):
    """Tests with a service whose console is on, and a browser."""

    def console(self, clients=CLIENTS, general="", role="admin", **more):
        port = free_port()
        world = self.world(general=f"http: {{listen: '127.0.0.1:{port}', console: on}}\n{general}", **more)
        world.port = port
        world.url = f"http://127.0.0.1:{port}/"
        if clients:
            world.load(clients, more.get("inboxes", (None,))[0])
        self.add_user(world, "maria", role)
        world.start()
        return world

    @staticmethod
    def add_user(world, name, role, *more):
        done = subprocess.run([world.binary, "users", "add", name, "--role", role, "--all-firms", "--password-stdin", *more, "--config",
                               str(world.config)], input=PASSWORD + "\n", capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"users add: status {done.returncode}, {done.stderr}")

    def browser(self, **look):
        driver = start_browser(**look)
        self.addCleanup(end_browser, driver)
        return Page(driver)

    def signed_in(self, world, url=None, name="maria", **look):
        page = self.browser(**look)
        self.sign_in(page, url or world.url, name)
        return page

    @staticmethod
    def sign_in(page, url, name="maria"):
        page.driver.get(url + "sign-in")
        page.driver.find_element(By.NAME, "name").send_keys(name)
        page.driver.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
        wait_until(lambda: page.driver.current_url.split("?")[0].endswith("/clients"), "the page of the clients")


# Proxies.

NGINX = """daemon off; pid {root}/nginx.pid; error_log {root}/nginx.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {root}/body; proxy_temp_path {root}/proxy; fastcgi_temp_path {root}/f;
  uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
  server {{
    listen 127.0.0.1:{port};
    location /office/ {{
      proxy_pass http://127.0.0.1:{target}{path};
      proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering {buffering};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
}}
"""

HAPROXY = """global
  maxconn 256
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
frontend office
  bind 127.0.0.1:{port}
  default_backend console
backend console
  {rewrite}
  server one 127.0.0.1:{target}
"""


@contextlib.contextmanager
def proxy(kind, target, stripped=False, buffering=True):
    """A proxy that serves the console of `target`, a port, below /office/. Yields the console's address."""
    with tempfile.TemporaryDirectory(prefix="clientsync-proxy-") as root:
        port = free_port()
        values = {"root": root, "port": port, "target": target, "path": "/" if stripped else "",
                  "buffering": "on" if buffering else "off",
                  "rewrite": "http-request replace-path /office/(.*) /\\1" if stripped else ""}
        config = pathlib.Path(root) / "proxy.conf"
        config.write_text({"nginx": NGINX, "haproxy": HAPROXY}[kind].format(**values))
        command = {"nginx": ["/usr/sbin/nginx", "-c", str(config), "-p", root],
                   "haproxy": ["/usr/sbin/haproxy", "-db", "-f", str(config)]}[kind]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            def open_now():
                with socket.socket() as probe:
                    return probe.connect_ex(("127.0.0.1", port)) == 0
            wait_until(open_now, f"{kind} listens")
            yield f"http://127.0.0.1:{port}/office/"
        finally:
            process.terminate()
            process.wait()
