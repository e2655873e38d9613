"""The console as a browser without scripts uses it: sign in, look, edit, undo, and sign out, over HTTP."""

import html
import re
import subprocess
import urllib.parse

from health import HealthTest, Unix
from support import PATIENCE, main, sheet

PASSWORD = "correct horse battery"
CONTROL = re.compile(r"<(?:input|button|select)\b[^>]*>")


def attribute(tag, name):
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else None


class Browser:
    """What a browser does: cookies, forms, relative links."""

    def __init__(self, connection, language="en"):
        self.connection = connection
        self.language = language
        self.cookies = {}
        self.place = "/"
        self.status = 0
        self.page = ""

    def request(self, method, link, body=None):
        self.place = urllib.parse.urljoin(self.place, link)
        headers = {"Accept-Language": self.language}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://localhost",
                        "Sec-Fetch-Site": "same-origin"}
        self.connection.request(method, self.place, body, headers)
        answer = self.connection.getresponse()
        self.page, self.status = answer.read().decode(), answer.status
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";", 1)[0].split("=", 1)
            self.cookies[name] = value
            if "Max-Age=0" in cookie:
                del self.cookies[name]
        if answer.status == 303:
            return self.request("GET", answer.headers["Location"])
        return self

    def open(self, link):
        return self.request("GET", link)

    def send(self, marker, **typed):
        """Fills in and sends the form that has the marker in it."""
        forms = re.findall(r'<form method="post" action="([^"]*)">(.*?)</form>', self.page, re.DOTALL)
        action, form = next((action, form) for action, form in forms if marker in form)
        fields = {}
        for tag in CONTROL.findall(form):
            if attribute(tag, "name") and attribute(tag, "type") != "checkbox":
                fields[attribute(tag, "name")] = attribute(tag, "value") or ""
        for name, options in re.findall(r'<select id="[^"]*" name="([^"]*)">(.*?)</select>', form, re.DOTALL):
            fields[name] = re.search(r'value="([^"]*)" selected', options)[1]
        return self.request("POST", html.unescape(action), urllib.parse.urlencode(fields | typed))


