"""What a view declares about itself."""

from booking.policy import Door, Policy, allows, capability, limit_of, limited, policy_of, public
from booking.roles import Action
from booking.web import client, waiting


def test_a_view_declares_nothing_by_itself() -> None:
    def view() -> None: ...

    assert policy_of(view) is None
    assert limit_of(view) is None


def test_marks_are_read_back() -> None:
    @public
    @limited("slots")
    def open_view() -> None: ...

    @allows(Action.DECIDE)
    def staff_view() -> None: ...

    @capability(Action.VIEW_OWN_REQUEST)
    def link_view() -> None: ...

    assert policy_of(open_view) == Policy(Door.PUBLIC)
    assert limit_of(open_view) == "slots"
    assert policy_of(staff_view) == Policy(Door.ACTION, Action.DECIDE)
    assert policy_of(link_view) == Policy(Door.CAPABILITY, Action.VIEW_OWN_REQUEST)


def test_what_a_client_s_link_does_counts_on_pages_as_in_the_api() -> None:
    acting = (client.cancel, client.reschedule, client.choose, client.refuse, waiting.act)
    assert [limit_of(view) for view in acting] == ["requests"] * 5
    assert limit_of(client.times) == "slots"
