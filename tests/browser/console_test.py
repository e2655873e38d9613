"""The console as people use it: with the keyboard, with the mouse, with a screen reader, on a telephone."""

import contextlib
import re

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser import CLIENTS, PASSWORD, ConsoleTest, main, proxy, sheet, wait_until

FILE = sheet([
    ("9130351530529746", "Ana Lda", "1002"),
    ("9130351530529747", "Bo & Filhos", "1001"),
    ("9130351530529748", "Cy GmbH", ""),
])
BEFORE = {company: number or None for company, _, number in CLIENTS}
AFTER = {"9130351530529746": "1002", "9130351530529747": "1001", "9130351530529748": "2003"}
PAGES = ("clients", "client?id=9130351530529749", "upload", "imports", "entry?n=1", "undo?n=1", "inboxes", "people",
         "account")

# The least contrast of all texts that are shown, and where it is. Colours are painted, so that any notation counts.
CONTRAST = """
const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
const paint = (colours) => {
  canvas.clearRect(0, 0, 1, 1);
  for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
  return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
};
const light = (rgb) => {
  const [r, g, b] = rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  const colours = [];
  for (let each = element; each; each = each.parentElement) colours.unshift(getComputedStyle(each).backgroundColor);
  return ['Canvas', ...colours];
};
let least = [21, ''];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || !element.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
  if (element.closest('script, :disabled, .unseen, .skip')) continue;
  const style = getComputedStyle(element);
  const back = behind(element);
  const [a, b] = [light(paint([...back, style.color])), light(paint(back))].sort((x, y) => y - x);
  const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
  const ratio = (a + 0.05) / (b + 0.05) * (large ? 1.5 : 1);
  if (ratio < least[0]) least = [ratio, walker.currentNode.textContent.trim().slice(0, 60)];
}
return least;
"""

# True if the focused element shows that it has the focus.
FOCUS_IS_SHOWN = """
const look = (element) => {
  const style = getComputedStyle(element);
  return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== 'none';
};
const element = document.activeElement;
return look(element) || [...document.querySelectorAll(':focus-within')].some(look);
"""


