"""Write the pages under docs/ that are made from code. `make docs`; a test holds them current."""

import sys
from pathlib import Path

import environments_page
from hardenlab.environments.moto import coverage

ROOT = Path(__file__).resolve().parents[1]
PAGES = {"docs/emulator.md": coverage.page, "docs/environments.md": environments_page.page}


def main() -> None:
    for name, page in PAGES.items():
        path, text = ROOT / name, page()
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            sys.stdout.write(f"{name} is new\n")


if __name__ == "__main__":
    sys.exit(main())
