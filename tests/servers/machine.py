"""A Debian machine that a document is followed on: a folder for its file system, and programs of the test in the
place of those that would change the real one.
"""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers.programs import running, stop
from tests.servers.proxies import DOCS

ROOT = DOCS.parent
#: Folders of a real machine that stand below the machine's own.
_FOLDERS = ("/srv/nameplate", "/usr/local/src/nameplate", "/usr/local/bin", "/etc/")
#: Programs that install nothing and add nobody, but leave a line of what they were asked for.
_NOTED = ("apt-get", "adduser", "systemctl")
_NOTE = """#!/bin/sh
echo "$(basename "$0") $*" >> {notes}
"""
#: “runuser OPTIONS -- COMMAND” is the command, and everything belongs to whoever runs the test.
_RUNUSER = """#!/bin/sh
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
"""
_INSTALL = """#!/bin/sh
for word; do
    shift
    case $word in --owner=* | --group=*) ;; *) set -- "$@" "$word" ;; esac
done
exec /usr/bin/install "$@"
"""
#: A new environment has our packages, and starts gunicorn and Celery as pip's programs would.
_PYTHON3 = """#!/bin/sh
[ "$1 $2" = "-m venv" ] || exec {python} "$@"
{python} -m venv --without-pip "$3"
echo {packages} > "$(echo "$3"/lib/python*/site-packages)/lent.pth"
for name in gunicorn celery; do
    printf '#!/bin/sh\\nexec "%s/bin/python" -m %s "$@"\\n' "$3" $name > "$3/bin/$name"
    chmod +x "$3/bin/$name"
done
"""


def blocks(document: str, heading: str) -> list[str]:
    """The shell blocks below a heading, up to the next of its rank or higher."""
    text = (DOCS / document).read_text(encoding="utf-8").split(f"\n{heading}\n", 1)[1]
    rank = len(heading.split(" ", 1)[0])
    text = re.split(rf"^#{{1,{rank}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]
    found = re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    assert found, f"{document} has no commands below “{heading}”"
    return found


class Machine:
    """`changes`: what is the test's in the commands, such as addresses. Each has to be there where it is used."""

    def __init__(self, place: Path, changes: Mapping[str, str]) -> None:
        self.place, self._changes = place, changes
        self.notes = place / "notes"
        self._units: dict[str, subprocess.Popen[bytes]] = {}
        self._stack = ExitStack()
        for folder in ("usr/local/bin", "srv/nameplate", "etc/systemd/system", "etc/redis"):
            (place / folder).mkdir(parents=True)
        (place / "shims").mkdir()
        shims = {name: _NOTE.format(notes=self.notes) for name in _NOTED}
        shims |= {"runuser": _RUNUSER, "install": _INSTALL}
        shims["python3"] = _PYTHON3.format(python=sys.executable, packages=sysconfig.get_path("purelib"))
        for name, text in shims.items():
            path = place / "shims" / name
            path.write_text(text)
            path.chmod(0o755)

    def put_release(self) -> None:
        ours = shutil.ignore_patterns(
            "__pycache__", "*.egg-info", ".git", ".venv*", "instance", "node_modules"
        )
        for name in ("webapp", "templates", "static", "migrations", "docs", "requirements", "deploy"):
            shutil.copytree(ROOT / name, self.place / "usr/local/src/nameplate" / name, ignore=ours)
        for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, self.place / "usr/local/src/nameplate" / name)

    def here(self, text: str) -> str:
        """With this machine's folders in the place of the real ones."""
        for folder in _FOLDERS:
            text = text.replace(folder, f"{self.place}{folder}")
        return text

    def run(self, block: str, **environment: str) -> str:
        """What a block of commands prints, with everything of ours in it put right. All of it has to succeed."""
        for old, new in self._changes.items():
            block = block.replace(old, new)
        # Hashes need an index to take files from: tests/service/test_setup.py is about them.
        block = re.sub(r"^\S+ -m pip install --require-hashes .*$", "", block, flags=re.MULTILINE)
        done = subprocess.run(
            ["sh", "-eu", "-c", self.here(block)],
            env={**self._environment(), **environment},
            cwd=self.place,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        self._put_right()
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        self._obey()
        return done.stdout

    def _environment(self) -> dict[str, str]:
        paths = [self.place / "shims", self.place / "usr/local/bin", "/usr/bin", "/bin"]
        return {"PATH": os.pathsep.join(map(str, paths)), "HOME": str(self.place)}

    def _put_right(self) -> None:
        """The folders in what was installed from the release."""
        for path in [*self.place.glob("usr/local/bin/*"), *self.place.glob("etc/systemd/system/*")]:
            text = path.read_text(encoding="utf-8")
            if str(self.place) not in text:
                path.write_text(self.here(text).replace("= nameplate ]", f"= {_user()} ]"), encoding="utf-8")

    def _obey(self) -> None:
        """Start, stop and reload what systemctl was told to."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        self.notes.write_text("")
        for words in (shlex.split(line) for line in lines if line.startswith("systemctl ")):
            units = [word for word in words[2:] if word.startswith("nameplate")]
            for pattern in units:
                matching = re.compile(re.escape(pattern).replace(r"\*", ".*"))
                for name in [name for name in self._units if matching.fullmatch(name)]:
                    if words[1] == "reload":
                        self.signal(name, signal.SIGHUP)
                    if words[1] in {"stop", "restart"}:
                        stop(self._units.pop(name))
                        if words[1] == "restart":
                            self.start(name)
                if words[1] in {"enable", "start"}:
                    self.start(pattern)

    def start(self, name: str) -> None:
        """As its unit says, which has been installed."""
        kind, _, instance = name.partition("@")
        file = f"{kind}@.service" if instance else f"{kind}.service"
        unit = configparser.ConfigParser(interpolation=None, strict=False)
        unit.read_string((self.place / "etc/systemd/system" / file).read_text(encoding="utf-8"))
        variable, _, value = unit["Service"].get("Environment", "").partition("=")
        command = unit["Service"]["ExecStart"].replace(f"${{{variable}}}", value)
        command = command.replace("%i", instance).replace("%H", socket.gethostname())
        log = self.place / f"{name}.log"
        self._units[name] = self._stack.enter_context(
            running(
                shlex.split(command.replace("--workers 2", "--workers 1")),
                log=log,
                ready=lambda: True,
                cwd=unit["Service"]["WorkingDirectory"],
                env={**self._environment(), "PYTHONWARNINGS": "ignore"},
            )
        )

    def signal(self, name: str, number: int) -> None:
        self._units[name].send_signal(number)

    def log(self) -> str:
        return "\n".join(f"== {path.name}\n{path.read_text()[-6000:]}" for path in self.place.glob("*.log"))

    def stop(self) -> None:
        self._stack.close()


def _user() -> str:
    return subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def machine(place: Path, changes: Mapping[str, str]) -> Iterator[Machine]:
    found = Machine(place, changes)
    try:
        yield found
    except BaseException as err:
        err.add_note(found.log())
        raise
    finally:
        found.stop()
