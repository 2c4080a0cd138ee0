"""What a provider did is dealt with by one worker only, however many find it at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

from sync.store.changes import close_change, open_changes, still_open
from tests.support.engine_world import EngineWorld


def test_of_two_workers_that_find_a_change_one_deals_with_it(database_url: str) -> None:
    world = EngineWorld(database_url)
    world.sync()
    world.book()
    world.sync()
    (href,) = world.texts()
    world.server.remove(world.work, href)
    world.sync()
    with world.database.read() as connection:
        (found,) = open_changes(connection, world.cipher)
    both = threading.Barrier(2)

    def deal_with_it() -> bool:
        both.wait()
        with world.database.write() as connection:
            mine = still_open(connection, found.id)
            if mine:
                close_change(connection, found.id, outcome="dealt with", now=world.now)
            return mine

    with ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(deal_with_it) for _ in range(2)]
        assert sorted(worker.result() for worker in workers) == [False, True]
