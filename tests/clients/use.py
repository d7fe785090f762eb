"""A small app on openapi-python-client's client: `use URL NAME` registers, `use URL NAME TOKEN` does the rest."""

import sys
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

from contacts_client import AuthenticatedClient, Client
from contacts_client.api.auth import refresh_tokens, register_account, sign_in, sign_out, verify_email
from contacts_client.api.book import apply_batch, list_changes
from contacts_client.api.contacts import change_contact, create_contact, get_contact, set_contact_photo
from contacts_client.api.exchange import import_contacts
from contacts_client.api.users import get_profile
from contacts_client.models import (
    BatchOperation,
    BatchOperationOp,
    Contact,
    ContactBatch,
    ContactChange,
    ContactCreation,
    ContactDelta,
    ExportContactsFormat,
    ImportReport,
    MailedToken,
    Problem,
    RefreshTokenBody,
    Registration,
    SetContactPhotoBody,
    SignInCredentials,
    TokenPair,
    User,
)
from contacts_client.types import File

PASSWORD = "notes on the analytical engine"
CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Caroline Herschel\r\nN:Herschel;Caroline;;;\r\nEND:VCARD\r\n"


def register(client: Client, name: str) -> None:
    person = Registration(username=name, email=f"{name}@example.org", password=PASSWORD)
    user = register_account.sync(client=client, body=person)
    assert isinstance(user, User), user
    assert not user.email_verified


def signed_in(url: str, name: str, token: str) -> TokenPair:
    client = Client(url)
    user = verify_email.sync(client=client, body=MailedToken(token=token))
    assert isinstance(user, User), user
    first = sign_in.sync(client=client, body=SignInCredentials(username=name, password=PASSWORD))
    assert isinstance(first, TokenPair), first
    beside = AuthenticatedClient(url, token=first.access_token)
    pair = refresh_tokens.sync(client=beside, body=RefreshTokenBody(refresh_token=first.refresh_token))
    assert isinstance(pair, TokenPair), pair
    return pair


def write(client: AuthenticatedClient) -> UUID:
    contact_id = uuid4()
    mary = ContactCreation(id=contact_id, first_name="Mary", birthday="1780-12-26", labels=["science"])
    created = create_contact.sync_detailed(client=client, body=mary)
    assert created.status_code == HTTPStatus.CREATED
    tag = created.headers["ETag"]
    changed = change(client, contact_id, ContactChange(last_name="Somerville"), if_match=tag)
    assert isinstance(changed, Contact), changed
    assert (changed.first_name, changed.birthday, changed.labels) == ("Mary", "1780-12-26", ["science"])
    late = change(client, contact_id, ContactChange(last_name="Fairfax"), if_match=tag)
    assert isinstance(late, Problem), late
    assert (late.type_, late.status) == ("/problems/precondition-failed", 412)
    cleared = change(client, contact_id, ContactChange(birthday=None))
    assert isinstance(cleared, Contact), cleared
    assert (cleared.birthday, cleared.last_name) == (None, "Somerville")
    return contact_id


def change(
    client: AuthenticatedClient, contact_id: UUID, body: ContactChange, if_match: str | None = None
) -> Contact | Problem | None:
    conditions = {} if if_match is None else {"if_match": if_match}
    return change_contact.sync(contact_id, client=client, body=body, **conditions)


def synchronise(client: AuthenticatedClient, contact_id: UUID) -> None:
    first = list_changes.sync(client=client)
    assert isinstance(first, ContactDelta), first
    assert [contact.id for contact in first.changed] == [contact_id]
    deletion = BatchOperation(op=BatchOperationOp.DELETE, id=contact_id, if_revision=first.changed[0].revision)
    done = apply_batch.sync_detailed(client=client, body=ContactBatch(operations=[deletion]))
    assert done.status_code == HTTPStatus.OK
    second = list_changes.sync(client=client, since=first.sync_token)
    assert isinstance(second, ContactDelta), second
    assert (second.changed, second.deleted) == ([], [contact_id])
    gone = get_contact.sync(contact_id, client=client)
    assert isinstance(gone, Problem), gone
    assert gone.type_ == "/problems/not-found"


def exchange(client: AuthenticatedClient) -> None:
    """Export by the client's connection: the generated function takes the text for bytes."""
    first, again = (import_contacts.sync(client=client, body=File(BytesIO(CARD))) for _ in range(2))
    assert isinstance(first, ImportReport), first
    assert isinstance(again, ImportReport), again
    assert (first.created, again.unchanged) == (1, 1)
    connection = client.get_httpx_client()
    for choice in ExportContactsFormat:
        assert "Herschel" in connection.get("/api/v1/contacts/export", params={"format": choice.value}).text


def send_photo(client: AuthenticatedClient) -> None:
    ada = create_contact.sync(client=client, body=ContactCreation(first_name="Ada"))
    assert isinstance(ada, Contact), ada
    photo = File(BytesIO(Path("docs/portrait.jpg").read_bytes()), "portrait.jpg", "image/jpeg")
    shown = set_contact_photo.sync(ada.id, client=client, body=SetContactPhotoBody(file=photo))
    assert isinstance(shown, Contact), shown
    assert shown.photo_url


def use(url: str, pair: TokenPair) -> None:
    client = AuthenticatedClient(url, token=pair.access_token)
    synchronise(client, write(client))
    exchange(client)
    send_photo(client)
    left = sign_out.sync_detailed(client=client, body=RefreshTokenBody(refresh_token=pair.refresh_token))
    assert left.status_code == HTTPStatus.NO_CONTENT
    stranger = get_profile.sync(client=client)
    assert isinstance(stranger, Problem), stranger
    assert stranger.type_ == "/problems/session-revoked"


if __name__ == "__main__":
    url, name, *tokens = sys.argv[1:]
    if tokens:
        use(url, signed_in(url, name, tokens[0]))
    else:
        register(Client(url), name)
