"""``freehold doctor`` finds what is wrong and says how it is mended."""

from typing import Any

from service.kept_secrets import kept_secret
from tests.support.command import Freehold
from tests.support.practice_text import GOOD
from tests.support.process import free_port
from tests.support.smtp import SmtpServer


def finding(freehold: Freehold, name: str) -> dict[str, Any]:
    checks = freehold("doctor", "--json", check=False).document["checks"]
    found: dict[str, Any] = next(check for check in checks if check["name"] == name)
    return found


def test_a_sound_installation_has_no_failure(practised: Freehold) -> None:
    document = practised("doctor", "--json").document
    assert document["ok"]
    assert [check for check in document["checks"] if check["state"] == "fail"] == []


def test_whatever_is_not_ok_says_what_to_do(freehold: Freehold) -> None:
    checks = freehold("doctor", "--json", check=False).document["checks"]
    assert [check for check in checks if check["state"] != "ok" and not check["mend"]] == []


def test_a_missing_schema_fails_with_the_command_that_makes_it(freehold: Freehold) -> None:
    done = freehold("doctor", check=False)
    assert done.code == 1
    assert "freehold db upgrade" in done.out


def test_wrong_settings_are_findings(freehold: Freehold) -> None:
    freehold.settings["PORT"] = "high"
    done = freehold("doctor", "--json", check=False)
    assert done.code == 1
    [check] = done.document["checks"]
    assert (check["state"], check["text"].split()[0]) == ("fail", "FREEHOLD_PORT")


def test_keys_that_open_nothing_are_found(freehold: Freehold) -> None:
    freehold("apply", "-", stdin=GOOD)
    freehold.settings["ENCRYPTION_KEYS"] = "5Wh2aTIH3vZ0q0v8m8CkL5x2v9g9b0a8mJm1l2k3j4U="
    assert finding(freehold, "secrets")["state"] == "fail"
    kept = (freehold.data_dir / "encryption_keys").read_text().strip()
    freehold.settings["ENCRYPTION_KEYS"] += f",{kept}"
    assert finding(freehold, "secrets")["mend"] == "freehold keys rotate"


def test_keys_that_are_no_longer_needed_are_named(freehold: Freehold) -> None:
    freehold("apply", "-", stdin=GOOD)
    kept = (freehold.data_dir / "encryption_keys").read_text().strip()
    freehold.settings["ENCRYPTION_KEYS"] = f"5Wh2aTIH3vZ0q0v8m8CkL5x2v9g9b0a8mJm1l2k3j4U=,{kept}"
    freehold("keys", "rotate")
    assert "can be taken out" in finding(freehold, "secrets")["text"]


def test_a_shifted_clock_is_shown(practised: Freehold) -> None:
    shifted = Freehold(practised.folder, {"TESTING": "1", "CLOCK": "2031-05-06T07:08:09Z"})
    assert "2031-05-06T07:08" in finding(shifted, "clock")["text"]


def test_the_mail_server_is_tried(practised: Freehold, smtp: SmtpServer) -> None:
    there = Freehold(practised.folder, {"SMTP_URL": f"smtp://127.0.0.1:{smtp.port}"})
    assert finding(there, "mail")["state"] == "ok"
    gone = Freehold(practised.folder, {"SMTP_URL": f"smtp://127.0.0.1:{free_port()}"})
    assert finding(gone, "mail")["state"] == "fail"


def test_an_unreachable_queue_fails(practised: Freehold) -> None:
    elsewhere = {
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}",
        "SECRET_KEY": "the-key-of-a-test-is-no-secret-at-all-0123456789",
        "ENCRYPTION_KEYS": kept_secret(practised.data_dir / "encryption_keys", str),
    }
    assert finding(Freehold(practised.folder, elsewhere), "queue")["state"] == "fail"


def test_a_data_folder_that_others_can_look_into_is_warned_of(freehold: Freehold) -> None:
    freehold.data_dir.mkdir(mode=0o755)
    assert "chmod 700" in str(freehold("doctor", "--json", check=False).document["checks"])
