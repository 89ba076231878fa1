"""Create httpx clients that take proxies and certificates from the environment and explain unusable values.

httpx reads the same variables but raises low-level errors for bad values, also for forms of `NO_PROXY` that other
programs accept (encode/httpx#3221), and sends requests to this machine through a proxy unless `NO_PROXY` excludes it.
Here this machine is always reached directly.

`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` (curl(1), "ENVIRONMENT"; lower case takes precedence),
`SSL_CERT_FILE`, `SSL_CERT_DIR` (SSL_CTX_load_verify_locations(3)).
"""

import os
import re
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from http.cookiejar import CookieJar
from typing import Final

import httpx

from notion_sync.errors import UnusableEnvironment
from notion_sync.notion.http.network import Network
from notion_sync.web import IPAddress, as_ip, host_fault, is_loopback, is_public, names_host

_CERTIFICATES: Final = {
    "SSL_CERT_FILE": os.path.isfile,
    "SSL_CERT_DIR": os.path.isdir,
    "SSLKEYLOGFILE": os.path.isfile,
}
_PORT: Final = re.compile(r"(\[[^\]]*\]|[^:]*):(\d+)")


def http_client(
    *,
    headers: Mapping[str, str],
    timeout: httpx.Timeout,
    private_hosts: Sequence[str] | None = None,
) -> httpx.Client:
    """Return a thread-safe client that follows no redirects. Its calls may raise `UnusableEnvironment`.

    Args:
        headers: Headers of every request.
        timeout: Timeout of every step.
        private_hosts: See `EnvironmentTransport`.
    """
    transport = EnvironmentTransport(os.environ, httpx.Limits(), private_hosts=private_hosts)
    return httpx.Client(
        headers=headers,
        timeout=timeout,
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        cookies=_NoCookies(),
    )


def bare_connections(
    limits: httpx.Limits, certificates: "Certificates", *, most: int
) -> "EnvironmentTransport":
    """Return only the transport of such a client, for requests that need no other feature of a client."""
    return EnvironmentTransport(os.environ, limits, certificates, most=most)


class _NoCookies(CookieJar):
    """Stores no cookies: the API needs none, and extracting them costs 5 % of a request."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Do nothing."""


