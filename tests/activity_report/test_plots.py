"""Bars as SVG: well-formed, to scale, and readable at every number."""

import xml.etree.ElementTree as ET

import pytest

from notion_sync.activity_report.plots import Bar, bars


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def heights(svg: str, series: str) -> list[float]:
    return [
        float(rect.attrib["height"]) for rect in drawn(svg).iter("rect") if rect.attrib["class"] == series
    ]


def ticks(svg: str) -> list[str]:
    return [text.text or "" for text in drawn(svg).iter("text") if text.attrib["text-anchor"] == "end"]


def test_bars_are_to_scale_and_stand_on_each_other() -> None:
    svg = bars("some", [Bar("a", "a: 6", [4, 2]), Bar("b", "b: 2", [2])])
    (one, two), (upper,) = heights(svg, "s0"), heights(svg, "s1")
    assert one == pytest.approx(2 * two, abs=0.2)
    assert upper == pytest.approx(two, abs=0.2)
    assert [title.text for title in drawn(svg).iter("title")] == ["a: 6", "b: 2"]


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (3, ["0", "1", "2", "3"]),
        (4, ["0", "1", "2", "3", "4"]),
        (5, ["0", "2", "4", "6"]),
        (9.5, ["0", "5", "10"]),
        (300, ["0", "100", "200", "300"]),
        (12_345, ["0", "5,000", "10,000", "15,000"]),
        (2_000_000, ["0", "500,000", "1,000,000", "1,500,000", "2,000,000"]),
    ],
)
def test_the_axis_has_round_numbers(highest: float, expected: list[str]) -> None:
    assert ticks(bars("some", [Bar("a", "a", [highest])])) == expected


def test_little_is_seen_beside_much_and_nothing_is_not() -> None:
    svg = bars("some", [Bar("a", "a", [100_000]), Bar("b", "b", [1]), Bar("c", "c", [0])])
    assert sorted(heights(svg, "s0"))[0] == 1.0
    assert len(heights(svg, "s0")) == 2


@pytest.mark.parametrize("count", [0, 1, 7, 31, 400])
def test_words_below_do_not_run_into_each_other(count: int) -> None:
    svg = bars("some", [Bar(str(number), "", [1]) for number in range(count)])
    below = [text for text in drawn(svg).iter("text") if text.attrib["text-anchor"] == "middle"]
    assert len(below) <= 8


def test_names_of_others_are_escaped() -> None:
    svg = bars("<b>", [Bar("<i>", '"&<', [1])], unit="<", line=1)
    assert [title.text for title in drawn(svg).iter("title")] == ['"&<']
