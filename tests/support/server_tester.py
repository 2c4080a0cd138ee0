"""What caldav-server-tester finds at our test servers and at the played ones.

``make servers`` asks it, tests/data/servers.md holds the answers. It is run as a process of its own environment,
against one fresh account of each server.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.caldav_server import Account
from tests.support.quirks.profiles import PROFILES
from tests.support.quirks.server import QuirkServer
from tests.support.radicale import RadicaleServer
from tests.support.xandikos import XandikosServer

# A partition has a certificate and a name of its own, which the tester has no way to be told.
PLAYED = [name for name, quirks in PROFILES.items() if not quirks.partition]
_PATIENCE = 240


def main() -> int:
    """Print a line for each feature by which a server is not as Radicale is; Radicale's own first."""
    tester, *asked = sys.argv[1:]
    plain: dict[str, str] = {}
    with RadicaleServer() as radicale:
        for name in asked or ["radicale", "xandikos", *PLAYED]:
            with _account(name, radicale) as account:
                found = _ask(tester, account)
            plain = plain or found
            print(f"\n{name}")
            for feature in sorted(found.keys() | plain.keys()):
                said = found.get(feature, "as expected")
                if found is plain or said != plain.get(feature, "as expected"):
                    print(f"  {feature}: {said}")
    return 0


@contextmanager
def _account(name: str, radicale: RadicaleServer) -> Iterator[Account]:
    if name == "radicale":
        yield radicale.fresh_account()
    elif name == "xandikos":
        with XandikosServer() as xandikos:
            yield xandikos.fresh_account()
    else:
        played = QuirkServer(name, radicale, patient=True)
        played.start()
        try:
            yield played.fresh_account()
        finally:
            played.close()


def _ask(tester: str, account: Account) -> dict[str, str]:
    """Features that are not what the tester expects of a good server."""
    words = ["--caldav-url", account.url, "--caldav-username", account.username, "--format", "json"]
    run = subprocess.run(
        [tester, *words, "--caldav-password", account.password],
        capture_output=True, text=True, timeout=_PATIENCE, check=False,
    )  # fmt: skip
    if run.returncode:
        return {"the tester itself": (run.stderr.strip().splitlines() or ["failed"])[-1][:150]}
    features = json.loads(run.stdout)["features"]
    return {name: str(said.get("support", said.get("value"))) for name, said in features.items()}


if __name__ == "__main__":
    sys.exit(main())
