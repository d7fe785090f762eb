"""The servers that tests rely on do what they say; a fault that is not made would make a test that cannot fail."""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage

import psycopg2
import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisGone
from redis.exceptions import TimeoutError as RedisHangs

from tests.servers import DURABLE, Line, SmtpSink, postgresql, tcp_proxy, valkey


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with valkey() as url:
        yield url


@pytest.fixture
def line(redis_url: str) -> Iterator[Line]:
    with tcp_proxy(redis_url) as line:
        yield line


@pytest.fixture
def redis(line: Line) -> Iterator[Redis]:
    with Redis.from_url(line.url, socket_timeout=0.3, retry=None) as client:
        assert client.ping()
        yield client


def send(sink: SmtpSink, subject: str = "Engines") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "babbage@example.org", "ada@example.org", subject
    message.set_content("Dear Ada,\nit computes – at last.\n")
    with smtplib.SMTP(sink.host, sink.port, timeout=0.5) as client:
        client.send_message(message)


@pytest.mark.slow
def test_postgresql_lets_its_role_make_databases_and_search_extensions_but_is_no_superuser() -> None:
    with postgresql(DURABLE) as url, closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("CREATE EXTENSION pg_trgm")
        cursor.execute("CREATE EXTENSION btree_gin")
        cursor.execute("CREATE DATABASE another")
        cursor.execute("SELECT current_setting('fsync'), current_setting('is_superuser')")
        assert cursor.fetchone() == ("on", "off")


def test_a_line_passes_what_the_server_says(redis: Redis) -> None:
    redis.set("name", "Ada" * 100_000)
    assert redis.get("name") == b"Ada" * 100_000


def test_a_stalled_line_keeps_its_client_waiting_and_flows_again(redis: Redis, line: Line) -> None:
    line.stall()
    with pytest.raises(RedisHangs):
        redis.ping()
    line.resume()
    assert redis.ping()


def test_a_connection_made_through_a_stalled_line_gets_no_answer(line: Line) -> None:
    line.stall()
    with socket.create_connection((line.host, line.port), timeout=0.3) as connection:
        connection.sendall(b"PING\r\n")
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_a_cut_line_ends_the_connections_and_takes_new_ones(line: Line) -> None:
    with socket.create_connection((line.host, line.port), timeout=2) as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(100) == b"+PONG\r\n"
        line.cut()
        assert connection.recv(1) == b""
    with socket.create_connection((line.host, line.port), timeout=2) as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(100) == b"+PONG\r\n"


def test_a_refusing_line_takes_no_connection_until_it_resumes(redis: Redis, line: Line) -> None:
    line.refuse()
    with pytest.raises(RedisGone):
        redis.ping()
    line.resume()
    assert redis.ping()


def test_mail_that_is_taken_can_be_read(sink: SmtpSink) -> None:
    send(sink, "Maschinen für Ada")
    (message,) = sink.wait_for(1)
    assert message["Subject"] == "Maschinen für Ada"
    assert "at last" in message.get_content()
    assert sink.envelopes[0].rcpt_tos == ["ada@example.org"]


def test_mail_that_does_not_arrive_is_missed(sink: SmtpSink) -> None:
    with pytest.raises(AssertionError, match="0 of 1"):
        sink.wait_for(1, seconds=0.1)


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_refused_mail_is_not_kept_and_the_next_one_is(sink: SmtpSink, command: str) -> None:
    sink.answer("451 4.3.0 Try again later", to="RCPT" if command == "RCPT" else "DATA", times=2)
    for _ in range(2):
        with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused), match="Try again later"):
            send(sink)
    assert sink.messages == []
    send(sink)
    assert len(sink.wait_for(1)) == 1


def test_a_mail_server_can_hang_with_the_whole_mail_in_its_hands(sink: SmtpSink) -> None:
    sink.hangs_after_data = True
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        send(sink)
    assert sink.messages == []
    sink.hangs_after_data = False
    send(sink)
    assert len(sink.wait_for(1)) == 1


def test_a_mail_server_can_hang_at_connect(sink: SmtpSink) -> None:
    sink.line.stall()
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        send(sink)


def test_a_mail_server_can_be_away_and_come_back(sink: SmtpSink) -> None:
    sink.line.refuse()
    with pytest.raises(ConnectionRefusedError):
        send(sink)
    sink.line.resume()
    send(sink)
    assert len(sink.wait_for(1)) == 1
