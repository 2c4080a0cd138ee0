"""What is stored encrypted opens with any of the keys, and a text of the mirror in its own row alone."""

import pytest
from cryptography.fernet import Fernet

from service.secrecy import Sealer

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_a_sealed_text_opens_in_its_row():
    sealer = Sealer([NEW])
    assert sealer.unseal(sealer.seal(b"a title", row="one"), row="one") == b"a title"


def test_a_sealed_text_shows_nothing_and_is_never_the_same_twice():
    sealer = Sealer([NEW])
    one, other = sealer.seal(b"a title", row="one"), sealer.seal(b"a title", row="one")
    assert b"title" not in one
    assert one != other


def test_a_text_that_was_moved_to_another_row_does_not_open():
    sealer = Sealer([NEW])
    with pytest.raises(ValueError, match="none of the encryption keys"):
        sealer.unseal(sealer.seal(b"a title", row="one"), row="other")


def test_a_text_sealed_with_an_older_key_opens_while_that_key_is_kept():
    text = Sealer([OLD]).seal(b"a title", row="one")
    assert Sealer([NEW, OLD]).unseal(text, row="one") == b"a title"
    with pytest.raises(ValueError, match="none of the encryption keys"):
        Sealer([NEW]).unseal(text, row="one")


def test_new_texts_are_sealed_with_the_first_key():
    text = Sealer([NEW, OLD]).seal(b"a title", row="one")
    assert Sealer([NEW]).unseal(text, row="one") == b"a title"


def test_a_text_from_before_rows_were_bound_still_opens():
    sealer = Sealer([NEW])
    assert sealer.unseal(sealer.encrypt(b"a title"), row="one") == b"a title"


def test_a_renewed_text_is_under_the_first_key_and_still_in_its_row():
    text = Sealer([OLD]).seal(b"a title", row="one")
    both = Sealer([NEW, OLD])
    assert not both.is_current(text, row="one")
    renewed = both.renew(text, row="one")
    assert both.is_current(renewed, row="one")
    assert not both.is_current(renewed, row="other")
    assert Sealer([NEW]).unseal(renewed, row="one") == b"a title"


def test_a_renewed_text_is_bound_to_its_row_even_if_it_was_not():
    sealer = Sealer([NEW])
    loose = sealer.encrypt(b"a title")
    assert sealer.is_current(loose, row=None)
    assert not sealer.is_current(loose, row="one")
    assert sealer.is_current(sealer.renew(loose, row="one"), row="one")
    assert sealer.decrypt(sealer.renew(loose, row=None)) == b"a title"


@pytest.mark.parametrize("text", [b"", b"\x01", b"\x01" + bytes(12), b"\x02" + bytes(40), b"gAAAAAsomething"])
def test_what_is_no_sealed_text_is_refused(text):
    with pytest.raises(ValueError, match="none of the encryption keys"):
        Sealer([NEW]).unseal(text, row="one")


def test_a_changed_text_is_refused():
    sealer = Sealer([NEW])
    text = sealer.seal(b"a title", row="one")
    with pytest.raises(ValueError, match="none of the encryption keys"):
        sealer.unseal(text[:-1] + bytes([text[-1] ^ 1]), row="one")
