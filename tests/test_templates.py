"""The look of pages and mails, rendered without the application: what they say and what a strict browser allows."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

PROJECT = Path(__file__).parent.parent / "project"
LINK = "https://contacts.example.org/verify-email?token=q3Jx0mV7c1kq5m2yJ8VbYt4uZl9oR6sWdE1fGhIjKlM&n=1"
MARKUP = "<script>alert('&\"')</script>"

PAGES: dict[str, dict[str, Any]] = {
    "verify_email": {"token": "a-token", "username": "ada", "error": None},
    "reset_password": {"token": "a-token", "error": None},
    "done": {"heading": "Your address is confirmed", "message": "Go back to the app and sign in."},
    "link_expired": {},
    "problem": {
        "name": "too-large",
        "title": "Too large",
        "status": 413,
        "explanation": "The body is too large.",
        "remedy": "Send less.",
    },
    "problems": {"problems": [{"name": "too-large", "title": "Too large", "status": 413}]},
    "set_up_device": {
        "device": "Ada's iPhone",
        "username": "ada",
        "password": "abcdef-ghijkl-mnopqr-stuvwx",
        "server_url": "https://contacts.example.org/carddav/",
        "profile_url": "/carddav/setup/secret/contacts.mobileconfig",
        "davx5_url": "davx5://ada:abcdef-ghijkl-mnopqr-stuvwx@contacts.example.org/carddav/",
        "code": "<svg></svg>",
    },
    "setup_expired": {},
    "docs": {"assets": "/docs/assets", "openapi_url": "/api/v1/openapi.json"},
}
HAPPENED = {"when": "22 November 2026, 10:42 UTC", "public_url": "https://contacts.example.org"}
MAILS: dict[str, dict[str, Any]] = {
    "verify_email": {"link": LINK, "hours": 24},
    "reset_password": {"link": LINK, "minutes": 30},
    "password_changed": {"when": "22 November 2026, 10:42 UTC", "public_url": "https://contacts.example.org"},
    "confirm_new_email": {"link": LINK, "hours": 24},
    "email_change_requested": {"new_email": "a…@example.org"},
    "email_changed": {"new_email": "a…@example.org"},
    "app_password_created": {
        "device": "Ada's iPhone",
        "when": "22 November 2026, 10:42 UTC",
        "public_url": "https://contacts.example.org",
    },
    "second_factor_added": {"name": "Ada's phone", **HAPPENED},
    "second_factor_removed": {"name": "Ada's phone", **HAPPENED},
    "recovery_code_used": {"left": 9, **HAPPENED},
    "passkey_counter_went_back": {"name": "Ada's phone", **HAPPENED},
}
WITH_LINK = [name for name, values in MAILS.items() if "link" in values]
NOTICES = [name for name in MAILS if name not in WITH_LINK]
FORMS = ["verify_email", "reset_password"]

environment = Environment(
    loader=FileSystemLoader(PROJECT / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
)
environment.globals |= {"app_name": "Contacts", "is_last": False}
environment.globals["url_for"] = lambda endpoint, filename: f"/{endpoint}/{filename}"


class Document(HTMLParser):
    """A rendered page as its elements, `(tag, attributes)`, and its words."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def attributes(self, name: str) -> Iterator[str]:
        return (attributes[name] for _, attributes in self.elements if name in attributes)


def page(name: str, **changed: Any) -> Document:
    return Document(environment.get_template(f"pages/{name}.html").render(PAGES[name] | changed))


def mail(file: str, username: str = "ada.lovelace", **changed: Any) -> str:
    values = MAILS[file.partition(".")[0]] | changed
    return environment.get_template(f"mail/{file}").render(values, username=username)


def subject(name: str) -> str:
    template = environment.get_template(f"mail/{name}.txt")
    return "".join(template.blocks["subject"](template.new_context(MAILS[name] | {"username": "ada"})))


def test_every_page_has_a_rendering_here() -> None:
    assert {path.stem for path in (PROJECT / "templates/pages").iterdir()} == {*PAGES, "base"}


