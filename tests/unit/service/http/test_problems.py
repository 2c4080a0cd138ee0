"""Every refusal has its status, its sentence and its name."""

from booking.refusals import Alternative, FieldError, Problem, Refused
from service.http.problems import NAMES, STATUS, refusal
from tests.support.web_app import MONDAY


def test_every_refusal_has_a_status_and_a_sentence() -> None:
    assert STATUS.keys() == set(Problem)
    assert all(NAMES[problem.value] for problem in Problem)


def test_a_problem_document_has_what_helps_and_nothing_empty() -> None:
    found = refusal(Refused(Problem.WRONG_STATE)).get_json(force=True)
    assert found.keys() == {"type", "title", "status", "detail"}
    errors = [FieldError("start", "is needed")]
    found = refusal(Refused(Problem.INVALID, errors=errors)).get_json(force=True)
    assert found["errors"] == [{"field": "start", "text": "is needed"}]
    near = [Alternative(MONDAY, MONDAY, ("in_person",))]
    found = refusal(Refused(Problem.SLOT_UNAVAILABLE, alternatives=near)).get_json(force=True)
    assert found["alternatives"][0]["start"] == "2026-03-02T15:00:00+00:00"


def test_who_comes_too_early_is_told_when_to_come_back() -> None:
    assert refusal(Refused(Problem.IDEMPOTENCY_IN_PROGRESS)).headers["Retry-After"] == "5"
