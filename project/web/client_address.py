"""The client's address in one spelling, and the network that limits count by."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from re import compile as pattern

SITE, CUSTOMER = 48, 64  # prefix lengths: of a company or a provider's region, and of one line or phone
TRANSLATED = (  # the last 32 bits are the client's IPv4 address
    IPv6Network("64:ff9b::/96"),  # RFC 6052 §2.1
    IPv6Network("64:ff9b:1::/48"),  # RFC 8215, in prefixes of 96 bits
    IPv6Network("::ffff:0:0:0/96"),  # RFC 7915 §2.1
)
BRACKETED = pattern(r"\[(?P<address>[^\]]*)\](?::\d{1,5})?")
WITH_PORT = pattern(r"(?P<address>[^:]*):\d{1,5}")

Address = IPv4Address | IPv6Address


@lru_cache(maxsize=10_000)
def canonical(text: str) -> str:
    """The address without port, brackets, quotes and zone; an IPv4-mapped one as IPv4 (RFC 4291 §2.5.5.2).

    Raises ValueError for anything else, such as `unknown` (RFC 7239 §6.2).
    """
    text = text.strip().strip('"')
    found = BRACKETED.fullmatch(text) or WITH_PORT.fullmatch(text)
    address = ip_address((found["address"] if found else text).partition("%")[0])
    return str(unmapped(address))


def unmapped(address: Address) -> Address:
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address of a client that has an IPv6 address by translation, 6to4 (RFC 3056) or Teredo (RFC 4380)."""
    if any(address in prefix for prefix in TRANSLATED):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.sixtofour or (address.teredo and address.teredo[1])


def network_of(address: str, ipv6_prefix: int = CUSTOMER) -> str:
    """An IPv4 address itself, or the /64 of an IPv6 address, all of which belongs to one client.

    Empty for a client on a Unix socket, which has no address.
    """
    if not address:
        return ""
    parsed = unmapped(ip_address(address))
    if isinstance(parsed, IPv6Address):
        parsed = embedded(parsed) or parsed
    return str(parsed if parsed.version == 4 else ip_network((parsed, ipv6_prefix), strict=False))


def site_of(address: str) -> str | None:
    """The /48 of an IPv6 address; None for IPv4, where clients cannot choose among addresses."""
    network = network_of(address, SITE)
    return network if network.endswith(f"/{SITE}") else None