class Certificates:
    """The trusted certificate authorities, loaded at the first use (60 ms); clients may share them.

    Args:
        environ: The environment; by default this process's.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        """Return the TLS context for connections.

        Raises:
            UnusableEnvironment: A variable names certificates that cannot be loaded.
        """
        with self._lock:
            if self._context is None:
                self._context = self._load()
            return self._context

    def _load(self) -> ssl.SSLContext:
        try:
            for name, is_kind in _CERTIFICATES.items():
                _check_kind(self._environ.get(name), is_kind)
            return httpx.create_ssl_context()
        except (OSError, ValueError) as error:
            given = [name for name in _CERTIFICATES if self._environ.get(name)]
            if given[:2] == ["SSL_CERT_FILE", "SSL_CERT_DIR"]:
                del given[1]  # the file takes precedence
            raise UnusableEnvironment(
                f"what {' or '.join(given) or 'the system'} names cannot be used for TLS: {error}",
                hint="name a file that can be read, with certificates in PEM form, or unset it",
            ) from error


def _check_kind(path: str | None, is_kind: Callable[[str], bool]) -> None:
    """Raise `ValueError` if a path is, for example, a pipe: OpenSSL would block until something is written to it."""
    if path and os.path.exists(path) and not is_kind(path):
        raise ValueError(f"{path} is something else than a file or folder of this purpose")


class EnvironmentTransport(httpx.BaseTransport):
    """Sends each request directly, or through the proxy that the environment names for its address.

    Args:
        environ: The environment.
        limits: Limits of the connection pool.
        certificates: The trusted authorities, if they are shared.
        most: Maximum bytes of an answer on the wire; None for no limit.
        private_hosts: The only hosts of this machine or its network to connect to (`web.names_host`): link files in a
            shared folder must not give access to them. None for no restriction. If there is a proxy, it resolves the
            names.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        limits: httpx.Limits,
        certificates: Certificates | None = None,
        *,
        most: int | None = None,
        private_hosts: Sequence[str] | None = None,
    ) -> None:
        self._environ = environ
        self._limits = limits
        self._lock = threading.Lock()
        self._transports: dict[str, httpx.HTTPTransport] = {}
        """By the variable that names the proxy, empty for none, and by whether TLS is used."""
        self._certificates = certificates or Certificates(environ)
        self._most = most
        self._private_hosts = private_hosts
        self._network = Network(None if private_hosts is None else self._check)
        self._network_to_proxies = Network()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises:
            UnusableEnvironment: A relevant variable has an unusable value.
        """
        variable = proxy_variable(request.url, self._environ)
        network = self._network_to_proxies if variable else self._network
        if variable and self._private_hosts is not None and (address := as_ip(request.url.host)) is not None:
            try:
                self._check(request.url.host, address)
            except ConnectionRefusedError as error:
                raise httpx.ConnectError(str(error), request=request) from error
        transport = self._transport(variable, request.url, network)
        network.begin()
        answer = transport.handle_request(request)
        network.head_received(self._most)
        return answer

    def _check(self, host: str, address: IPAddress) -> None:
        """Raise `ConnectionRefusedError` for an address that must not be connected to."""
        allowed = any(names_host(entry, host, address) for entry in self._private_hosts or ())
        if not allowed and not is_public(address):
            where = "" if as_ip(host) == address else f" is at {address}, which"
            raise ConnectionRefusedError(
                f"{host}{where} is an address of this machine or its network; private_hosts in the configuration "
                "lets files be fetched from there"
            )

    def close(self) -> None:
        """Close all connections."""
        for transport in self._transports.values():
            transport.close()

    def _transport(self, variable: str, url: httpx.URL, network: Network) -> httpx.HTTPTransport:
        encrypted = url.scheme == "https" or self._environ.get(variable, "").startswith("https")
        key = f"{variable} {encrypted}"
        with self._lock:
            if (known := self._transports.get(key)) is None:
                verify = self._certificates.context() if encrypted else False
                proxy = _proxy(variable, self._environ[variable], verify) if variable else None
                known = self._transports[key] = _Transport(verify, proxy, self._limits, network)
            return known


class _Transport(httpx.HTTPTransport):
    """A transport over `Network`; httpx has no argument for a network backend (encode/httpx#1993)."""

    def __init__(
        self,
        verify: ssl.SSLContext | bool,  # noqa: FBT001 - as httpx has it
        proxy: httpx.Proxy | None,
        limits: httpx.Limits,
        network: Network,
    ) -> None:
        super().__init__(verify=verify, proxy=proxy, limits=limits, trust_env=False)
        self._pool._network_backend = network  # noqa: SLF001


def proxy_variable(url: httpx.URL, environ: Mapping[str, str]) -> str:
    """Return the variable that names the proxy for an address; empty if it is reached directly."""
    if is_loopback(url.host) or _bypassed(url, environ.get("no_proxy") or environ.get("NO_PROXY") or ""):
        return ""
    names = (f"{url.scheme}_proxy", f"{url.scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
    return next((name for name in names if environ.get(name)), "")


def _bypassed(url: httpx.URL, no_proxy: str) -> bool:
    """Whether `NO_PROXY` matches a host: by name, parent domain, address, network, or `*`."""
    host, port = url.host.lower(), url.port or {"http": 80, "https": 443}.get(url.scheme)
    for entry in filter(None, re.split(r"[\s,]+", no_proxy.lower())):
        name = entry.rpartition("://")[2]
        if match := _PORT.fullmatch(name):
            name = match[1]
            if int(match[2]) != port:
                continue
        if name == "*" or names_host(name, host):
            return True
    return False


def _proxy(variable: str, value: str, certificates: ssl.SSLContext | bool) -> httpx.Proxy:  # noqa: FBT001 - as httpx has it
    """Return the proxy that a variable names. Its value is not shown, because it may contain a password."""
    hint = f"set {variable} to http://host:port, or unset it"
    try:
        url = httpx.URL(value if "://" in value else f"http://{value}")
        if why := host_fault(url.host) or ("" if (url.port or 1) < 65536 else "there is no such port"):
            raise UnusableEnvironment(f"{variable} cannot be used as a proxy: {why}", hint=hint)
        if url.scheme in ("socks5", "socks5h"):
            return _socks(variable, url)
        # The proxy's own certificate is checked against the same authorities as Notion's.
        context = certificates if isinstance(certificates, ssl.SSLContext) and url.scheme == "https" else None
        return httpx.Proxy(url, ssl_context=context)
    except (httpx.InvalidURL, ValueError) as error:
        raise UnusableEnvironment(f"{variable} cannot be used as a proxy: {error}", hint=hint) from error


def _socks(variable: str, url: httpx.URL) -> httpx.Proxy:
    try:
        import socksio  # type: ignore[import-not-found]  # noqa: F401, PLC0415 - only where it is needed
    except ImportError as error:
        raise UnusableEnvironment(
            f"{variable} names a SOCKS proxy, for which the package socksio is not installed",
            hint="pip install 'httpx[socks]' installs it; or set it to http://host:port, or unset it",
        ) from error
    return httpx.Proxy(url)


_BROKEN_OFF: Final = ("Server disconnected", "peer closed connection")
"""How httpx begins to say that an answer was not complete; it quotes the bytes of one that is not HTTP."""


def network_reason(error: Exception) -> str:
    """Return the network's error text without the system's number; empty if there is none."""
    text = str(error).removesuffix(".")
    if isinstance(error, httpx.RemoteProtocolError) and not text.startswith(_BROKEN_OFF):
        return "what came is not HTTP"
    found = re.match(r"\[Errno (-?)\d+\] (.)(.*)", text, re.DOTALL)
    if found is None:
        return text
    if found[1]:  # of getaddrinfo(3), which says it in a dozen ways
        return "name lookup failed"
    return found[2].lower() + found[3]


def advice(error: BaseException, url: httpx.URL) -> str:
    """Return what the user can do about a failed connection, by its cause; empty if nothing specific is known."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _CERTIFICATE_ADVICE.get(cause.verify_code, _UNKNOWN_AUTHORITY)
    if cause is not None:
        return "something between here and it does not speak TLS: look for a proxy or a login page of the network"
    if variable := proxy_variable(url, os.environ):
        return f"check the network connection, and the proxy that {variable} names"
    return ""


_UNKNOWN_AUTHORITY: Final = (
    "no authority that this machine trusts has signed its certificate: where your network inspects TLS, or has an "
    "authority of its own, let SSL_CERT_FILE name a file with that one's certificate"
)
_CERTIFICATE_ADVICE: Final[Mapping[int, str]] = {
    # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_HOSTNAME_MISMATCH,
    # X509_V_ERR_IP_ADDRESS_MISMATCH (openssl, x509_vfy.h)
    9: "its certificate is not valid yet: check this machine's clock",
    10: "its certificate has expired: check this machine's clock",
    62: "another server answers in its place: look for a proxy or a login page of the network",
    64: "another server answers in its place: look for a proxy or a login page of the network",
}
"""Advice by OpenSSL's code of the verification error."""
