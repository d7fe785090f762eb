"""Whoever compares ETags misses nothing: as long as a card's ETag is the same, so is its text."""

from tests.contacts.carddav.calls import Device, multistatus, query


class Watch:
    """All that a book has ever served."""

    def __init__(self, phone: Device) -> None:
        self.phone = phone
        self.served: dict[tuple[str, str], str] = {}

    def look(self) -> dict[str, str]:
        """The cards by their addresses. None has another text under an ETag that it has had before."""
        found = multistatus(self.phone.call("REPORT", self.phone.book, query()))
        etags, texts = found.etags(), found.cards()
        for href, text in texts.items():
            assert self.served.setdefault((href, etags[href]), text) == text
        return texts
