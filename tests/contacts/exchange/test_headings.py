"""CSV files with the headings of other languages and programs, and what becomes of unknown ones."""

import json
from typing import Any

import pytest

from project.contacts.exchange.csv import headings
from tests.accounts import Account, problem
from tests.contacts.calls import listed
from tests.contacts.exchange.calls import CSV, bring, brought, send, take

PROGRAMS = json.loads(headings.FILE.read_text(encoding="utf-8"))["rows"]
ROWS = [(program, language) for program, found in PROGRAMS.items() for language in found["languages"]]
every_row = pytest.mark.parametrize(("program", "language"), ROWS, ids=[" ".join(row) for row in ROWS])

# What the columns of a row mean, with a value for each of those whose place is tried.
VALUES = {
    "name_prefix": "Dr.", "first_name": "Zoë", "middle_name": "Maria", "last_name": "Müller-Łoś", "name_suffix": "Jr.",
    "company": "Werk & Co", "department": "R&D", "job_title": "Analyst", "phone:work": "+49 30 1",
    "phone:mobile": "+49 170 4", "phone:home": "+49 30 2", "phone:home fax": "+49 30 3", "email": "zoe@example.org",
    "address:home:street": "Hauptstraße 1", "address:home:city": "Köln", "address:home:postal_code": "50667",
    "address:home:country": "DE", "address:work:street": "Weg 2", "address:work:city": "Bonn", "notes": "Notiz",
    "url": "https://example.org", "labels": "Freunde;Arbeit", "birthday": "1990-04-15", "relation:spouse": "Ada",
    "phonetic_first_name": "Tso", "phonetic_last_name": "Mu",
    "formatted": "Zoë Müller-Łoś", "nickname": "Zo", "birthday:year": "1990", "birthday:month": "4",
    "birthday:day": "5",
}  # fmt: skip
ENCODINGS = {"pl": "cp1250", "uk": "cp1251"}


def row_of(program: str, language: str) -> tuple[list[str], list[str]]:
    """The headings of a row, and a value for the first column of each meaning."""
    titles = PROGRAMS[program]["languages"][language]
    columns = PROGRAMS[program]["columns"]
    return titles, [VALUES.get(column, "") if columns.index(column) == at else "" for at, column in enumerate(columns)]


