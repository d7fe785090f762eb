"""Sample contacts: historic people in their own scripts, varied until there are enough."""

from collections.abc import Iterator

from project.contacts.content import Content, blank

PEOPLE = (
    ("Ada", "Lovelace", "1815-12-10", "+44 20 7946"),
    ("Łukasz", "Górnicki", "--02-29", "+48 22 555"),
    ("Леся", "Українка", "1871-02-25", "+380 44 555"),
    ("Σοφία", "Βέμπο", "1910-02-10", "+30 21 0555"),
    ("José", "Rizal", "1861-06-19", "+63 2 8555"),
    ("Émilie", "du Châtelet", "1706-12-17", "+33 1 99 00"),
    ("Jörg", "Immendorff-Straße", "1945-06-14", "+49 30 2312"),
    ("محمد", "الخوارزمي", None, "+964 1 555"),
    ("紫", "式部", None, "+81 3 5555"),
    ("清照", "李", "--03-13", "+86 10 5555"),
    ("Ґотфрід", "Ляйбніц", "1646-07-01", "+49 511 555"),
    ("Şerife", "Bacı", None, "+90 212 555"),
    ("Bjørnstjerne", "Bjørnson", "1832-12-08", "+47 21 55"),
    ("Mária", "Telkes", "1900-12-12", "+36 1 555"),
    ("Sofia", "Kovalevskaya", "1850-01-15", "+46 8 505"),
    ("Grace", "Hopper", "1906-12-09", "+1 202 555"),
)
LABELS = ("Family", "Friends", "Work", "Друзі")
COMPANIES = (None, "Analytical Engines", "Société des Lumières", "数学会")


def contacts(number: int) -> Iterator[Content]:
    """Return the contents of this many contacts, always the same ones."""
    return map(contact, range(number))


def contact(index: int) -> Content:
    first_name, last_name, birthday, area = PEOPLE[index % len(PEOPLE)]
    family = PEOPLE[index // len(PEOPLE) % len(PEOPLE)][1]
    return {
        **blank(),
        "first_name": first_name,
        "last_name": last_name if index < len(PEOPLE) else f"{last_name} {family}",
        "company": COMPANIES[index % 7 % len(COMPANIES)],
        "email": f"person{index}@example.org",
        "phone": f"{area} {index % 10_000:04}",
        "birthday": birthday,
        "favorite": index % 10 == 0,
        "labels": [LABELS[index % len(LABELS)]] if index % 3 else [],
        "details": [{"kind": "email", "label": "work", "value": f"work{index}@example.org"}] if index % 4 == 0 else [],
    }
