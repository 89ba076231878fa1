"""Addresses that no network could serve, and those that are not everybody's."""

from ipaddress import ip_address

import pytest

from notion_sync.web import fault, host_fault, is_entry, is_public, names_host


@pytest.mark.parametrize(
    "url",
    [
        "https://api.notion.com",
        "http://127.0.0.1:8080/x?y#z",
        "https://[::1]:443/",
        "https://[fe80::1%eth0]/",
        "https://user:pass@hc-ping.com/uuid",
        "https://bücher.example./",
        "https://a_b.example:65535",
        "https://localhost",
        "https://1.example",
    ],
)
def test_an_address_that_could_be_one(url: str) -> None:
    assert fault(url) == ""


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://127.0.0.1:70000", "port"),
        ("https://h:0", "port"),
        ("https://h:-1", "port"),
        ("https://h:http", "port"),
        ("https://note book.example", "blank"),
        ("https://note\tbook.example", "blank"),
        ("https://h.example/\x00", "blank"),
        ("http://[fe80/run", "host"),
        ("http://[::1]x/", "host"),
        ("https://", "host"),
        ("https:///path", "host"),
        ("https://a..b", "host"),
        ("https://-a.example", "host"),
        ("https://a%20b.example", "host"),
        ("https://" + "x" * 64 + ".example", "host"),
        ("https://" + "x." * 140 + "example", "host"),
        ("https://999.1.1.1", "host"),
        ("https://127.1", "host"),
        ("https://ü..example", "host"),
        ("ftp://h.example", "begin"),
        ("h.example", "begin"),
        ("", "begin"),
    ],
)
def test_an_address_that_cannot_be_one(url: str, said: str) -> None:
    assert said in fault(url)


def test_a_host_alone() -> None:
    assert host_fault("api.notion.com") == host_fault("[::1]") == ""
    assert host_fault("") != ""


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("2002:7f00:1::", False),
        ("2002:c0a8:101::1", False),
        ("192.0.0.8", False),
        ("192.88.99.1", False),
        ("::127.0.0.1", False),
        ("::8.8.8.8", False),
        ("::ffff:0:127.0.0.1", False),
        ("64:ff9b:1::7f00:1", False),
        ("fec0::1", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("2606:4700::1111", True),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


@pytest.mark.parametrize(
    ("entry", "host", "address", "meant"),
    [
        ("nas.local", "nas.local", "192.168.1.5", True),
        ("NAS.local", "nas.local.", None, True),
        ("nas.local", "xnas.local", None, False),
        (".local", "nas.local", None, True),
        ("*.local", "nas.local", None, True),
        ("local", "nas.local", None, True),
        ("192.168.1.5", "nas.local", "192.168.1.5", True),
        ("192.168.1.0/24", "nas.local", "192.168.1.5", True),
        ("192.168.1.0/24", "nas.local", "192.168.2.5", False),
        ("192.168.1.0/24", "nas.local", None, False),
        ("[fd00::]/8", "[fd00::5]", None, True),
        ("fd00::/8", "10.0.0.1", None, False),
        ("[::1]", "::1", None, True),
        ("", "nas.local", None, False),
        ("*", "nas.local", "10.0.0.1", False),
    ],
)
def test_which_hosts_an_entry_names(entry: str, host: str, address: str | None, meant: bool) -> None:
    assert names_host(entry, host, None if address is None else ip_address(address)) is meant


def test_what_can_be_an_entry() -> None:
    assert all(
        map(is_entry, ("nas.local", ".local", "*.local", "10.0.0.0/8", "10.1.2.3/8", "[::1]", "fd00::/8"))
    )
    assert not any(map(is_entry, ("", "*", "a b", "10.0.0.0/99", "http://nas.local", "nas.local:80", "-x")))