def written(rows: list[list[str]], delimiter: str, encoding: str) -> bytes:
    quoted = (delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    return "\r\n".join([*quoted, ""]).encode(encoding, "replace")


@every_row
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_row_of_outlook_or_thunderbird_is_understood_in_every_language(
    ada: Account, program: str, language: str, delimiter: str
) -> None:
    titles, values = row_of(program, language)
    report = bring(ada, written([titles, values], delimiter, "utf-8"), CSV)
    assert (report["created"], report["failed"], report["unknown_columns"]) == (1, [], [])
    (contact,) = listed(ada)
    assert (contact["first_name"], contact["last_name"]) == ("Zoë", "Müller-Łoś")
    assert contact["company"] == "Werk & Co"
    assert (contact["department"], contact["job_title"]) == ("R&D", "Analyst")
    assert (contact["email"], contact["notes"]) == ("zoe@example.org", "Notiz")
    phones = {contact["phone"], *(each["value"] for each in contact["details"] if each["kind"] == "phone")}
    assert {"+49 30 1", "+49 170 4", "+49 30 2"} <= phones
    assert sorted((each["label"], each["street"], each["city"]) for each in contact["addresses"]) == [
        ("home", "Hauptstraße 1", "Köln"),
        ("work", "Weg 2", "Bonn"),
    ]
    assert all(each["kind"] != "other" for each in contact["details"])
    if program == "Outlook":
        assert (contact["name_prefix"], contact["middle_name"], contact["name_suffix"]) == ("Dr.", "Maria", "Jr.")
        assert (contact["phonetic_first_name"], contact["phonetic_last_name"]) == ("Tso", "Mu")
        assert (contact["birthday"], contact["labels"]) == ("1990-04-15", ["Freunde", "Arbeit"])
    else:
        assert (contact["nickname"], contact["birthday"]) == ("Zo", "1990-04-05")


@pytest.mark.parametrize("language", ["de", "fr", "es", "it", "pt-BR", "nl", "pl", "uk"])
def test_outlook_writes_the_code_page_of_its_windows(ada: Account, language: str) -> None:
    titles, values = row_of("Outlook", language)
    named = {"pl": "Łukasz Żółć", "uk": "Леся Українка"}.get(language, "Zoë Müller")
    first, last = named.split(" ")
    columns = PROGRAMS["Outlook"]["columns"]
    values[columns.index("first_name")], values[columns.index("last_name")] = first, last
    assert brought(ada, written([titles, values], ",", ENCODINGS.get(language, "cp1252")), CSV) == (1, 0, 0)
    assert (listed(ada)[0]["first_name"], listed(ada)[0]["last_name"]) == (first, last)


BY_HAND = {
    "Vorname;Nachname;E-Mail;Telefon": "Zoë;Blum;zoe@example.org;1",
    "Vorname;Name;Mail;Handy": "Zoë;Blum;zoe@example.org;1",
    "Nom,Prénom,Courriel,Portable": "Blum,Zoë,zoe@example.org,1",
    "Nombre,Apellidos,Email,Teléfono": "Zoë,Blum,zoe@example.org,1",
    "Nome,Cognome,Indirizzo e-mail,Cellulare": "Zoë,Blum,zoe@example.org,1",
    "Nome,Sobrenome,E-mail,Celular": "Zoë,Blum,zoe@example.org,1",
    "Nome;Apelido;Correio eletrónico;Telemóvel": "Zoë;Blum;zoe@example.org;1",
    "Voornaam;Achternaam;E-mailadres;Mobiel": "Zoë;Blum;zoe@example.org;1",
    "Imię;Nazwisko;E-mail;Telefon": "Zoë;Blum;zoe@example.org;1",
    "Ім'я;Прізвище;Електронна пошта;Телефон": "Zoë;Blum;zoe@example.org;1",
    "Ім’я;Прізвище;Пошта;Мобільний": "Zoë;Blum;zoe@example.org;1",
    "PRENOM,NOM,E-MAIL,TELEPHONE": "Zoë,Blum,zoe@example.org,1",
    "First,Last,Email,Mobile": "Zoë,Blum,zoe@example.org,1",
    "First name,Last name,Email address,Mobile Phone Number": "Zoë,Blum,zoe@example.org,1",
    "FirstName,LastName,Primary Email,Cell Phone": "Zoë,Blum,zoe@example.org,1",
    "Vorname\tNachname\tE-Mail\tTelefon": "Zoë\tBlum\tzoe@example.org\t1",
}


@pytest.mark.parametrize(("titles", "values"), BY_HAND.items(), ids=BY_HAND)
def test_a_sheet_made_by_hand_is_understood(ada: Account, titles: str, values: str) -> None:
    assert brought(ada, f"{titles}\r\n{values}\r\n".encode(), CSV) == (1, 0, 0)
    (contact,) = listed(ada)
    assert (contact["first_name"], contact["last_name"]) == ("Zoë", "Blum")
    assert (contact["email"], contact["phone"]) == ("zoe@example.org", "1")


@pytest.mark.parametrize("titles", ["Name,Telefon", "Nom,Téléphone", "Naam;Telefoon", "Nome,Telefono", "Nombre,Tel"])
def test_a_name_alone_is_a_whole_name(ada: Account, titles: str) -> None:
    delimiter = ";" if ";" in titles else ","
    brought(ada, f"{titles}\nZoë Blum{delimiter}1\n".encode(), CSV)
    assert listed(ada)[0]["name"] == "Zoë Blum"


def one(account: Account, data: str) -> dict[str, Any]:
    assert brought(account, data.encode(), CSV) == (1, 0, 0)
    (contact,) = listed(account)
    return contact


def test_hubspot_writes_places_and_pages_in_its_own_way(ada: Account) -> None:
    contact = one(
        ada,
        "First Name,Last Name,Company Name,Mobile Phone Number,Street Address,City,State/Region,Postal Code,"
        "Country/Region,Website URL\nA,B,Firm,1,Street 1,Town,ST,123,US,https://example.org\n",
    )
    assert (contact["company"], contact["phone"]) == ("Firm", "1")
    assert contact["addresses"][0] == {
        "label": None, "street": "Street 1", "city": "Town", "region": "ST", "postal_code": "123", "country": "US",
    }  # fmt: skip
    assert contact["details"] == [{"kind": "url", "label": None, "value": "https://example.org"}]


def test_outlook_com_and_yahoo_and_mailchimp_have_names_of_their_own(ada: Account) -> None:
    contact = one(
        ada,
        "First,Middle,Last,Email,IMAddress,Given Yomi,Surname Yomi,Address,Tags\n"
        'A,M,B,a@example.org,a.b,Ei,Bi,"12 Elm St, Town","""vip"",""news, weekly"""\n',
    )
    assert (contact["first_name"], contact["middle_name"], contact["last_name"]) == ("A", "M", "B")
    assert (contact["phonetic_first_name"], contact["phonetic_last_name"]) == ("Ei", "Bi")
    assert contact["details"] == [{"kind": "im", "label": None, "value": "a.b"}]
    assert contact["addresses"][0]["street"] == "12 Elm St, Town"
    assert contact["labels"] == ["vip", "news, weekly"]


@pytest.mark.parametrize(
    ("cell", "labels"),
    [
        ('"vip, news"', ["vip", "news"]),
        ("vip;news", ["vip", "news"]),
        ("vip; news ;", ["vip", "news"]),
        ("* myContacts ::: vip ::: * starred", ["vip"]),
        ("* My Contacts ::: Smith & co.", ["Smith & co."]),
        ('"* myContacts ::: a, b"', ["a, b"]),
        ("vip|news", ["vip", "news"]),
        ("vip；news、weekly", ["vip", "news", "weekly"]),
        ("myContacts ::: vip", ["vip"]),
    ],
)
def test_labels_are_split_as_each_program_joins_them(ada: Account, cell: str, labels: list[str]) -> None:
    assert one(ada, f"Name,Tags\nA,{cell}\n")["labels"] == labels


def test_google_keeps_the_label_and_the_star_of_every_address(ada: Account) -> None:
    contact = one(
        ada,
        "Given Name,Family Name,E-mail 1 - Type,E-mail 1 - Value,E-mail 2 - Type,E-mail 2 - Value,E-mail 3 - Type,"
        "E-mail 3 - Value\nA,B,Home,a1@example.org,* Work,a2@example.org,School,a3@example.org\n",
    )
    assert contact["email"] == "a2@example.org"
    assert [(each["label"], each["value"]) for each in contact["details"]] == [
        ("home", "a1@example.org"),
        ("School", "a3@example.org"),
    ]


def test_outlooks_type_of_an_address_is_no_label(ada: Account) -> None:
    contact = one(
        ada,
        "First Name,E-mail Address,E-mail Type,E-mail 2 Address,E-mail 2 Type\n"
        "A,a@example.org,SMTP,b@example.org,SMTP\n",
    )
    assert contact["details"] == [{"kind": "email", "label": None, "value": "b@example.org"}]


@pytest.mark.parametrize(
    "street", ["1 Main\r\nFloor 2", "1 Main,\r\n\r\nFloor 2\r\n", "1 Main \r Floor 2", "\n1 Main\nFloor 2"]
)
def test_a_street_of_several_lines_is_one(ada: Account, street: str) -> None:
    contact = one(ada, f'First Name,Home Street,Home City\r\nA,"{street}",Town\r\n')
    assert contact["addresses"][0]["street"] == "1 Main, Floor 2"


def test_several_addresses_in_one_cell_are_several(ada: Account) -> None:
    contact = one(ada, "Name,E-mail\nA,a@example.org; b@example.org\n")
    assert (contact["email"], [each["value"] for each in contact["details"]]) == ("a@example.org", ["b@example.org"])


def test_a_number_that_excel_was_kept_from_reading_is_one(ada: Account) -> None:
    assert one(ada, 'Name,Phone\nA,"=""+1 555 0100"""\n')["phone"] == "+1 555 0100"


def test_utf_16_without_a_mark_is_read(ada: Account) -> None:
    assert brought(ada, "Name,Phone\nZoë,1\n".encode("utf-16-le"), CSV) == (1, 0, 0)
    assert listed(ada)[0]["name"] == "Zoë"


def test_what_a_program_writes_for_nothing_is_nothing(ada: Account) -> None:
    titles = PROGRAMS["Outlook"]["languages"]["de"]
    cells = {
        "Vorname": "A",
        "Geschlecht": "Keine Angabe",
        "Privat": "Falsch",
        "Priorität": "Normal",
        "Geburtstag": "0.0.00",
    }
    report = bring(ada, written([titles, [cells.get(title, "") for title in titles]], ",", "utf-8"), CSV)
    assert report["unknown_columns"] == []
    assert (listed(ada)[0]["details"], listed(ada)[0]["birthday"]) == ([], None)


def test_unknown_columns_with_values_are_named(ada: Account) -> None:
    report = bring(ada, b"first_name,Shoe size,Colour,Hobby\nA,37,,Chess\nB,38,,\n", CSV)
    assert report["unknown_columns"] == ["Shoe size", "Hobby"]
    assert {each["label"] for contact in listed(ada) for each in contact["details"]} == {"Shoe size", "Hobby"}


@pytest.mark.parametrize(
    "titles",
    [
        "Opis,Rozmiar",
        "Record ID,Notes",
        "Suffix,Notes",
        "Fax number of pages,Colour",
        "Titre,Notes",
        "Country,City",
        "Nick,+44 20 7946 0958,nick@example.org",
        "Ada,ada@example.org,Work",
        "Birthday",
    ],
)
def test_a_file_that_names_and_reaches_nobody_is_refused(ada: Account, titles: str) -> None:
    answer = send(ada, f"{titles}\n101,x\n".encode(), CSV)
    assert problem(answer) == (422, "unreadable-import")
    assert listed(ada) == []


def test_nobody_is_called_by_an_unknown_cell(ada: Account) -> None:
    report = bring(ada, b"Record ID,Company Name,Notes\n101,,met once\n102,Firm,\n", CSV)
    assert [failure["line"] for failure in report["failed"]] == [2]
    assert report["failed"][0]["contact"] is None
    assert [contact["name"] for contact in listed(ada)] == ["Firm"]


REACHED = {
    "Rufnummer Privat": ("phone", "home"),
    "Mobil geschäftlich": ("phone", "work mobile"),
    "Tel. kom.": ("phone", "mobile"),
    "Fixe": ("phone", "home"),
    "Work No": ("phone", "work"),
    "Fax (biuro)": ("phone", "work fax"),
    "Cellulare di lavoro": ("phone", "work mobile"),
    "Fone do Assistente": ("phone", "assistant"),
    "Телефон (роб.) 2": ("phone", "work"),
    "homePhone": ("phone", "home"),
    "mobilePhone2": ("phone", "mobile"),
    "Email perso": ("email", "home"),
    "E-Mail-Adresse dienstlich": ("email", "work"),
    "Correo electrónico (trabajo)": ("email", "work"),
    "Internet privat": ("url", "home"),
}


@pytest.mark.parametrize(("title", "meaning"), REACHED.items(), ids=REACHED)
def test_a_heading_is_understood_by_its_words(ada: Account, title: str, meaning: tuple[str, str]) -> None:
    kind, label = meaning
    value = "ada@example.org" if kind == "email" else "020 7946"
    report = bring(ada, f"Name;E-Mail;Telefon;{title}\nA;first@example.org;1;{value}\n".encode(), CSV)
    assert report["unknown_columns"] == []
    assert listed(ada)[0]["details"] == [{"kind": kind, "label": label, "value": value}]


PLACED = {
    "Mailing Street,Mailing City,Mailing State/Province,Mailing Zip/Postal Code,Mailing Country": "mailing",
    "homeStreet,homeCity,homeState,homePostalCode,homeCountry": "home",
    "Ulica (biuro),Miasto (biuro),Województwo (biuro),Kod pocztowy (biuro),Kraj/region (biuro)": "work",
    "Rua de casa,Cidade de casa,Estado de casa,CEP de casa,País de casa": "home",
    "Via Altro,Città Altro,Provincia Altro,CAP Postale Altro,Nazione/Regione Altro": "other",
}


@pytest.mark.parametrize(("titles", "label"), PLACED.items(), ids=PLACED.values())
def test_the_parts_of_an_address_are_one_by_their_place(ada: Account, titles: str, label: str) -> None:
    assert one(ada, f"Name,{titles}\nA,Main St,Town,ST,123,US\n")["addresses"] == [
        {
            "label": label,
            "street": "Main St",
            "city": "Town",
            "region": "ST",
            "postal_code": "123",
            "country": "US",
        }
    ]


def test_names_and_streets_in_two_columns_are_joined(ada: Account) -> None:
    contact = one(
        ada,
        "Anrede;Titel;Vorname;Primer apellido;Segundo apellido;Straße;Hausnummer;Ort\n"
        "Frau;Dr.;Ana;García;López;Hauptstr.;5;Kiel\n",
    )
    assert contact["name"] == "Frau Dr. Ana García López"
    assert contact["addresses"][0]["street"] == "Hauptstr. 5"


def test_two_columns_for_one_name_lose_neither(ada: Account) -> None:
    contact = one(ada, "First Name,Given Name,Last Name\nAda,Augusta,Lovelace\n")
    assert contact["name"] == "Ada Lovelace"
    assert contact["details"] == [{"kind": "other", "label": "first name", "value": "Augusta"}]


@pytest.mark.parametrize(
    "titles", ["Nombre y Apellido", "Cognome e nome", "Nazwisko i imię", "Прізвище та ім'я", "ФИО"]
)
def test_a_whole_name_in_any_order_is_one(ada: Account, titles: str) -> None:
    assert one(ada, f"{titles};Email\nAda L;a@example.org\n")["name"] == "Ada L"


@pytest.mark.parametrize(
    "titles",
    ["Имя;Фамилия;Телефон;Эл. почта", "Jméno;Příjmení;Telefon;E-mail", "Förnamn;Efternamn;Mobiltelefon;E-postadress"],
)
def test_a_sheet_in_another_language_is_understood(ada: Account, titles: str) -> None:
    contact = one(ada, f"{titles}\nAda;L;1;a@example.org\n")
    assert (contact["name"], contact["phone"], contact["email"]) == ("Ada L", "1", "a@example.org")


@pytest.mark.parametrize(
    ("written", "birthday"),
    [
        ("12/10", "--12-10"),
        ("24/12", "--12-24"),
        ("10.12.", "--12-10"),
        ("10-12-1815", "1815-12-10"),
        ("10.12.1815", "1815-12-10"),
        ("1815年12月10日", "1815-12-10"),
        ("1815. 12. 10.", "1815-12-10"),
        ("1815-12-10 00:00:00", "1815-12-10"),
    ],
)
def test_a_date_is_read_as_a_sheet_has_it(ada: Account, written: str, birthday: str) -> None:
    assert one(ada, f"Name,Birthday\nA,{written}\n")["birthday"] == birthday


def test_the_first_address_is_preferred_whatever_its_column_is_called(ada: Account) -> None:
    contact = one(ada, "email,firstName,email2\na@example.org,Ada,b@example.org\n")
    assert (contact["email"], contact["details"][0]["value"]) == ("a@example.org", "b@example.org")


@pytest.mark.parametrize("title", ["Auto", "Vast", "Page", "Kom", "Auto 2", "Page 3", "de " * 20 + "tel"])
def test_a_word_alone_is_no_number(ada: Account, title: str) -> None:
    report = bring(ada, f"Name;E-Mail;{title}\nA;a@example.org;x\n".encode(), CSV)
    assert report["unknown_columns"] == [title]


GOOGLE = {
    "Vorname,Nachname,Organisationsname,E-Mail 1 - Label,E-Mail 1 - Wert,Telefon 1 - Label,Telefon 1 - Wert,"
    "Adresse 1 - Label,Adresse 1 - Straße,Adresse 1 - Ort",
    "Prénom,Nom de famille,Nom de l'organisation,Adresse e-mail 1 - Libellé,Adresse e-mail 1 - Valeur,"
    "Téléphone 1 - Type,Téléphone 1 - Valeur,Adresse 1 - Type,Adresse 1 - Rue,Adresse 1 - Ville",
    "Nombre,Apellidos,Nombre de la organización,Correo electrónico 1 - Etiqueta,Correo electrónico 1 - Valor,"
    "Teléfono 1 - Tipo,Teléfono 1 - Valor,Dirección 1 - Tipo,Dirección 1 - Calle,Dirección 1 - Ciudad",
    "Nome,Cognome,Nome dell'organizzazione,E-mail 1 - Etichetta,E-mail 1 - Valore,Telefono 1 - Tipo,"
    "Telefono 1 - Valore,Indirizzo 1 - Tipo,Indirizzo 1 - Via,Indirizzo 1 - Città",
    "Nome,Sobrenome,Nome da organização,E-mail 1 - Marcador,E-mail 1 - Valor,Telefone 1 - Tipo,Telefone 1 - Valor,"
    "Endereço 1 - Tipo,Endereço 1 - Rua,Endereço 1 - Cidade",
    "Voornaam,Achternaam,Organisatienaam,E-mailadres 1 - Label,E-mailadres 1 - Waarde,Telefoon 1 - Type,"
    "Telefoon 1 - Waarde,Adres 1 - Type,Adres 1 - Straat,Adres 1 - Plaats",
    "Imię,Nazwisko,Nazwa organizacji,E-mail 1 - Etykieta,E-mail 1 - Wartość,Telefon 1 - Typ,Telefon 1 - Wartość,"
    "Adres 1 - Typ,Adres 1 - Ulica,Adres 1 - Miasto",
    "Ім'я,Прізвище,Назва організації,Електронна пошта 1 - Мітка,Електронна пошта 1 - Значення,Телефон 1 - Тип,"
    "Телефон 1 - Значення,Адреса 1 - Тип,Адреса 1 - Вулиця,Адреса 1 - Місто",
}


def test_google_numbers_its_columns_in_every_language(ada: Account) -> None:
    for number, titles in enumerate(GOOGLE):
        row = f"Zoë,Blum{number},Firm,X,zoe@example.org,Y,{number}55,Z,Main St 1,Town"
        assert bring(ada, f"{titles}\n{row}\n".encode(), CSV)["unknown_columns"] == []
        (contact,) = listed(ada, q=f"Blum{number}")
        assert (contact["company"], contact["email"], contact["phone"]) == ("Firm", "zoe@example.org", f"{number}55")
        assert [(each["label"], each["street"], each["city"]) for each in contact["addresses"]] == [
            ("Z", "Main St 1", "Town")
        ]


def test_headings_in_the_middle_of_a_file_are_no_contact(ada: Account) -> None:
    file = "First Name,Phone\nA,1\n\ufeffFirst Name,Phone\nB,2\n"
    assert brought(ada, file.encode(), CSV) == (2, 0, 0)
    assert {contact["name"] for contact in listed(ada)} == {"A", "B"}


HEADINGS: dict[str, dict[str, Any]] = {
    "Person - Name,Person - Phone - Work,Person - Email - Home\nA B,1,a@example.org": {
        "name": "A B", "phone": "1", "email": "a@example.org",
    },
    "Contact: First Name,Contact: Email (required)\nA,a@example.org": {"name": "A", "email": "a@example.org"},
    "Name *,Company / Organisation,Job title / Role,Phone [main]\nA,Firm,Chief,1": {
        "company": "Firm", "job_title": "Chief", "phone": "1",
    },
    "Kunde;Tel\nA;1": {"name": "A", "phone": "1"},
    "Firma;Ansprechpartner;Tel\nFirm;A;1": {"name": "A", "company": "Firm"},
    "Kunde;Vorname;Nachname\n12;A;B": {"name": "A B"},
    "Name|Phone\nA|1": {"name": "A", "phone": "1"},
    "Public Display Name,Saved Name,Phone Number\nada~,Ada,1": {"name": "Ada", "nickname": "ada~"},
    "Fornavn;Etternavn;Gateadresse;Poststed;Mobiltelefon\nA;B;Gate 1;Oslo;1": {"name": "A B", "phone": "1"},
    "الاسم الأول,اسم العائلة,الهاتف المحمول\nعلي,حسن,1": {"name": "علي حسن", "phone": "1"},
    "שם פרטי,שם משפחה,טלפון נייד\nדוד,כהן,1": {"name": "דוד כהן", "phone": "1"},
    "Surnom,Pseudo,Téléphone\na,b,1": {"nickname": "a, b", "phone": "1"},
    'Name,Tags\nA,"[""vip"",""news""]"': {"labels": ["vip", "news"]},
    'Name,Tags\nA,"vip\nnews"': {"labels": ["vip", "news"]},
    "FirstName,LastName,SecondEmail,BirthYear,BirthMonth,BirthDay\nA,B,a@example.org,1990,4,5": {
        "name": "A B", "email": "a@example.org", "birthday": "1990-04-05",
    },
    "given_name,family_name,org,home_address_street,home_address_locality,home_address_code\nA,B,Firm,S,T,1": {
        "company": "Firm",
        "addresses": [
            {"label": "home", "street": "S", "city": "T", "region": None, "postal_code": "1", "country": None}
        ],
    },
    '"Name, Vorname";E-Mail-Adr.;Geb.-Datum\n"Love, Ada";a@example.org;15.04.1990': {
        "name": "Love, Ada", "email": "a@example.org", "birthday": "1990-04-15",
    },
    '"Name, Vorname";Tel\n"Love, Ada";1': {"name": "Love, Ada", "phone": "1"},
    "F. Name,L. Name,Contact No,Bday,Co.\nA,B,1,4/15/1990,Firm": {
        "name": "A B", "phone": "1", "birthday": "1990-04-15", "company": "Firm",
    },
    "fname,lname,cell_phone,Home Post Code\nA,B,1,2": {"name": "A B", "phone": "1"},
    "Formatted Name,Additional Names,Home Address City\nA B,M,T": {"middle_name": "M"},
    "Record,Name > First name,Email addresses\n1,A,a@example.org": {"name": "A", "email": "a@example.org"},
    "Name,Asst Phone,Phone\nA,2,1": {"details": [{"kind": "phone", "label": "assistant", "value": "2"}]},
}  # fmt: skip


def test_headings_of_other_programs_and_people_are_understood(ada: Account) -> None:
    for file, expected in HEADINGS.items():
        contact = one(ada, f"{file}\n")
        assert (file, {name: contact[name] for name in expected}) == (file, expected)
        assert brought(ada, take(ada)) == (0, 1, 0)
        assert ada.delete(f"/contacts/{contact['id']}").status_code == 204


UNDERSTOOD = {
    "phone": (
        "Diensthandy", "Privathandy", "Mobiltelefonnummer", "Festnetznummer", "Telefonnr. privat", "Telefax",
        "N° portable",
        "Téléphone d'entreprise", "Tél. fixe", "Telefono dell'ufficio", "Telefono dell’assistente", "Vaste telefoon",
        "Nr komórki", "Моб.", "Номер мобільного", "Контактний телефон", "Direct Line", "OfficeFAXPhoneNumber",
        "General phone",
    ),
    "email": (
        "Primäre E-Mail", "Zweite E-Mail", "Geschäftliche E-Mail", "Deuxième adresse électronique",
        "Courriel secondaire",
        "Correo secundario", "E-mail secondaria", "Endereço eletrônico", "Tweede e-mail", "Dodatkowy adres e-mail",
        "Adres poczty elektronicznej", "Ел. адреса", "Робоча пошта", "Alternative email address",
    ),
    "url": ("Página da web 2", "Web Address", "Strona internetowa 2", "Home web address"),
    "birthday": (
        "geboren am", "Date de naiss.", "Date d'anniversaire", "Fecha de cumpleaños", "Nato il", "Data de nasc.",
        "D.O.B.",
        "Data urodzin", "Дата народж.", "Д.Н.", "Geburtsdatum (TT.MM.JJJJ)",
    ),
    "street": (
        "Straße & Hausnummer", "Rue et numéro", "Calle y número", "Via e numero civico", "Rua e número",
        "Ulica i numer",
        "Straat en huisnummer", "Вулиця, будинок", "Privatadresse", "Indirizzo dell'ufficio", "Домашня адреса",
        "Home Address Line 1", "General street", "Address Home Street", "Woonadres", "Residential Address",
    ),
    "postal_code": ("C.A.P.", "Home postal/ZIP code", "Address Home Postcode", "Code postal (travail)"),
    "company": (
        "Nom de l'entreprise", "Nombre de la empresa", "Nome azienda", "Bedrijfsnaam",
        "Nazwa firmy", "Employeur", "Pracodawca", "Назва компанії",
    ),
}  # fmt: skip
CELLS = {"email": "a@example.org", "birthday": "1990-04-15", "phone": "020 7946", "url": "https://example.org"}


def values_of(contact: dict[str, Any]) -> set[tuple[str, str]]:
    """The fields and kinds of details in which a contact has each value."""
    details = [(each["kind"], each["value"]) for each in contact["details"]]
    places = [item for address in contact["addresses"] for item in address.items()]
    return {*details, *places, *((name, contact[name]) for name in ("phone", "email", "birthday", "company"))}


def test_a_heading_is_understood_by_its_words_whatever_their_order_or_form(ada: Account) -> None:
    headings_of = [(meaning, title) for meaning, titles in UNDERSTOOD.items() for title in titles]
    for number, (meaning, title) in enumerate(headings_of):
        value = CELLS.get(meaning, "x")
        report = bring(ada, f"Vorname;Nachname;{title}\nA;B{number};{value}\n".encode(), CSV)
        (contact,) = listed(ada, q=f"B{number}")
        assert (title, report["unknown_columns"]) == (title, [])
        assert (title, meaning, value) in {(title, *each) for each in values_of(contact)}


WHOLE_NAMES = (
    "Vorname und Name", "Prénom et nom", "Nom du contact", "Nombre del contacto", "Nome e sobrenome", "Nominativo",
    "Voor- en achternaam", "Naam contactpersoon", "Nazwisko i imię", "Прізвище, ім'я", "Ім’я контакту",
    "First & Last Name",
)  # fmt: skip
PARTS_OF_NAMES = (
    "Contact First Name;Contact Last Name", "Vorname Kontakt;Nachname Kontakt", "Nombre de pila;Apellidos",
    "Name.First;Name.Last", "Christian name;Surname", "Імя;Прізвище",
)  # fmt: skip


def test_names_are_names_whoever_is_said_to_have_them(ada: Account) -> None:
    for title in WHOLE_NAMES:
        assert (title, one(ada, f"{title};E-mail\nAda Love;a@example.org\n")["name"]) == (title, "Ada Love")
        ada.delete(f"/contacts/{listed(ada)[0]['id']}")
    for titles in PARTS_OF_NAMES:
        contact = one(ada, f"{titles};E-mail\nAda;Love;a@example.org\n")
        assert (titles, contact["first_name"], contact["last_name"]) == (titles, "Ada", "Love")
        ada.delete(f"/contacts/{contact['id']}")


@pytest.mark.parametrize(
    "title", ["Стать", "性", "Last contact", "First contact", "Username", "IP Address", "Workshop"]
)
def test_a_heading_is_not_taken_for_one_that_resembles_it(ada: Account, title: str) -> None:
    report = bring(ada, f"Name;E-Mail;{title}\nA;a@example.org;x\n".encode(), CSV)
    assert report["unknown_columns"] == [title]


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850", "iso8859-15", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_encoding_and_the_delimiter_are_those_in_which_headings_are_known(
    ada: Account, encoding: str, delimiter: str
) -> None:
    rows = (("Prénom", "Nom", "Téléphone"), ("Zoé", "Évry", "1"))
    file = "\r\n".join(map(delimiter.join, rows)).encode(encoding)
    assert brought(ada, file, CSV) == (1, 0, 0)
    assert (listed(ada)[0]["first_name"], listed(ada)[0]["last_name"]) == ("Zoé", "Évry")