def test_every_mail_is_a_pair_with_a_rendering_here() -> None:
    files = {path.name for path in (PROJECT / "templates/mail").iterdir()}
    assert files == {f"{name}.{kind}" for name in (*MAILS, "base") for kind in ("txt", "html")} | {"parts.html"}


@pytest.mark.parametrize("name", NOTICES)
def test_the_last_notice_of_a_day_says_so_in_both_halves(name: str) -> None:
    for kind in ("txt", "html"):
        more = mail(f"{name}.{kind}", is_last=True).replace(mail(f"{name}.{kind}"), "")
        assert "No further mail about this is sent today" in more
        assert "No further mail" not in mail(f"{name}.{kind}")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_private_readable_on_a_phone_and_has_one_title(name: str) -> None:
    document = page(name)
    metas = {meta["name"]: meta["content"] for meta in document.all("meta") if "name" in meta}
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    assert (metas["robots"], metas["referrer"]) == ("noindex", "no-referrer")
    assert document.all("html") == [{"lang": "en"}]
    assert (len(document.all("title")), len(document.all("main"))) == (1, 1)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_nothing_that_its_content_security_policy_forbids(name: str) -> None:
    document = page(name)
    names = {attribute for _, attributes in document.elements for attribute in attributes}
    assert not document.all("style")
    assert not {attribute for attribute in names if attribute == "style" or attribute.startswith("on")}
    assert all("src" in script for script in document.all("script"))


@pytest.mark.parametrize("name", [name for name in PAGES if name != "docs"])
def test_a_page_has_no_script(name: str) -> None:
    assert not page(name).all("script")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_no_other_host(name: str) -> None:
    document = page(name)
    targets = [target for name in ("href", "src", "action") for target in document.attributes(name)]
    targets = [target for target in targets if not target.startswith("davx5:")]  # opens an app, at our own host
    assert targets
    assert all(target.startswith("/") and not target.startswith("//") for target in targets)


def test_static_files_exist_and_load_nothing_from_elsewhere() -> None:
    wanted = {path for name in PAGES for kind in ("href", "src") for path in page(name).attributes(kind)}
    for path in (path for path in wanted if path.startswith("/static/")):
        text = (PROJECT / path.lstrip("/")).read_text().replace("http://www.w3.org/2000/svg", "")
        assert not any(loader in text for loader in ("http:", "https:", "@import", "url(")), path


@pytest.mark.parametrize("name", FORMS)
def test_a_form_posts_to_its_own_path(name: str) -> None:
    assert page(name).all("form") == [{"method": "post", "action": f"/{name.replace('_', '-')}"}]


@pytest.mark.parametrize("name", FORMS)
@given(token=st.text(), error=st.none() | st.text(min_size=1))
def test_a_form_keeps_its_token_whatever_went_wrong(name: str, token: str, error: str | None) -> None:
    hidden = next(field for field in page(name, token=token, error=error).all("input") if field["type"] == "hidden")
    assert hidden == {"type": "hidden", "name": "token", "value": token}


@pytest.mark.parametrize("name", FORMS)
def test_an_error_is_an_alert_in_words_and_shows_in_the_title(name: str) -> None:
    document = page(name, error=MARKUP)
    assert "alert" in document.attributes("role")
    assert MARKUP in document.words
    assert "Error: " in document.words
    assert "alert" not in page(name).attributes("role")


def test_the_password_field_has_a_label_and_is_known_to_password_managers() -> None:
    document = page("reset_password")
    field = next(field for field in document.all("input") if field["type"] == "password")
    assert document.all("label") == [{"for": field["id"]}]
    assert (field["name"], field["autocomplete"], field["minlength"]) == ("password", "new-password", "8")
    assert "aria-invalid" not in field


def test_a_browser_never_cuts_a_long_password() -> None:
    assert not list(page("reset_password").attributes("maxlength"))