class JobTest(ConsoleTest):
    """From a file to its undo."""

    def staged(self, world, content=FILE):
        path = world.staging / "clients.csv"
        path.write_bytes(content)
        return str(path)

    def check_applied(self, world, page):
        page.wait_text("Applied as entry 2")
        self.assertEqual(world.numbers(), AFTER)

    def check_undone(self, world, page):
        page.wait_text("This entry undoes the other one.")
        self.assertEqual(world.numbers(), BEFORE)
        kinds = [(row["kind"], row["source"], row["who"]) for row in world.ledger("select * from imports order by id")]
        self.assertEqual(kinds[1:], [("import", "console", "maria"), ("undo", "console", "maria")])
        self.assertEqual(page.complaints(), [])

    def by_keyboard(self, world, page, url):
        """The whole job without a mouse."""
        page.driver.get(url + "sign-in")
        page.tab_to("textbox", "User name")
        page.press("maria", Keys.TAB, PASSWORD, Keys.ENTER)
        page.wait_text("Bo & Filhos")
        page.tab_to("link", "Upload")
        page.press(Keys.ENTER)
        chooser = wait_until(lambda: page.driver.find_elements(By.CSS_SELECTOR, "input[type=file]"), "the file's field")
        chooser[0].send_keys(self.staged(world))
        page.find("button", "Apply 2 changes")
        # The tab of the failed rows, then the cell of the number in the only one.
        wait_until(lambda: page.driver.find_elements(By.CSS_SELECTOR, "[data-row]"), "the rows")
        self.focus_grid(page)
        page.press(Keys.CONTROL, Keys.END)
        page.press(Keys.NULL)
        self.move_to_failed_number(page)
        page.press(Keys.ENTER, "2003", Keys.ENTER)
        page.find("button", "Apply 3 changes")
        page.tab_to("button", "Apply 3 changes")
        page.press(Keys.ENTER)
        self.check_applied(world, page)
        page.tab_to("link", "See the entry")
        page.press(Keys.ENTER)
        page.wait_text("Import 2")
        page.tab_to("link", "Undo this entry")
        page.press(Keys.ENTER)
        page.wait_text("Undo entry 2")
        page.tab_to("button", "Undo it")
        page.press(Keys.ENTER)
        self.check_undone(world, page)

    def focus_grid(self, page):
        for _ in range(60):
            inside = page.driver.execute_script("return !!document.activeElement.closest('[role=grid] tbody')")
            if inside:
                return
            page.press(Keys.TAB)
        raise AssertionError("Tab does not lead into the grid")

    def move_to_failed_number(self, page):
        """By the radio buttons of the tabs, then by arrows."""
        for _ in range(20):
            page.press(Keys.SHIFT, Keys.TAB)
            page.press(Keys.NULL)
            if page.driver.execute_script("return document.activeElement.type") == "radio":
                break
        while page.driver.execute_script("return document.activeElement.value") != "failed":
            page.press(Keys.ARROW_RIGHT)
        self.focus_grid(page)
        place = "return document.activeElement.className"
        page.press(Keys.HOME)
        for _ in range(6):
            if "client_number" in page.driver.execute_script(place):
                return
            page.press(Keys.ARROW_RIGHT)
        raise AssertionError("the arrows do not lead to the number")

    def test_the_whole_job_can_be_done_by_keyboard_alone(self):
        world = self.console()
        self.by_keyboard(world, self.browser(), world.url)

    def test_the_whole_job_can_be_done_by_mouse(self):
        world = self.console()
        page = self.signed_in(world)
        page.wait_text("Bo & Filhos")
        self.drop(page, "clients.csv", FILE)
        page.find("button", "Apply 2 changes")
        page.driver.find_element(By.CSS_SELECTOR, ".tabs .failed").click()
        self.open_cell(page, 4, "client_number")
        page.press("2003", Keys.ENTER)
        page.find("button", "Apply 3 changes").click()
        self.check_applied(world, page)
        page.find("link", "See the entry").click()
        page.wait_text("Import 2")
        self.assertIn("1001", page.text("del"))
        page.find("link", "Undo this entry").click()
        page.find("button", "Undo it").click()
        self.check_undone(world, page)

    @staticmethod
    def double_click(page, selector):
        """Once more if the element was drawn anew in between."""
        def clicked():
            with contextlib.suppress(StaleElementReferenceException):
                ActionChains(page.driver).double_click(page.driver.find_element(By.CSS_SELECTOR, selector)).perform()
                return True
            return False
        wait_until(clicked, f"a double click on {selector}")

    def open_cell(self, page, row, field):
        self.double_click(page, f'[data-row="{row}"] .{field}')

    @staticmethod
    def drop(page, name, content):
        """Drops a file onto the page, as the browser does it."""
        page.driver.execute_script("""
            const data = new DataTransfer();
            data.items.add(new File([Uint8Array.from(arguments[1])], arguments[0], {type: 'text/csv'}));
            for (const type of ['dragenter', 'dragover', 'drop'])
              document.body.dispatchEvent(new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: data}));
        """, name, list(content))

    def preview(self, world, page, content=FILE):
        """Chooses a file on the upload page, and shows all its rows."""
        page.driver.get(world.url + "upload")
        wait_until(lambda: page.driver.find_elements(By.CSS_SELECTOR, "input[type=file]"), "the file's field")
        page.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(self.staged(world, content))
        wait_until(lambda: page.driver.find_elements(By.CSS_SELECTOR, "[data-row]"), "the rows")
        page.driver.find_element(By.CSS_SELECTOR, ".tabs .all").click()

    @staticmethod
    def paste(page, row, field, text):
        page.driver.execute_script("""
            const cell = document.querySelector(`[data-row="${arguments[0]}"] .${arguments[1]}`);
            const data = new DataTransfer();
            data.setData('text/plain', arguments[2]);
            (cell.querySelector('input') ?? cell).dispatchEvent(
              new ClipboardEvent('paste', {bubbles: true, cancelable: true, clipboardData: data}));
        """, row, field, text)

    @staticmethod
    def shown(page, field):
        """What three rows show, read at once: a row is drawn anew if it was judged differently."""
        return page.driver.execute_script("""
            return [2, 3, 4].map((row) => document.querySelector(`[data-row="${row}"] .${arguments[0]}`).textContent);
        """, field)

    def numbers_shown(self, page):
        return self.shown(page, "client_number")

    def test_cells_copied_from_a_spreadsheet_can_be_pasted(self):
        world = self.console()
        page = self.signed_in(world)
        self.preview(world, page)
        self.paste(page, 2, "client_number", "A-1\r\nA-2\r\nA-3\r\n")
        page.find("button", "Apply 3 changes").click()
        page.wait_text("Applied as entry 2")
        self.assertEqual(sorted(world.numbers().values()), ["A-1", "A-2", "A-3"])

    def test_a_pasted_cell_with_a_line_break_or_a_tab_stays_one_cell(self):
        world = self.console()
        page = self.signed_in(world)
        self.preview(world, page)
        self.paste(page, 2, "display_name", 'Ana\t"11\n1"\r\n"Bo ""&""\tFilhos"\t"2""\r\n"Cy"\t33\r\n')
        self.assertEqual(self.numbers_shown(page), ["11\n1", '"2""', "33"])
        self.assertEqual(self.shown(page, "display_name"), ["Ana", 'Bo "&"\tFilhos', "Cy"])
        page.wait_text("6 cells corrected")
        self.open_cell(page, 4, "client_number")
        self.paste(page, 4, "client_number", '"44\n4"\r\n')
        page.press(Keys.ENTER)
        self.assertEqual(self.numbers_shown(page), ["11\n1", '"2""', "44\n4"])

    def test_a_cell_that_is_opened_and_left_keeps_its_line_break(self):
        world = self.console()
        page = self.signed_in(world)
        self.preview(world, page, FILE.replace(b"1001", b'"10\n01"'))
        for leave in (Keys.ENTER, Keys.TAB, Keys.ESCAPE):
            self.open_cell(page, 3, "client_number")
            self.assertEqual(page.driver.switch_to.active_element.get_property("value"), "10 01")
            page.press(leave)
            self.assertEqual(self.numbers_shown(page), ["1002", "10\n01", ""])
        self.open_cell(page, 3, "client_number")
        page.press("1001", Keys.ENTER)
        self.assertEqual(self.numbers_shown(page), ["1002", "1001", ""])
        page.find("button", "Apply 2 changes")

    def test_a_stale_preview_is_refused_and_renewed(self):
        world = self.console()
        page = self.signed_in(world)
        self.preview(world, page)
        button = page.find("button", "Apply 2 changes")
        done = world.command("clients", "edit", "9130351530529748", "number=1005")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = world.command("clients", "edit", "9130351530529746", "number=1009")
        self.assertEqual(done.returncode, 0, done.stderr)
        button.click()
        page.wait_text("nothing was applied")
        self.assertEqual(world.numbers()["9130351530529746"], "1009")
        page.find("button", "Apply 2 changes").click()
        page.wait_text("Applied as entry 4")
        self.assertEqual(world.numbers()["9130351530529746"], "1002")

    def test_the_job_works_behind_proxies(self):
        world = self.console(general="")
        for kind, stripped, buffering in (("nginx", False, True), ("nginx", True, False), ("haproxy", False, True),
                                          ("haproxy", True, True)):
            with self.subTest(kind=kind, stripped=stripped), proxy(kind, world.port, stripped, buffering) as url:
                page = self.signed_in(world, url)
                page.wait_text("Bo & Filhos")
                self.drop(page, "clients.csv", sheet([("9130351530529748", "Cy GmbH", f"{kind}-{stripped}")]))
                page.find("button", "Apply 1 change").click()
                page.wait_text("Applied as entry")
                page.find("link", "See the entry").click()
                page.wait_text("Undo this entry")
                self.assertEqual(page.complaints(), [])
                self.assertEqual(page.hosts(), {url.split("/")[2]})

    def test_two_people_who_edit_one_client_see_what_the_other_did(self):
        world = self.console()
        self.add_user(world, "joao", "editor")
        first, second = self.signed_in(world), self.signed_in(world, name="joao")
        for page in (first, second):
            page.wait_text("Bo & Filhos")
        self.type_number(first, "5001")
        first.wait_text("Ana Lda: saved.")
        self.type_number(second, "6001")
        second.wait_text("5001")
        self.assertEqual(world.numbers()["9130351530529746"], "5001")
        second.press(Keys.ENTER)
        second.wait_text("Ana Lda: saved.")
        self.assertEqual(world.numbers()["9130351530529746"], "6001")

    def test_what_is_done_leaves_the_focus_where_the_keyboard_can_go_on(self):
        world = self.console()
        page = self.signed_in(world)
        page.wait_text("Bo & Filhos")
        page.driver.find_element(By.CSS_SELECTOR, "tbody .mark input").click()
        page.find("button", "Deactivate").click()
        page.wait_text("1 changed.")
        self.assertEqual(page.focused(), ("button", "Activate"))
        page.driver.get(world.url + "upload")
        wait_until(lambda: page.driver.find_elements(By.CSS_SELECTOR, "input[type=file]"), "the file's field")
        page.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(self.staged(world))
        page.find("button", "Apply 2 changes")
        self.assertIn("clients.csv", page.driver.switch_to.active_element.text)
        page.driver.find_element(By.CSS_SELECTOR, ".actions .primary").click()
        page.wait_text("Applied as entry")
        self.assertIn("Applied as entry", page.driver.switch_to.active_element.text)

    def type_number(self, page, number):
        self.double_click(page, '[data-id="9130351530529746"] .client_number')
        page.press(number, Keys.ENTER)

    def in_another_tab(self, page, world, name):
        first = page.driver.current_window_handle
        page.driver.switch_to.new_window("tab")
        self.sign_in(page, world.url, name)
        page.driver.switch_to.window(first)

    def test_nothing_is_written_for_another_user_who_signed_in_in_another_tab(self):
        world = self.console()
        self.add_user(world, "joao", "editor")
        page = self.signed_in(world)
        page.wait_text("Bo & Filhos")
        self.in_another_tab(page, world, "joao")
        self.type_number(page, "5001")
        page.wait_text("Another user has signed in", "[role=alert].answer")
        self.assertEqual(world.numbers(), BEFORE)
        self.in_another_tab(page, world, "maria")
        page.press(Keys.ENTER)
        page.wait_text("Ana Lda: saved.")
        self.assertEqual(world.numbers()["9130351530529746"], "5001")
        self.assertEqual([row["who"] for row in world.ledger("select who from imports order by id")][1:], ["maria"])

    def test_a_file_that_is_too_large_is_refused_before_it_is_sent(self):
        world = self.console(options="settle: 200ms\nlimits: {bytes: 3KB}")
        page = self.signed_in(world)
        self.preview(world, page)
        for place in ("upload", "clients"):
            page.driver.get(world.url + place)
            wait_until(lambda: page.driver.find_elements(By.CSS_SELECTOR, ".drop"), "the scripts")
            self.drop(page, "clients.csv", FILE + b"," * 3000)
            page.wait_text("more than the 3 KB that are allowed", "#status")
            self.assertTrue(page.driver.current_url.endswith(place))
            self.assertNotIn("Checking", page.text())
        self.assertEqual(page.complaints(), [])

    def test_the_rules_answer_at_once_when_a_number_is_edited_in_its_cell(self):
        world = self.console()
        page = self.signed_in(world)
        page.wait_text("Bo & Filhos")
        self.type_number(page, "1002")
        page.wait_text("Bo & Filhos", "[role=alert].answer")
        page.press(Keys.ESCAPE)
        self.assertEqual(world.numbers(), BEFORE)


