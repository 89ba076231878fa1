"""The pictures of `docs/images` that show what was measured. Needs matplotlib, which `make bench` installs."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from benchmarks.curves import Point
from benchmarks.unchanged import GIT, OURS, RCLONE, RSYNC, Scale

INK, FAINT, GRID = "#24292f", "#6e7781", "#e6e8eb"
COLOURS = {OURS: "#0969da", RSYNC: "#8250df", RCLONE: "#bf8700", GIT: "#57606a"}
NAIVE, LIMIT = "#cf222e", "#1a7f37"

STYLE = {
    "figure.facecolor": "white", "axes.facecolor": "white", "savefig.facecolor": "white",
    "font.family": "sans-serif", "font.size": 15, "text.color": INK, "axes.labelcolor": INK,
    "axes.edgecolor": FAINT, "axes.titlesize": 17, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.titlepad": 14, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "xtick.color": FAINT, "ytick.color": FAINT, "xtick.labelcolor": INK, "ytick.labelcolor": INK,
    "axes.grid": True, "grid.color": GRID, "grid.linewidth": 1.2, "lines.linewidth": 3, "lines.markersize": 7,
}  # fmt: skip

_TIMES = {1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h", 6 * 3600: "6 h", 86400: "1 day"}


def push_time(curves: Mapping[str, Sequence[Point]], folder: Path) -> Path:
    """The time of a first push against the number of its files, one panel a limit."""
    with mpl.rc_context(STYLE):
        figure, panels = plt.subplots(1, len(curves), figsize=(15, 7), sharey=True, squeeze=False)
        for axes, (name, line) in zip(panels[0], curves.items(), strict=True):
            files = [each.files for each in line]
            limits = [(each.files, each.limit) for each in line if each.limit]
            _line(axes, files, [each.naive for each in line], "naive script, one file at a time", NAIVE)
            _line(axes, files, [each.ours for each in line], "notion-sync", COLOURS[OURS])
            if limits:
                xs, ys = zip(*limits, strict=True)
                axes.plot(
                    xs, ys, color=LIMIT, linestyle=(0, (2, 1.6)), label="the rate limit alone", zorder=4
                )
            axes.set_title(f"{name.replace(' a minute', '')} requests a minute")
            _logarithmic(axes, files)
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(FixedLocator(list(_TIMES)))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _TIMES.get(round(value), "")))
            axes.yaxis.set_minor_locator(NullLocator())
        panels[0][0].set_ylabel("time of the first push")
        panels[0][0].legend(frameon=False, loc="upper left")
        return _saved(
            figure,
            folder / "bench-push.png",
            "simulated time; Notion's limits and answer times",
        )


def unchanged(scale: Scale, folder: Path) -> Path:
    """CPU time and memory of a run that finds nothing to do, against the size of the tree."""
    with mpl.rc_context(STYLE):
        figure, (time, memory) = plt.subplots(1, 2, figsize=(15, 7))
        _scaled(time, scale, lambda figures: figures.cpu, "CPU time of a run that finds nothing to do")
        _scaled(memory, scale, lambda figures: figures.peak / 2**20, "memory at the most")
        time.set_ylabel("CPU seconds")
        memory.set_ylabel("MiB")
        time.set_yscale("log")
        time.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        memory.set_ylim(bottom=0)
        time.yaxis.set_minor_locator(NullLocator())
        time.set_ylim(top=time.get_ylim()[1] * 8)  # room for the legend
        time.legend(frameon=False, loc="upper left")
        return _saved(
            figure, folder / "bench-unchanged.png", "whole processes, medians, warm cache; local to local"
        )


def cpu(figures: Mapping[str, float], folder: Path) -> Path:
    """CPU seconds a GiB, one bar a program."""
    with mpl.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(15, 1.6 + 0.95 * len(figures)))
        names = list(reversed(figures))
        bars = axes.barh(
            names, [figures[name] for name in names], height=0.62,
            color=[COLOURS[OURS] if name == OURS else "#afb8c1" for name in names],
        )  # fmt: skip
        axes.bar_label(bars, fmt="%.1f s", padding=8, color=INK)
        axes.grid(visible=False, axis="y")
        axes.margins(x=0.1)
        axes.set_xlabel("CPU seconds a GiB, of the program alone")
        axes.set_title("What sending 1 GiB costs")
        return _saved(figure, folder / "bench-cpu.png", "to a server on the same machine, without TLS")


def _scaled(axes: Axes, scale: Scale, of: Callable[..., float], title: str) -> None:
    sizes = list(scale)
    for name, colour in COLOURS.items():
        if all(name in figures for figures in scale.values()):
            _line(axes, sizes, [of(scale[size][name]) for size in sizes], name, colour)
    axes.set_title(title)
    _logarithmic(axes, sizes)


def _line(axes: Axes, xs: Sequence[float], ys: Sequence[float], label: str, colour: str) -> None:
    axes.plot(xs, ys, color=colour, marker="o", label=label)


def _logarithmic(axes: Axes, files: Sequence[int]) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(min(files) / 1.3, max(files) * 1.3)
    axes.set_xlabel("files")


def _saved(figure: Figure, path: Path, note: str) -> Path:
    figure.text(0.995, 0.01, note, ha="right", va="bottom", color=FAINT, fontsize=12)
    figure.tight_layout(rect=(0, 0.035, 1, 1), w_pad=3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    plt.close(figure)
    return path