class ConsolePagesTest(HealthTest):
    def setUp(self):
        super().setUp()
        self.office = self.listening(start=False, inboxes=("alfa", "beta"))
        self.office.config.write_text(self.office.config.read_text().replace("http: {", "http: {console: on, "))
        self.add_user("maria", "admin", "alfa")
        self.office.start()

    def add_user(self, name, role, *firms):
        chosen = [word for firm in firms for word in ("--firm", firm)]
        done = subprocess.run(
            [self.office.binary, "users", "add", name, "--role", role, *chosen, "--password-stdin", "--config",
             self.office.config], input=PASSWORD + "\n", capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def signed_in(self, name="maria", language="en"):
        browser = Browser(Unix(self.office.socket), language)
        self.addCleanup(browser.connection.close)
        browser.open("/clients")
        browser.send("current-password", name=name, password=PASSWORD)
        self.assertEqual((browser.status, browser.place), (200, "/clients"))
        return browser

    def test_the_whole_job_can_be_done_without_scripts(self):
        maria = self.signed_in()
        maria.open("./client?id=1").send('name="client_number"', client_number="A9")
        self.assertIn('<p id="status" role="status">Saved.</p>', maria.page)
        self.assertEqual(self.office.numbers("alfa")["1"], "A9")
        entry = re.search(r'href="(\./entry\?n=\d+)"', maria.page)[1]
        maria.open(entry)
        self.assertIn("<bdi>maria</bdi>", maria.page)
        maria.open(re.search(r'href="(\./undo\?n=\d+)"', maria.page)[1])
        self.assertIn("1 reversed, 0 kept, 0 failed", maria.page)
        maria.send('name="plan"')
        self.assertIn("This entry undoes the other one.", maria.page)
        self.assertEqual(self.office.numbers("alfa")["1"], "A1")
        maria.send("Sign out")
        self.assertIn("You are signed out.", maria.page)
        self.assertEqual(maria.open("./clients").place.split("?")[0], "/sign-in")

    def test_an_import_shows_its_errors_and_its_files(self):
        maria = self.signed_in()
        content = sheet([("1", "Alpha", "A7"), ("9", "Nobody", "N1")])
        inbox = self.office.inboxes["alfa"]
        inbox.drop("june.csv", content)
        inbox.wait_imports("june.csv", 1)
        number = inbox.imports("june.csv")[0]["id"]
        maria.open(f"./entry?n={number}")
        self.assertIn("<code>company_id_unknown</code>", maria.page)
        self.assertIn("<ins><bdi>A7</bdi></ins>", maria.page)
        self.assertEqual(maria.open(f"./api/v1/imports/{number}/input").page.encode(), content)

    def test_what_waits_and_what_is_not_taken_is_told_in_the_users_language(self):
        self.office.inboxes["alfa"].drop("notes.docx.lnk", b"x")
        maria = self.signed_in(language="pt-BR")
        maria.open("./inboxes")
        self.assertIn("notes.docx.lnk", maria.page)
        self.assertIn("O nome não é o de um arquivo CSV.", maria.page)
        self.assertNotIn("inbox-beta", maria.page)

    def test_whoever_is_removed_is_out_at_once(self):
        self.add_user("ana", "viewer", "alfa")
        ana, maria = self.signed_in("ana"), self.signed_in()
        self.assertEqual(ana.open("./people").status, 403)
        maria.open("./people").open(re.search(r'href="(\./people\?user=\d+)"><bdi>ana<', maria.page)[1])
        maria.send("remove_user").send("confirmed")
        self.assertIn("The user was removed.", maria.page)
        self.assertIn("./sign-in", ana.open("./clients").page)

    def test_a_restart_keeps_sessions(self):
        maria = self.signed_in()
        self.office.restart()
        maria.connection.close()
        self.assertEqual(maria.open("./clients").place, "/clients")

    def add_root(self):
        """A root with an inbox of the firm gama."""
        root = self.office.root / "firms"
        (root / "gama").mkdir(parents=True)
        self.office.stop()
        self.office.config.write_text(f"{self.office.config.read_text()}roots: ['{root}']\n")
        self.office.load([("1", "Alpha", "A1")], "gama")
        self.add_user("rita", "editor", "gama")
        self.office.start()
        self.office.wait_until(lambda: self.office.events("inbox.watched")[-1]["inbox"] == "gama", "the root's inbox")
        return root

    def test_a_root_that_is_away_or_does_not_answer_leaves_all_pages_as_they_are(self):
        root = self.add_root()
        maria, rita = self.signed_in(), self.signed_in("rita")

        def look():
            for browser in (maria, rita):
                for page in ("/clients", "/client?id=1", "/upload", "/account", "/api/v1/clients"):
                    self.assertEqual(browser.open(page).status, 200, page)
        with self.office.hanging(root):
            look()
            self.assertEqual(maria.open("/inboxes").status, 200)
            self.signed_in()
        root.rename(f"{root}.gone")
        self.office.wait_until(lambda: self.office.events("root.unavailable"), "the root is away")
        look()
        maria.open("/client?id=1").send('name="client_number"', client_number="A9")
        self.assertEqual(self.office.numbers("alfa")["1"], "A9")

    def test_a_folder_that_does_not_answer_keeps_nobody_from_other_pages(self):
        self.add_user("ana", "viewer", "beta")
        maria, ana = self.signed_in(), self.signed_in("ana")
        with self.office.hanging(self.office.inboxes["alfa"].path):
            for _ in range(6):
                patient = Unix(self.office.socket)
                self.addCleanup(patient.close)
                cookies = "; ".join(f"{name}={value}" for name, value in maria.cookies.items())
                patient.request("GET", "/inboxes", headers={"Cookie": cookies})
            for page in ("/clients", "/inboxes", "/imports", "/api/v1/clients", "/api/v1/inboxes"):
                self.assertEqual(ana.open(page).status, 200, page)
            self.assertIn("inbox.unavailable", ana.page)
            self.signed_in()


if __name__ == "__main__":
    main()