class LookTest(ConsoleTest):
    """What every page owes to everybody."""

    def console(self, **more):
        """With words that are too long for a line, and something in every table."""
        world = super().console(clients=[*CLIENTS, ("9130351530529749", "Donaudampfschifffahrt" * 7, "N" * 40)], **more)
        done = world.command("tokens", "add", "practice management", "--firm", "main", "--role", "viewer")
        self.assertEqual(done.returncode, 0, done.stderr)
        return world

    def visited(self, page, url, name):
        page.driver.get(url + name)
        wait_until(lambda: page.driver.execute_script("return document.readyState") == "complete", name)
        if name in ("clients", "imports"):
            wait_until(lambda: page.driver.find_elements(By.CSS_SELECTOR, "main tbody tr"), f"the rows of {name}")

    def test_every_control_has_a_role_and_a_name_in_both_languages(self):
        world = self.console()
        for language in ("en", "pt-BR"):
            page = self.signed_in(world, language=language)
            for name in PAGES:
                with self.subTest(language=language, page=name):
                    self.visited(page, world.url, name)
                    self.assertEqual(page.driver.find_element(By.TAG_NAME, "html").get_attribute("lang"), language)
                    controls = page.controls()
                    self.assertGreater(len(controls), 5)
                    nameless = [each for each in controls if not each[1].strip() and each[0] != "gridcell"]
                    self.assertEqual(nameless, [])
                    self.assertEqual(len(page.driver.find_elements(By.TAG_NAME, "h1")), 1)

    def test_texts_stand_out_and_nothing_scrolls_sideways_at_any_width(self):
        world = self.console()
        for dark, width in ((False, 320), (True, 320), (False, 800)):
            page = self.signed_in(world, width=width, height=700, dark=dark)
            for name in PAGES:
                with self.subTest(dark=dark, width=width, page=name):
                    self.visited(page, world.url, name)
                    wide, window = page.width()
                    self.assertLessEqual(wide, window)
                    ratio, text = page.driver.execute_script(CONTRAST)
                    self.assertGreaterEqual(ratio, 4.5, text)

    def test_the_focus_is_seen_wherever_the_keyboard_leads(self):
        world = self.console()
        page = self.signed_in(world)
        for name in PAGES:
            with self.subTest(page=name):
                self.visited(page, world.url, name)
                for _ in range(25):
                    page.press(Keys.TAB)
                    if page.driver.execute_script("return document.activeElement === document.body"):
                        break
                    self.assertTrue(page.driver.execute_script(FOCUS_IS_SHOWN), page.focused())

    def test_pages_ask_no_other_host_and_break_no_policy(self):
        world = self.console()
        page = self.signed_in(world)
        for name in PAGES:
            self.visited(page, world.url, name)
        self.assertEqual(page.hosts(), {f"127.0.0.1:{world.port}"})
        self.assertEqual(page.complaints(), [])

    def test_the_status_of_a_client_is_spelt_alike_on_all_pages(self):
        world = self.console()
        for language, active in (("en", "Active"), ("pt-BR", "Ativo")):
            page = self.signed_in(world, language=language)
            page.wait_text(active, "tbody .status")
            page.driver.get(world.url + "client?id=9130351530529746")
            self.assertEqual(page.text("select[name=status] :checked"), active)

    def test_a_one_time_link_signs_in(self):
        world = self.console()
        done = world.command("users", "link", "maria")
        self.assertEqual(done.returncode, 0, done.stderr)
        link = re.search(r"http\S+", done.stdout).group()
        page = self.browser()
        page.driver.get(link)
        page.find("button", "Sign in").click()
        page.wait_text("Bo & Filhos")
        other = self.browser()
        other.driver.get(link)
        other.find("button", "Sign in").click()
        other.wait_text("This link has been used")


if __name__ == "__main__":
    main()
