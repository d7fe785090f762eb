"""A small app on the client by openapi-python-client: `use URL` registers, `use URL TOKEN` does the rest."""

import sys
from uuid import uuid4

from contacts_client import AuthenticatedClient, Client
from contacts_client.api.auth import register_account, sign_in, verify_email
from contacts_client.api.book import apply_batch, list_changes
from contacts_client.api.contacts import create_contact, get_contact, list_contacts
from contacts_client.models import (
    BatchOperation,
    BatchOperationOp,
    ContactBatch,
    ContactDelta,
    ContactPage,
    MailedToken,
    NewContact,
    Problem,
    Registration,
    SignInCredentials,
    TokenPair,
    User,
)

PASSWORD = "notes on the analytical engine"


def register(client: Client) -> None:
    person = Registration(username="ada", email="ada@example.org", password=PASSWORD)
    user = register_account.sync(client=client, body=person)
    assert isinstance(user, User), user
    assert not user.email_verified


def signed_in(client: Client, url: str, token: str) -> AuthenticatedClient:
    user = verify_email.sync(client=client, body=MailedToken(token=token))
    assert isinstance(user, User), user
    pair = sign_in.sync(client=client, body=SignInCredentials(username="ada", password=PASSWORD))
    assert isinstance(pair, TokenPair), pair
    return AuthenticatedClient(url, token=pair.access_token, raise_on_unexpected_status=True)


def synchronise(client: AuthenticatedClient) -> None:
    contact_id = uuid4()
    created = create_contact.sync_detailed(client=client, body=NewContact(id=contact_id, first_name="Mary"))
    assert created.status_code == 201
    first = list_changes.sync(client=client)
    assert isinstance(first, ContactDelta), first
    assert [(contact.id, contact.first_name) for contact in first.changed] == [(contact_id, "Mary")]

    deletion = BatchOperation(op=BatchOperationOp.DELETE, id=contact_id, if_revision=first.changed[0].revision)
    done = apply_batch.sync_detailed(client=client, body=ContactBatch(operations=[deletion]))
    assert done.status_code == 200
    second = list_changes.sync(client=client, since=first.sync_token)
    assert isinstance(second, ContactDelta), second
    assert (second.changed, second.deleted) == ([], [contact_id])

    gone = get_contact.sync(contact_id, client=client)
    assert isinstance(gone, Problem), gone
    assert gone.type_ == "/problems/not-found"
    page = list_contacts.sync(client=client, limit=1)
    assert isinstance(page, ContactPage), page
    assert page.total == 0


if __name__ == "__main__":
    url, *tokens = sys.argv[1:]
    if tokens:
        synchronise(signed_in(Client(url), url, tokens[0]))
    else:
        register(Client(url))
