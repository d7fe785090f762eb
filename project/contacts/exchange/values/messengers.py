"""Messengers and social networks: the names of their properties, and which of their accounts are the same."""

import re
from typing import Final

SCHEMES: Final = {
    "AIM": "aim", "GADUGADU": "gg", "GOOGLE-TALK": "google-talk", "ICQ": "icq", "JABBER": "xmpp", "MATRIX": "matrix",
    "MSN": "msn", "QQ": "qq", "SKYPE": "skype", "SKYPE-USERNAME": "skype", "TWITTER": "twitter", "XMPP": "xmpp",
    "YAHOO": "ymsgr",
}  # fmt: skip
NETWORKS: Final = (
    "BLUESKY", "DISCORD", "FACEBOOK", "FLICKR", "GITHUB", "GITLAB", "GROUPWISE", "GTALK", "INSTAGRAM", "KAKAOTALK",
    "KIK", "LINE", "LINKEDIN", "MASTODON", "MESSENGER", "MYSPACE", "PINTEREST", "REDDIT", "SIGNAL", "SIP", "SNAPCHAT",
    "TELEGRAM", "THREADS", "THREEMA", "TIKTOK", "TWITCH", "VIBER", "VK", "WECHAT", "WHATSAPP", "XING", "YAHOO-ID",
    "YOUTUBE", "ZOOM",
)  # fmt: skip

# Schemes of one service, by that of its property above. Google Talk was XMPP.
SAME: Final = {
    "gadugadu": "gg", "google-talk": "xmpp", "googletalk": "xmpp", "gtalk": "xmpp", "jabber": "xmpp", "msnim": "msn",
    "yahoo": "ymsgr", "yahoo-id": "ymsgr",
}  # fmt: skip
NUMBER_OF_ICQ: Final = re.compile(r"aim:(?=[0-9-]+$)")  # Apple's, which is nobody's name at AIM
MATRIX_ID: Final = re.compile(r"matrix:u/")


def scheme(service: str) -> str:
    """The scheme of a service by its name; nothing for an unknown one."""
    name = service.upper()
    return SCHEMES.get(name) or (name.lower() if name in NETWORKS else "")


def account(value: str) -> str:
    """What is the same for each way in which address books write an account: macOS has two for each in one card."""
    value = MATRIX_ID.sub("matrix:@", NUMBER_OF_ICQ.sub("icq:", value))
    scheme, colon, name = value.partition(":")
    return f"{SAME.get(scheme.lower(), scheme.lower())}:{name}" if colon else value
