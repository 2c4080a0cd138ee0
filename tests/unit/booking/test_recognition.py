"""Whom a mailbox stands for, and what a code is."""

from booking.practice import Client, Contact
from booking.recognition import as_whom, cleaned_code, code_from, stands_for

ANN = Contact("Ann Lee", "ann@example.com", "mother")
BOB = Contact("Bob Lee", "bob@example.com", "father", books=False)
TIM = Client("c-1", "Tim Lee", "tim@example.com", contacts=(ANN, BOB))
MIA = Client("c-2", "Mia Lee", "ANN@example.com", contacts=(ANN,))


def test_a_client_is_known_by_their_own_address_however_it_is_written() -> None:
    (found,) = stands_for("Tim@Example.COM", [TIM, MIA])
    assert (found.client.id, found.contact) == ("c-1", None)


def test_a_contact_stands_for_every_client_of_theirs() -> None:
    assert [each.client.id for each in stands_for("ann@example.com", [TIM, MIA])] == ["c-1", "c-2"]


def test_a_clients_own_address_goes_before_a_contacts() -> None:
    found = as_whom("ann@example.com", MIA)
    assert found is not None
    assert found.contact is None


def test_a_contact_who_does_not_book_is_not_recognised() -> None:
    assert stands_for("bob@example.com", [TIM]) == []


def test_a_code_has_six_digits_and_is_always_the_same() -> None:
    codes = {code_from(f"token {number}") for number in range(200)}
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert len(codes) > 190
    assert code_from("a") == code_from("a")


def test_blanks_between_the_digits_are_nothing() -> None:
    assert cleaned_code(" 123-456\n") == "123456"
