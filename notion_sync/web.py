"""Check web addresses and hosts: which are malformed, and which belong to this machine or its network. Pure."""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

IPAddress = IPv4Address | IPv6Address

_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052

# What `is_global` of some Python versions takes for public, although the registries of IANA do not say so.
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""The only part of IPv6 from which public addresses are given out (RFC 4291, IANA's address space registry)."""
_DOCUMENTATION: Final = IPv6Network("3fff::/20")  # RFC 9637
_PROTOCOLS: Final = IPv4Network("192.0.0.0/24")  # RFC 6890
_ANYCAST_RELAYS: Final = IPv4Network("192.88.99.0/24")  # RFC 7526


def fault(url: str) -> str:
    """Return why an address is malformed, as the end of a sentence; empty if it is well-formed."""
    if not url.isprintable() or " " in url:
        return "it has a blank or a control character in it"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "its host is not valid: a bracket is not closed"
    if re.search(r"\][^:]", parts.netloc):
        return "its host is not valid: something follows the bracket"
    if parts.scheme not in ("http", "https"):
        return "it does not begin with https:// or http://"
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        return "its port is not valid (1 to 65535)"
    return host_fault(host)


def host_fault(host: str) -> str:
    """Return why a host is malformed, as the end of a sentence; empty if it is well-formed."""
    if not host:
        return "it names no host"
    if as_ip(host) is not None:
        return ""
    try:
        name = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return "its host is not valid: no name looks like this"
    labels = name.removesuffix(".").split(".")
    if len(name) > 253 or not all(map(_LABEL.fullmatch, labels)):
        return "its host is not valid: no name looks like this"
    if labels[-1].isdecimal():
        return "its host is not valid: it ends like an IP address, and is not a complete one"
    return ""


def as_ip(host: str) -> IPAddress | None:
    """Return the IP address that a host is written as, with or without brackets; None for a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    address = as_ip(host)
    return host == "localhost" if address is None else address.is_loopback


def is_public(address: IPAddress) -> bool:
    """Whether an IP address is public: not of this machine or its network, not reserved, not multicast."""
    if isinstance(address, IPv6Address) and (inner := _within(address)) is not None:
        address = inner
    if isinstance(address, IPv6Address):
        special = address not in _GLOBAL_UNICAST or address in _DOCUMENTATION
    else:
        special = address in _PROTOCOLS or address in _ANYCAST_RELAYS
    return address.is_global and not address.is_multicast and not special


def _within(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address maps or tunnels to, if any."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def is_entry(text: str) -> bool:
    """Whether a text is a valid entry of a list of hosts; see `names_host`."""
    try:
        ip_network(re.sub(r"[\[\]]", "", text), strict=False)
    except ValueError:
        return not host_fault(text.removeprefix("*").removeprefix("."))
    return True


def names_host(entry: str, host: str, address: IPAddress | None = None) -> bool:
    """Whether an entry of a list of hosts matches a host: by name, parent domain, address or network.

    Args:
        entry: `nas.local`, `.home.arpa`, `*.example`, `192.168.1.5`, `fd00::/8`, `[::1]`.
        host: A name or address.
        address: The address that the name resolves to, if that is to be matched, too.
    """
    bare = re.sub(r"[\[\]]", "", entry.strip().lower())
    try:
        network = ip_network(bare, strict=False)
    except ValueError:
        name, host = (
            bare.removeprefix("*").removeprefix(".").removesuffix("."),
            host.lower().removesuffix("."),
        )
        return bool(name) and (host == name or host.endswith(f".{name}"))
    meant = as_ip(host) if address is None else address
    return meant is not None and meant.version == network.version and meant in network
