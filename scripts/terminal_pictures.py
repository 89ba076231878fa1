"""What a terminal shows of real runs, as pictures: a push under way, and what `status` says afterwards."""

import html
import os
from pathlib import Path

import pyte

from notion_sync.samples import make_samples
from tests.e2e.world import LONG_AGO, Sandbox, program
from tests.sandbox.browser import Tab
from tests.support.terminal import Terminal

COLUMNS, ROWS = 110, 24
FAULTS = [{"path": "/send$", "do": {"delay": 1.5}}]

CONFIG = """
version: 1
rules:
  - name: scans
    folder: {home}/Scans
    to: {{page: {page}}}
  - name: receipts
    folder: {home}/Receipts
    to: {{database: {database}, property: Attachments}}
  - name: screenshots
    folder: {home}/Screenshots
    to: {{page: 5e1f3c0a9b7d4c1e8f2a6d0b4c8e1f37}}
"""

STYLE = """
body { margin: 0; background: #16181d; }
pre { margin: 0; padding: 18px 22px; color: #d7dae0; font: 15px/1.45 "DejaVu Sans Mono", monospace; }
.cyan { color: #56b6c2 } .red { color: #e06c75 } .green { color: #98c379 } .brown { color: #e5c07b }
.dim { color: #5c6370 } .bold { font-weight: bold }
"""


async def take(sandbox: Sandbox, home: Path, tab: Tab, folder: Path) -> None:
    """Run the program, and keep what was seen of it as `terminal-….png` in `folder`."""
    config = prepare(sandbox, home)
    environ = sandbox.environment() | {"HOME": str(home)}
    command = program(config, home / "record")
    sandbox.faults(FAULTS)
    with Terminal([*command, "push"], environ, columns=COLUMNS, rows=ROWS) as push:
        push.until(lambda seen: any("left" in line and "MiB" in line for line in seen.moving()))
        await draw(tab, "notion-sync push", push.screen, folder / "terminal-push.png")
        sandbox.faults([])
        push.end()
    with Terminal([*command, "status"], environ, columns=COLUMNS, rows=ROWS) as status:
        status.end()
        await draw(tab, "notion-sync status", status.screen, folder / "terminal-status.png")


def prepare(sandbox: Sandbox, home: Path) -> Path:
    """Folders as people have them, and a configuration."""
    make_samples(home / "Scans")
    for number in range(1, 41):
        for name in (f"Scans/2026/scan-{number:03}.pdf", f"Receipts/Receipt 2026-{number:02}.pdf"):
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"%PDF-1.4\n" + os.urandom(200_000 if number % 7 else 3_000_000))
    (home / "Screenshots").mkdir()
    for number in range(3):
        (home / "Screenshots" / f"Screenshot {number}.png").write_bytes(b"\x89PNG" + bytes([number]) * 50_000)
    (home / "Receipts" / "empty.txt").touch()
    for path in home.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    config = home / "terminal.yaml"
    config.write_text(CONFIG.format(home=home, page=sandbox.page_id, database=sandbox.database_id), "utf-8")
    return config


async def draw(tab: Tab, typed: str, screen: pyte.Screen, path: Path) -> None:
    """A picture of a screen below the command that was typed."""
    rows = [row(screen, number) for number in range(screen.lines)]
    while rows and not rows[-1].strip():
        rows.pop()
    text = "\n".join([f'<span class="green">$</span> <span class="bold">{html.escape(typed)}</span>', *rows])
    await tab.open("about:blank")
    await tab.until("document.readyState === 'complete'")
    page = f"<style>{STYLE}</style><pre>{text}</pre>"
    await tab.look(int(COLUMNS * 9.1) + 44, (len(rows) + 1) * 22 + 36, dark=True)
    await tab.command("Page.setDocumentContent", frameId=(await frame(tab)), html=page)
    await tab.picture(path)


async def frame(tab: Tab) -> str:
    """The id of the page's frame."""
    tree = await tab.command("Page.getFrameTree")
    return str(tree["frameTree"]["frame"]["id"])


def row(screen: pyte.Screen, number: int) -> str:
    """One line as HTML."""
    cells = [screen.buffer[number][column] for column in range(screen.columns)]
    shown, before = "", ""
    for cell in cells:
        kind = " ".join(filter(None, [cell.fg if cell.fg != "default" else "", "bold" if cell.bold else ""]))
        if kind != before:
            shown += ("</span>" if before else "") + (f'<span class="{kind}">' if kind else "")
            before = kind
        shown += html.escape(cell.data)
    return (shown + ("</span>" if before else "")).rstrip()