@pytest.mark.parametrize("encoding", ["koi8-u", "cp1251", "utf-16-le", "utf-16-be"])
def test_cyrillic_headings_show_their_encoding(ada: Account, encoding: str) -> None:
    assert brought(ada, "Прізвище, ім'я;Телефон\nЇжак Леся;1\n".encode(encoding), CSV) == (1, 0, 0)
    assert (listed(ada)[0]["name"], listed(ada)[0]["phone"]) == ("Їжак Леся", "1")


def test_a_column_beside_another_has_its_label(ada: Account) -> None:
    contact = one(
        ada,
        "Name,Email 1 Type,Email 1,Email 2 Type,Email 2,Phone Label,Phone,Phone 2,Phone 2 Type\n"
        "A,Home,a@example.org,* School,b@example.org,Work,1,2,Lab\n",
    )
    assert (contact["email"], contact["phone"]) == ("b@example.org", "1")
    assert contact["details"] == [
        {"kind": "email", "label": "home", "value": "a@example.org"},
        {"kind": "phone", "label": "Lab", "value": "2"},
    ]
    assert {"item1.EMAIL;PREF=1:b@example.org", "item1.X-ABLabel:School"} <= set(take(ada).decode().split("\r\n"))


def test_several_user_names_are_each_of_their_service(ada: Account) -> None:
    contact = one(ada, "Name,IM 1 - Type,IM 1 - Service,IM 1 - Value\nA,Home,Google Talk ::: Jabber,x ::: y\n")
    assert [each["value"] for each in contact["details"]] == ["google-talk:x", "jabber:y"]


