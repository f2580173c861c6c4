"""Connections to public addresses only, so that a list of URLs cannot reach what stands behind the firewall.

The address that was checked is the one that is connected to, so a name that resolves differently a moment later (DNS
rebinding) gains nothing.
"""

import ipaddress
import socket
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager

from lookalike.fetching.deadline import WatchedHTTPConnection, WatchedHTTPSConnection

__all__ = ["PrivateAddressError", "PublicPoolManager", "is_public"]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Private or reserved, whatever this version of Python says: local NAT64, site-local, outdated forms of IPv4 inside
# IPv6, documentation, and what clouds use for metadata beside the link-local addresses.
_NETWORKS = "64:ff9b:1::/48 fec0::/10 ::/96 ::ffff:0:0:0/96 3fff::/20 192.0.0.0/24 168.63.129.16/32"
_REFUSED = [ipaddress.ip_network(text) for text in _NETWORKS.split()]


class PrivateAddressError(Exception):
    """A host whose address is not public."""


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet; an IPv4 one inside an IPv6 one counts as itself."""
    parsed = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo or (None, None))[1]
        if inner is None and parsed in _NAT64:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    refused = any(parsed in network for network in _REFUSED if network.version == parsed.version)
    return parsed.is_global and not parsed.is_multicast and not refused


class _Public:
    """A urllib3 connection that resolves its host itself."""

    def _new_conn(self: Any) -> socket.socket:
        host = self._dns_host.strip("[]")
        found = socket.getaddrinfo(host, self.port, type=socket.SOCK_STREAM)
        private = next((entry[4][0] for entry in found if not is_public(str(entry[4][0]))), None)
        if private is not None:
            raise PrivateAddressError(f"{host} has the private address {private}")
        failure: OSError | None = None
        for family, kind, protocol, _, address in found:
            connection = socket.socket(family, kind, protocol)
            try:
                if isinstance(self.timeout, int | float):
                    connection.settimeout(self.timeout)
                connection.connect(address)
            except OSError as error:
                connection.close()
                failure = error
            else:
                return connection
        raise failure or OSError(f"{host} has no address")


class _PublicHTTPConnection(_Public, WatchedHTTPConnection):
    pass


class _PublicHTTPSConnection(_Public, WatchedHTTPSConnection):
    pass


class _PublicHTTPPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


class PublicPoolManager(PoolManager):
    """urllib3's pool manager, whose connections raise PrivateAddressError for hosts that are not public."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.pool_classes_by_scheme = {"http": _PublicHTTPPool, "https": _PublicHTTPSPool}
