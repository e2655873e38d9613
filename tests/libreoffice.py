"""Opens CSV files in a real LibreOffice, without a window, and saves them as CSV."""

import dataclasses
import functools
import pathlib
import shutil
import subprocess
import tempfile

PROGRAM = "soffice"
SECONDS = 120  # until a start counts as hung; the first one writes a profile
ENCODINGS = {"utf-8": 76, "windows-1252": 1, "utf-16": 65535}  # by the numbers of LibreOffice's CSV filter
LANGUAGES = {"en-US": 1033, "en-GB": 2057, "pt-BR": 1046}
LOCALE = """\
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{}</value></prop></item>
</oor:items>
"""


@dataclasses.dataclass(frozen=True)
class Choices:
    """What a user chooses in the dialogs of opening and saving; columns stay Standard, so numbers become numbers."""

    delimiter: str = ","
    encoding: str = "utf-8"
    quote_text: bool = False
    language: str = "en-US"
    detect_special_numbers: bool = False
    locale: str = "en-US"  # of the program; it decides how dates and amounts are shown


def is_installed():
    return shutil.which(PROGRAM) is not None


def _filter(choices, *further):
    """The tokens of the CSV filter. Behind the first seven: 'Detect special numbers' in opening; in saving one that is
    not used, and 'Save cell content as shown'."""
    yes = lambda choice: "true" if choice else "false"
    return ",".join([str(ord(choices.delimiter)), "34", str(ENCODINGS[choices.encoding]), "1", "",
                     str(LANGUAGES[choices.language]), yes(choices.quote_text), *map(yes, further)])


@functools.cache
def _profile(locale):
    profile = tempfile.TemporaryDirectory(prefix="clientsync-libreoffice.")
    settings = pathlib.Path(profile.name, "user", "registrymodifications.xcu")
    settings.parent.mkdir()
    settings.write_text(LOCALE.format(locale), encoding="utf-8")
    return profile


def save_into(folder, name, content, opened, saved):
    """Opens `content` and has LibreOffice write it to `folder`, over what has that name there."""
    with tempfile.TemporaryDirectory(prefix="clientsync-opened.") as source:
        file = pathlib.Path(source, name)
        file.write_bytes(content)
        done = subprocess.run(
            [PROGRAM, f"-env:UserInstallation={pathlib.Path(_profile(saved.locale).name).as_uri()}", "--headless", "--norestore",
             "--infilter=CSV:" + _filter(opened, opened.detect_special_numbers), "--convert-to",
             "csv:Text - txt - csv (StarCalc):" + _filter(saved, False, True), "--outdir", folder, file],
            stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=SECONDS, check=False)
        if done.returncode != 0 or "using filter" not in done.stdout:
            raise AssertionError(f"LibreOffice saved nothing: status {done.returncode}, {done.stdout}{done.stderr}")


@functools.cache
def saved_again(content, opened, saved):
    """The bytes that LibreOffice makes of `content`; the same question is asked of it only once."""
    with tempfile.TemporaryDirectory(prefix="clientsync-saved.") as folder:
        save_into(folder, "clients.csv", content, opened, saved)
        return pathlib.Path(folder, "clients.csv").read_bytes()