def test_googles_other_lists_have_labels_too(ada: Account) -> None:
    titles = "Name,Jot 1 - Type,Jot 1 - Value,External ID 1 - Type,External ID 1 - Value"
    contact = one(ada, f"{titles}\nA,Seat,77,Account,9\n")
    assert [(each["label"], each["value"]) for each in contact["details"]] == [("Seat", "77"), ("Account", "9")]


@pytest.mark.parametrize(
    ("titles", "birthday"),
    [
        ("Prénom;Nom;Date de naissance", "1990-04-05"),
        ("Nome;Cognome;Compleanno", "1990-04-05"),
        ("Imię;Nazwisko;Urodziny", "1990-04-05"),
        ("First Name;Last Name;Birthday", "1990-05-04"),
    ],
)
def test_a_date_is_read_as_in_the_language_of_its_heading(ada: Account, titles: str, birthday: str) -> None:
    contact = one(ada, f"{titles}\nA;B;05/04/1990\n")
    assert contact["birthday"] == birthday


def test_one_clear_date_tells_how_the_others_are_read(ada: Account) -> None:
    assert brought(ada, b"Name,Birthday\nA,5/4/1990\nB,25/4/1990\n", CSV) == (2, 0, 0)
    assert [contact["birthday"] for contact in listed(ada)] == ["1990-04-05", "1990-04-25"]


