"""A COMMIT that a node of a cluster refuses, which PostgreSQL does here in its place."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests.accounts import Account, problem, sign_up
from tests.contacts.calls import create, names

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE 'could not commit transaction for shard 102008 on at least one active node' USING ERRCODE = 'XX000'; END $$;
    CREATE CONSTRAINT TRIGGER refusal AFTER INSERT ON contacts DEFERRABLE INITIALLY {moment}
    FOR EACH ROW EXECUTE FUNCTION refuse()
"""


@pytest.fixture
def refused(migrated: Engine) -> Callable[[str], AbstractContextManager[None]]:
    """Contacts cannot be added meanwhile: IMMEDIATE refuses the statement, DEFERRED the COMMIT."""

    @contextmanager
    def refuse(moment: str) -> Iterator[None]:
        with migrated.begin() as connection:
            connection.execute(text(REFUSE.format(moment=moment)))
        try:
            yield
        finally:
            with migrated.begin() as connection:
                connection.execute(text("DROP FUNCTION refuse CASCADE"))

    return refuse


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


@pytest.mark.parametrize(
    ("moment", "answer"), [("DEFERRED", (503, "service-unavailable")), ("IMMEDIATE", (500, "internal-server-error"))]
)
def test_only_a_refused_commit_is_an_outage(
    ada: Account, refused: Callable[[str], AbstractContextManager[None]], moment: str, answer: tuple[int, str]
) -> None:
    with refused(moment):
        assert problem(ada.post("/contacts", json={"first_name": "Grace"})) == answer
    assert names(ada) == []
    create(ada, first_name="Grace")
    assert names(ada) == ["Grace"]
