"""Sets the project up on a bare machine and runs its main job or its tests; needs nothing but Python itself.

    python3 packaging/bootstrap.py run     open the window (no display: make a sample composite)
    python3 packaging/bootstrap.py test    run every check and every test
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)
# Library, Debian and Ubuntu package, who needs it.
LIBRARIES = (
    ("libGL.so.1", "libgl1", "OpenCV"),
    ("libglib-2.0.so.0", "libglib2.0-0", "OpenCV"),
    ("libgthread-2.0.so.0", "libglib2.0-0", "OpenCV"),
    ("libEGL.so.1", "libegl1", "Qt"),
    ("libxkbcommon.so.0", "libxkbcommon0", "Qt"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "Qt"),
    ("libfontconfig.so.1", "libfontconfig1", "Qt"),
    ("libfreetype.so.6", "libfreetype6", "Qt"),
    ("libdbus-1.so.3", "libdbus-1-3", "Qt"),
    ("libX11-xcb.so.1", "libx11-xcb1", "Qt"),
    ("libxcb-cursor.so.0", "libxcb-cursor0", "Qt"),
    ("libxcb-icccm.so.4", "libxcb-icccm4", "Qt"),
    ("libxcb-image.so.0", "libxcb-image0", "Qt"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1", "Qt"),
    ("libxcb-randr.so.0", "libxcb-randr0", "Qt"),
    ("libxcb-render-util.so.0", "libxcb-render-util0", "Qt"),
    ("libxcb-render.so.0", "libxcb-render0", "Qt"),
    ("libxcb-shape.so.0", "libxcb-shape0", "Qt"),
    ("libxcb-shm.so.0", "libxcb-shm0", "Qt"),
    ("libxcb-sync.so.1", "libxcb-sync1", "Qt"),
    ("libxcb-xfixes.so.0", "libxcb-xfixes0", "Qt"),
    ("libxcb-xkb.so.1", "libxcb-xkb1", "Qt"),
)


class SetUpError(Exception):
    """Something the user has to do first."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``run`` or ``test``; returns the exit code."""
    parser = argparse.ArgumentParser(description="Set Coiffe up, then run it or test it.")
    parser.add_argument("job", choices=("run", "test"))
    parser.add_argument("--skip-libraries", action="store_true", help="do not look for system libraries")
    options = parser.parse_args(argv)
    started = time.monotonic()
    try:
        if sys.version_info < OLDEST:
            raise SetUpError(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {platform.python_version()}.")
        if not options.skip_libraries:
            check_libraries()
        python = make_environment()
        install(python, "dev" if options.job == "test" else "")
        say(f"set up in {time.monotonic() - started:.0f} s")
        if options.job == "test":
            return run_checks(python)
        return run_window(python) if has_display() else run_sample(python)
    except SetUpError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def say(text: str) -> None:
    """Tell the user what is going on, in order with the output of the programs that are called."""
    print(f"coiffe: {text}", flush=True)


def missing_libraries() -> list[tuple[str, str, str]]:
    """Entries of LIBRARIES that the dynamic loader does not find; none on other systems than Linux."""
    if not sys.platform.startswith("linux"):
        return []
    missing = []
    for entry in LIBRARIES:
        try:
            ctypes.CDLL(entry[0])
        except OSError:
            missing.append(entry)
    return missing


def check_libraries() -> None:
    """Install missing system libraries where that is allowed, otherwise print the exact command.

    Raises:
        SetUpError: a library is missing that nothing works without.
    """
    missing = missing_libraries()
    if not missing:
        return
    say("missing system libraries: " + ", ".join(name for name, _, _ in missing))
    command = install_command(missing)
    if command and command[0] == "apt-get" and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False, stdout=subprocess.DEVNULL)
        subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL)
        missing = missing_libraries()
        if not missing:
            return say("installed them")
        say("could not install: " + ", ".join(name for name, _, _ in missing))
    advice = "sudo " + " ".join(command) if command else "your system's package manager, for the names above"
    if any(who == "OpenCV" for _, _, who in missing):
        raise SetUpError(f"OpenCV cannot start without them. Install them with:\n  {advice}")
    say(f"the window will need them (the command line does not). Install them with:\n  {advice}")