TOWNS = {
    "PLZ/Ort": ("D-50667 Köln", "D-50667", "Köln"),
    "CP Ville": ("75001 Paris", "75001", "Paris"),
    "Postcode en plaats": ("1234 AB Delft", "1234 AB", "Delft"),
    "Kod pocztowy i miasto": ("00-950 Warszawa", "00-950", "Warszawa"),
    "CAP/Città": ("Roma", None, "Roma"),
}


@pytest.mark.parametrize(("title", "town"), TOWNS.items(), ids=TOWNS)
def test_a_town_and_its_code_are_told_apart(ada: Account, title: str, town: tuple[str, str | None, str]) -> None:
    written, code, city = town
    (address,) = one(ada, f"Name;Adresse;{title}\nA;Weg 1;{written}\n")["addresses"]
    assert (address["street"], address["postal_code"], address["city"]) == ("Weg 1", code, city)


@pytest.mark.parametrize("title", ["Personalnummer", "Company No", "Numéro d'entreprise", "Kundennummer"])
def test_the_number_of_a_record_is_none_to_call(ada: Account, title: str) -> None:
    report = bring(ada, f"Name;E-Mail;{title}\nA;a@example.org;4711\n".encode(), CSV)
    assert (report["unknown_columns"], listed(ada)[0]["phone"]) == ([title], None)