@pytest.mark.parametrize("error", [None, "Too common."])
def test_the_password_field_is_described_by_what_is_on_the_page(error: str | None) -> None:
    document = page("reset_password", error=error)
    (described,) = document.attributes("aria-describedby")
    assert set(described.split()) <= set(document.attributes("id"))
    assert ("password-error" in described) == (error is not None)


def test_a_refused_password_leaves_the_cursor_in_the_field() -> None:
    field = page("reset_password", error="Too common.").all("input")[-1]
    assert field["aria-invalid"] == "true"
    assert "autofocus" in field


def test_an_expired_link_says_why_and_what_to_do() -> None:
    words = page("link_expired").words
    assert all(word in words for word in ("already used", "newer mail", "expired", "ask there for a new mail"))


def test_a_problem_is_explained_with_an_example() -> None:
    markup = environment.get_template("pages/problem.html").render(PAGES["problem"])
    assert "<p>The body is too large.</p>" in markup
    assert '"type": "/problems/too-large"' in Document(markup).words


def test_the_index_links_to_every_problem() -> None:
    assert "/problems/too-large" in page("problems").attributes("href")


def test_the_api_page_hands_the_document_to_its_script() -> None:
    document = page("docs")
    assert list(document.attributes("data-openapi-url")) == ["/api/v1/openapi.json"]
    assert [script["src"] for script in document.all("script")] == [
        "/docs/assets/swagger-ui-bundle.js",
        "/static/docs.js",
    ]


def test_every_mail_has_its_own_subject_of_one_short_line() -> None:
    subjects = [subject(name) for name in MAILS]
    assert len(set(subjects)) == len(MAILS)
    assert all(line and line == line.strip() and line.isprintable() and len(line) <= 78 for line in subjects)


@pytest.mark.parametrize("name", MAILS)
def test_the_subject_is_no_part_of_the_body(name: str) -> None:
    assert subject(name) not in mail(f"{name}.txt")


@pytest.mark.parametrize("name", MAILS)
def test_lines_of_a_text_mail_end_before_column_72(name: str) -> None:
    lines = mail(f"{name}.txt", username="w" * 32).splitlines()
    assert all(len(line) <= 72 and line == line.rstrip() for line in lines if line != LINK)


@pytest.mark.parametrize("name", MAILS)
def test_text_is_not_escaped_and_html_is(name: str) -> None:
    assert MARKUP in mail(f"{name}.txt", username=MARKUP)
    assert MARKUP not in mail(f"{name}.html", username=MARKUP)
    assert MARKUP in Document(mail(f"{name}.html", username=MARKUP)).words


@pytest.mark.parametrize("name", WITH_LINK)
def test_a_link_has_a_line_of_its_own_and_is_readable_in_html_too(name: str) -> None:
    document = Document(mail(f"{name}.html"))
    assert LINK in mail(f"{name}.txt").splitlines()
    assert list(document.attributes("href")) == [LINK, LINK]
    assert LINK in document.words


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_fetches_nothing_when_it_is_opened(name: str) -> None:
    markup = mail(f"{name}.html")
    assert not any(loader in markup for loader in ("src=", "url(", "@import", "<link", "<img", "<script"))


@pytest.mark.parametrize("name", MAILS)
def test_both_halves_of_a_mail_tell_the_same_facts(name: str) -> None:
    text, html = mail(f"{name}.txt"), Document(mail(f"{name}.html")).words
    assert all(str(fact) in text and str(fact) in html for fact in MAILS[name].values())


@pytest.mark.parametrize(("count", "words"), [(1, "1 hour."), (2, "2 hours."), (24, "24 hours.")])
@pytest.mark.parametrize("file", ["verify_email.txt", "verify_email.html", "confirm_new_email.txt"])
def test_one_hour_is_not_hours(file: str, count: int, words: str) -> None:
    assert f"The link works for {words}" in mail(file, hours=count)


@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_says_what_to_do_if_it_was_somebody_else(name: str) -> None:
    assert "If this was not you" in mail(f"{name}.txt")
    assert "If this was not you" in mail(f"{name}.html")