def install_command(missing: Sequence[tuple[str, str, str]]) -> list[str]:
    """The package manager's command that brings these libraries; empty where there is no known one."""
    if shutil.which("apt-get"):
        packages = list(dict.fromkeys(package for _, package, _ in missing))
        return ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("dnf"):
        return ["dnf", "install", "-y", *(f"'{name}()(64bit)'" for name, _, _ in missing)]
    return []


def make_environment() -> Path:
    """Make the virtual environment where there is none; returns its Python.

    Raises:
        SetUpError: this Python cannot make one.
    """
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if works(python):
        return python
    if VENV.exists():
        say("the virtual environment is broken and is made anew")
        shutil.rmtree(VENV)
    say(f"making a virtual environment in {VENV}")
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False, capture_output=True, text=True)
    if made.returncode or not works(python):
        shutil.rmtree(VENV, ignore_errors=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetUpError(f"Python's venv module does not work here. On Debian and Ubuntu:\n"
                         f"  sudo apt-get install -y python{version}-venv\n{made.stderr.strip()}")
    return python


def works(python: Path) -> bool:
    """Whether a virtual environment's Python starts and has pip."""
    if not python.exists():
        return False
    probe = [str(python), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0


def install(python: Path, extra: str) -> None:
    """Install the project and its dependencies in one go; skipped while pyproject.toml is what was installed.

    Raises:
        SetUpError: pip failed.
    """
    fingerprint = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + platform.python_version().encode())
    wanted = fingerprint.hexdigest()
    stamps = {name: VENV / f"coiffe-{name or 'run'}.stamp" for name in ("", "dev")}
    # What is installed for development has everything a run needs.
    accepted = [stamps["dev"]] if extra else list(stamps.values())
    if any(stamp.is_file() and stamp.read_text() == wanted for stamp in accepted):
        return
    say("installing (several hundred megabytes the first time)")
    target = f"{ROOT}[{extra}]" if extra else str(ROOT)
    # One call: torch and torchvision fit together only when they are resolved together.
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", target]
    if subprocess.run(command, check=False, cwd=ROOT).returncode:
        raise SetUpError("pip could not install the project; its message is above. Check the connection and run "
                         "this again.")
    stamps[extra].write_text(wanted)


def has_display() -> bool:
    """Whether a window can be shown: always on macOS and Windows, elsewhere where X11 or Wayland says so."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run_window(python: Path) -> int:
    """Show the window until it is closed."""
    say("starting the window")
    return wait_for([str(python), "-m", "editor"])


def run_sample(python: Path) -> int:
    """Make the sample composite."""
    say("there is no display for the window, so the sample composite is made")
    return wait_for([str(python), str(ROOT / "packaging" / "sample.py")])


def wait_for(command: list[str]) -> int:
    """Run a program to its end; Ctrl-C is left to it, so that it can end in good order."""
    program = subprocess.Popen(command, cwd=ROOT)
    while True:
        try:
            return program.wait()
        except KeyboardInterrupt:
            continue


def run_checks(python: Path) -> int:
    """Run linters, type checker and tests; prints a summary; non-zero when any failed."""
    folder = python.parent
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
                   "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}",
                   "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    checks = {
        "ruff": [str(folder / "ruff"), "check", "."],
        "import rules": [str(folder / "lint-imports"), "--no-cache"],
        "types": [str(folder / "pyright"), "--pythonpath", str(python)],
    }
    results = {}
    for name, command in checks.items():
        say(f"checking: {name}")
        done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)
        results[name] = done.returncode
        if done.returncode:
            print(done.stdout + done.stderr, flush=True)
    say("running the tests")
    tests = subprocess.Popen([str(python), "-m", "pytest", "-q"], cwd=ROOT, env=environment, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    last = ""
    for line in tests.stdout or ():
        print(line, end="", flush=True)
        last = line.strip() or last
    results["tests"] = tests.wait()
    for name, code in results.items():
        say(f"{name}: {'ok' if code == 0 else f'FAILED (exit {code})'}")
    print(last, flush=True)
    return 1 if any(results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