def test_umlauts_may_be_two_letters(ada: Account) -> None:
    contact = one(ada, "Vorname;Telefon geschaeftlich;Strasse geschaeftlich;Buero\nA;1;Weg 1;2\n")
    assert (contact["phone"], contact["addresses"][0]["label"]) == ("1", "work")


@pytest.mark.parametrize(
    ("titles", "label"),
    [
        ("Lieferadresse Straße;Lieferadresse PLZ", "delivery"),
        ("Adresse de facturation;Code postal de facturation", "billing"),
        ("Billing Address Line 1;Billing Zip", "billing"),
    ],
)
def test_addresses_have_purposes_in_other_languages(ada: Account, titles: str, label: str) -> None:
    (address,) = one(ada, f"Name;{titles}\nA;Weg 1;123\n")["addresses"]
    assert (address["label"], address["street"], address["postal_code"]) == (label, "Weg 1", "123")


FILES = {
    "a title before the headings": b"My contacts\n\nVorname;Nachname\nA;B\n",
    "rows of blanks": b"First Name,Last Name\n , \n\nA,B\n  ,  \n",
    "a hint in quotes": b'"sep=;"\r\nVorname;Nachname\r\nA;B\r\n',
    "single quotes": b"'First Name','Last Name'\r\n'A','B'\r\n",
}


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_what_is_around_headings_and_rows_is_none_of_them(ada: Account, file: bytes) -> None:
    assert brought(ada, file, CSV) == (1, 0, 0)
    assert listed(ada)[0]["name"] == "A B"


def test_a_second_set_of_columns_is_a_second_address(ada: Account) -> None:
    titles = "Name;Straße privat;Ort privat;Adresse privat: Straße;Adresse privat: Ort;PLZ privat"
    addresses = one(ada, f"{titles}\nA;Weg 1;Köln;Weg 2;Bonn;50667\n")["addresses"]
    assert [(each["street"], each["city"], each["postal_code"]) for each in addresses] == [
        ("Weg 1", "Köln", "50667"),
        ("Weg 2", "Bonn", None),
    ]
