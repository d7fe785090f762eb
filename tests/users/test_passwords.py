"""The list of common passwords is the one that its source has."""

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from project.users import passwords


def test_common_passwords_are_those_of_their_source() -> None:
    found = {word for word in FREQUENCY_LISTS["passwords"] if len(word) >= passwords.SHORTEST}
    assert found == passwords.COMMON
