"""Proxies and certificates of the environment: heeded, passed over, or said to be of no use."""

import os
import ssl
from pathlib import Path

import httpx
import pytest

from notion_sync.errors import UnusableEnvironment
from notion_sync.notion.http.clients import EnvironmentTransport, advice, network_reason, proxy_variable

NOTION = "https://api.notion.com/v1/users/me"


@pytest.mark.parametrize(
    ("environ", "url", "variable"),
    [
        ({}, NOTION, ""),
        ({"HTTPS_PROXY": "http://p:1"}, NOTION, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "http://p:1", "https_proxy": "http://q:1"}, NOTION, "https_proxy"),
        ({"HTTP_PROXY": "http://p:1"}, NOTION, ""),
        ({"ALL_PROXY": "http://p:1"}, NOTION, "ALL_PROXY"),
        ({"ALL_PROXY": "http://p:1", "HTTPS_PROXY": ""}, NOTION, "ALL_PROXY"),
        ({"ALL_PROXY": "http://p:1"}, "http://127.0.0.1:80/", ""),
        ({"ALL_PROXY": "http://p:1"}, "https://[::1]:8443/", ""),
        ({"ALL_PROXY": "http://p:1"}, "http://localhost/", ""),
        ({"ALL_PROXY": "http://p:1"}, "http://localhost.example/", "ALL_PROXY"),
    ],
)
def test_which_proxy_an_address_is_reached_through(environ: dict[str, str], url: str, variable: str) -> None:
    assert proxy_variable(httpx.URL(url), environ) == variable


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        ("", NOTION, False),
        ("*", NOTION, True),
        ("notion.com", NOTION, True),
        (".notion.com", NOTION, True),
        ("*.notion.com", NOTION, True),
        ("localhost, API.notion.com", NOTION, True),
        ("a.example b.example notion.com", NOTION, True),
        ("otion.com", NOTION, False),
        ("notion.com:443", NOTION, True),
        ("notion.com:8443", NOTION, False),
        ("https://api.notion.com", NOTION, True),
        ("localhost,[::1]", NOTION, False),
        ("::1,fd07:b51a:cc66:f0::/64", NOTION, False),
        ("fd07:b51a:cc66:f0::/64", "https://[fd07:b51a:cc66:f0::5]/", True),
        ("[fd07::5]", "https://[fd07::5]/", True),
        ("[fd07::5]:443", "https://[fd07::5]/", True),
        ("10.0.0.0/8", "https://10.1.2.3/", True),
        ("10.0.0.0/8", "https://11.1.2.3/", False),
        ("10.0.0.0/99,,http://,:::,[", NOTION, False),
    ],
)
def test_what_no_proxy_names_is_reached_directly(no_proxy: str, url: str, direct: bool) -> None:
    environ = {"ALL_PROXY": "http://p:1", "NO_PROXY": no_proxy}
    assert (proxy_variable(httpx.URL(url), environ) == "") is direct


@pytest.mark.parametrize(
    "environ",
    [
        {"ALL_PROXY": "http://secret:pass@127.0.0.1:x"},
        {"HTTPS_PROXY": "http://"},
        {"HTTPS_PROXY": "ftp://secret:pass@h:1"},
        {"https_proxy": "http://[::1"},
        {"ALL_PROXY": "socks4://h:1"},
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_and_not_shown(environ: dict[str, str]) -> None:
    with pytest.raises(UnusableEnvironment) as caught:
        httpx.Client(transport=EnvironmentTransport(environ, httpx.Limits()), trust_env=False).get(NOTION)
    assert next(iter(environ)) in str(caught.value)
    assert "pass" not in str(caught.value)
    assert caught.value.exit_code == 78


def test_certificates_that_cannot_be_used_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("no certificate")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path / "nowhere", garbage, tmp_path, pipe):
        environ = {"SSL_CERT_FILE": str(path)}
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        with pytest.raises(UnusableEnvironment, match="SSL_CERT_FILE"):
            httpx.Client(transport=EnvironmentTransport(environ, httpx.Limits()), trust_env=False).get(NOTION)


def certificate_error(number: int) -> httpx.ConnectError:
    cause = ssl.SSLCertVerificationError()
    cause.verify_code = number
    error = httpx.ConnectError("x")
    error.__cause__ = cause
    return error


def test_the_advice_follows_from_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    url = httpx.URL(NOTION)
    for name in ("all_proxy", "ALL_PROXY", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert "SSL_CERT_FILE" in advice(certificate_error(18), url)
    assert "SSL_CERT_FILE" in advice(certificate_error(20), url)
    assert "clock" in advice(certificate_error(10), url)
    assert "another server" in advice(certificate_error(62), url)
    assert advice(httpx.ConnectError("refused"), url) == ""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert "HTTPS_PROXY" in advice(httpx.ConnectError("refused"), url)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.RemoteProtocolError("illegal status line: bytearray(b'\\x00\\xff')"), "what came is not HTTP"),
        (httpx.RemoteProtocolError("Receive buffer too long"), "what came is not HTTP"),
        (
            httpx.RemoteProtocolError("Server disconnected without sending a response."),
            "Server disconnected without sending a response",
        ),
        (httpx.ReadError("[Errno 104] Connection reset by peer"), "connection reset by peer"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "name lookup failed"),
    ],
)
def test_what_the_network_says_is_a_phrase_for_people(error: Exception, words: str) -> None:
    assert network_reason(error) == words
