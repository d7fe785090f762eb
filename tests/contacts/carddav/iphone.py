"""A card as an iPhone writes it, with everything that its form has, and a group."""

from base64 import b64encode

from tests import images

UID = "3F2504E0-4F89-41D3-9A0C-0305E82C3301"
GROUP_UID = "9B2C0F4E-4E1B-4C4B-8A64-6B0F3C2A7D10"


def photo() -> str:
    """A JPEG with the rectangle that was cut out of it, folded as Apple folds."""
    data = b64encode(images.jpeg()).decode()
    head = "PHOTO;ENCODING=b;TYPE=JPEG;X-ABCROP-RECTANGLE=ABClipRect_1&-9&14&332&332&dXZ0b1Q2NTJmOQ==:"
    return "\r\n".join([head, *(f" {data[start : start + 73]}" for start in range(0, len(data), 73))])


LINES = (
    "BEGIN:VCARD",
    "VERSION:3.0",
    "PRODID:-//Apple Inc.//iPhone OS 17.5.1//EN",
    "N:Lovelace;Ada;King;Hon.;FRS",
    "FN:Hon. Ada King Lovelace FRS",
    "NICKNAME:Countess",
    "X-MAIDENNAME:Byron",
    "X-PHONETIC-FIRST-NAME:AY-duh",
    "X-PHONETIC-LAST-NAME:LUV-lace",
    "X-PHONETIC-ORG:an-uh-LIT-ik-ul",
    "PRONOUN;LANGUAGE=en:she/her",
    "ORG:Analytical Society;Engines",
    "TITLE:Programmer",
    "EMAIL;type=INTERNET;type=HOME;type=pref:ada@example.org",
    "item1.EMAIL;type=INTERNET:engine@example.org",
    "item1.X-ABLabel:Difference\\, Engine",
    "TEL;type=IPHONE;type=CELL;type=VOICE;type=pref;WAID=442079460958:+44 20 7946 0958",
    "TEL;type=APPLEWATCH;type=VOICE:020 7946 0959",
    "item2.TEL:020 7946 0960",
    "item2.X-ABLabel:Saint James’s",
    "item3.ADR;type=HOME;type=pref:;;12 St James's Square\\nFirst floor;London;;SW1Y",
    "  4JH;United Kingdom",
    "item3.X-ABADR:gb",
    "item3.X-APPLE-SUBLOCALITY:St James's",
    "item4.URL;type=pref:https://ada.example.org",
    "item4.X-ABLabel:_$!<HomePage>!$_",
    "BDAY;VALUE=date:1815-12-10",
    "X-ALTBDAY;CALSCALE=chinese:75-12-10",
    "item5.X-ABDATE;type=pref:1835-07-08",
    "item5.X-ABLabel:_$!<Anniversary>!$_",
    "item6.X-ABRELATEDNAMES;type=pref:Annabella Milbanke",
    "item6.X-ABLabel:_$!<Mother>!$_",
    "X-SOCIALPROFILE;type=twitter;x-user=ada:http://twitter.com/ada",
    "item7.X-SOCIALPROFILE;type=pref;x-user=ada;x-displayname=Ada:x-apple:ada",
    "item7.X-ABLabel:Engines club",
    "IMPP;X-SERVICE-TYPE=Skype;type=HOME;type=pref:skype:ada.lovelace",
    "NOTE:Wrote the first program.\\n\\nSee the notes\\; all of them\\, to G.",
    "X-IMAGETYPE:PHOTO",
    "X-SHARED-PHOTO-DISPLAY-PREF:Automatically Update",
    "X-ADDRESSING-GRAMMAR:" + "c2hlL2hlcg==" * 20,
    photo(),
    "REV:2026-11-28T07:00:00Z",
    f"UID:{UID}",
    "END:VCARD",
)
CARD = "".join(f"{line}\r\n" for line in LINES)


def group(name: str, *members: str) -> str:
    lines = (
        "BEGIN:VCARD",
        "VERSION:3.0",
        "PRODID:-//Apple Inc.//iPhone OS 17.5.1//EN",
        f"N:{name}",
        f"FN:{name}",
        "X-ADDRESSBOOKSERVER-KIND:group",
        *(f"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{member}" for member in members),
        "REV:2026-11-28T07:00:00Z",
        f"UID:{GROUP_UID}",
        "END:VCARD",
    )
    return "".join(f"{line}\r\n" for line in lines)
