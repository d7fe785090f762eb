"""A small app on the client by openapi-python-client: `use URL` registers, `use URL TOKEN` does the rest."""

import sys
from uuid import uuid4

from contacts_client import AuthenticatedClient, Client
from contacts_client.api.auth import auth_login, auth_register, auth_verify_email
from contacts_client.api.book import book_apply_batch, book_list_changes
from contacts_client.api.contacts import contacts_create, contacts_list_contacts, contacts_show
from contacts_client.models import (
    Batch,
    ContactPage,
    Delta,
    Link,
    NewContact,
    Operation,
    OperationOp,
    Problem,
    Registration,
    SignIn,
    TokenPair,
    User,
)

PASSWORD = "notes on the analytical engine"


def register(client: Client) -> None:
    person = Registration(username="ada", email="ada@example.org", password=PASSWORD)
    user = auth_register.sync(client=client, body=person)
    assert isinstance(user, User), user
    assert not user.email_verified


def sign_in(client: Client, url: str, token: str) -> AuthenticatedClient:
    user = auth_verify_email.sync(client=client, body=Link(token=token))
    assert isinstance(user, User), user
    pair = auth_login.sync(client=client, body=SignIn(username="ada", password=PASSWORD))
    assert isinstance(pair, TokenPair), pair
    return AuthenticatedClient(url, token=pair.access_token, raise_on_unexpected_status=True)


def synchronise(client: AuthenticatedClient) -> None:
    contact_id = uuid4()
    created = contacts_create.sync_detailed(client=client, body=NewContact(id=contact_id, first_name="Mary"))
    assert created.status_code == 201
    first = book_list_changes.sync(client=client)
    assert isinstance(first, Delta), first
    assert [(contact.id, contact.first_name) for contact in first.changed] == [(contact_id, "Mary")]

    deletion = Operation(op=OperationOp.DELETE, id=contact_id, if_revision=first.changed[0].revision)
    done = book_apply_batch.sync_detailed(client=client, body=Batch(operations=[deletion]))
    assert done.status_code == 200
    second = book_list_changes.sync(client=client, since=first.sync_token)
    assert isinstance(second, Delta), second
    assert (second.changed, second.deleted) == ([], [contact_id])

    gone = contacts_show.sync(contact_id, client=client)
    assert isinstance(gone, Problem), gone
    assert gone.type_ == "/problems/not-found"
    page = contacts_list_contacts.sync(client=client, limit=1)
    assert isinstance(page, ContactPage), page
    assert page.total == 0


if __name__ == "__main__":
    url, *tokens = sys.argv[1:]
    if tokens:
        synchronise(sign_in(Client(url), url, tokens[0]))
    else:
        register(Client(url))
