"""Which addresses are fetched, and what their files are called."""

import pytest

from notion_sync.model import Address
from notion_sync.scan.links.address import address_at, address_of, is_fetchable, name_at


@pytest.mark.parametrize(
    ("link", "url", "name"),
    [
        ("Quarterly report.url", "https://x.org/2024/q3.pdf", "Quarterly report.pdf"),
        ("Quarterly report.webloc", "https://x.org/Q3.PDF?v=1.2#page=3", "Quarterly report.pdf"),
        ("paper.pdf.url", "https://x.org/paper.pdf", "paper.pdf"),
        ("paper.pdf.url", "https://x.org/download?id=3", "paper.pdf"),
        ("paper.pdf.url", "https://x.org/view.php", "paper.pdf"),
        ("Report v1.2.url", "https://x.org/a.pdf", "Report v1.2.pdf"),
        ("Dr. No.url", "https://x.org/a.mp3", "Dr. No.mp3"),
        ("plan.dwg.url", "https://x.org/download/3", "plan.dwg"),
        ("plan.url", "https://x.org/a.dwg", "plan.dwg"),
        ("a.url", "https://x.org/b%2Epng", "a.png"),
    ],
)
def test_names(link: str, url: str, name: str) -> None:
    assert address_of(link, url) == Address(url, name)


@pytest.mark.parametrize(
    ("url", "given", "name", "usable"),
    [
        ("https://x.org/2024/q3.pdf", None, "q3.pdf", True),
        ("https://x.org/2024/q3.PDF?v=1.2", None, "q3.PDF", True),
        ("https://x.org/2024/q3", None, "q3", False),
        # The host's name says nothing of a type.
        ("https://x.org/", None, "x.org", False),
        ("https://x.org", None, "x.org", False),
        # Nor does the name of the program that makes the file; a person may mean it.
        ("https://x.org/view.php?id=3", None, "view.php", False),
        ("https://x.org/view.php?id=3", "view.php", "view.php", True),
        ("https://x.org/2024/q3", "report.pdf", "report.pdf", True),
        ("https://x.org/", "report.pdf", "report.pdf", True),
        ("https://x.org/2024/q3.pdf", "report", "report", False),
        ("https://x.org/v1.2", None, "v1.2", False),
    ],
)
def test_addresses_that_somebody_names(url: str, given: str | None, name: str, usable: bool) -> None:
    address = address_at(url, given)
    assert (address.url, address.name) == (url, name)
    assert ("--name" not in address.problem) is usable
    assert bool(address.problem) is not usable


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "holds no address"),
        ("http://x.org/a.pdf", "begins with http:"),
        ("HTTP://x.org/a.pdf", "begins with http:"),
        ("ftp://x.org/a.pdf", "begins with ftp:"),
        ("www.x.org/a.pdf", "does not begin with https:"),
        ("https:///a.pdf", "names no server"),
        ("https://[::1/a.pdf", "is not valid"),
        ("https://x.org:port/a.pdf", "is not valid"),
        ("https://x.org/a\tb.pdf", "characters"),
        ("https://x.org/", '"a.pdf.url"'),
        ("https://x.pdf", '"a.pdf.url"'),
        ("https://x.org/article", '"a.pdf.url"'),
        ("https://x.org/releases/v1.2", '"a.pdf.url"'),
        ("https://x.org/index.php", '"a.pdf.url"'),
        ("https://x.org/a.averyveryverylongone", '"a.pdf.url"'),
    ],
)
def test_problems(written: str, said: str) -> None:
    address = address_of("a.url", written)
    assert said in address.problem
    assert (address.url, address.name) == ("", "a.url")


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://x.org/é b.pdf", "https://x.org/%C3%A9%20b.pdf"),
        ("https://x.org/%C3%A9 b.pdf", "https://x.org/%C3%A9%20b.pdf"),
        ("https://bücher.example:8443/a b.pdf?q=ü", "https://xn--bcher-kva.example:8443/a%20b.pdf?q=%C3%BC"),
        ("HTTPS://x.org/a.pdf", "HTTPS://x.org/a.pdf"),
    ],
)
def test_addresses_are_sent_in_ascii(written: str, url: str) -> None:
    assert address_of("a.url", written).url == url
    assert is_fetchable(url)


@pytest.mark.parametrize("url", ["http://x.org/a.txt", "x.org", "https://", "https://a b/c", ""])
def test_not_fetchable(url: str) -> None:
    assert not is_fetchable(url)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.com/a/b.pdf", "b.pdf"),
        ("https://example.com/a/b%20c.pdf?x=/y.png#z", "b c.pdf"),
        ("https://example.com/a/", "a"),
        ("https://example.com/", "example.com"),
        ("https://example.com", "example.com"),
    ],
)
def test_name_at(url: str, name: str) -> None:
    assert name_at(url) == name


def test_what_stands_for_contents_differs() -> None:
    assert Address("https://a/1", "a").digest != Address("https://a/2", "a").digest
    assert Address("https://a/1", "a").digest == Address("https://a/1", "b").digest
