"""How much was asked of Notion."""

from notion_sync.state import Store
from notion_sync.state.usage import HOUR


def test_use_is_spread_over_the_hours_of_a_pass(store: Store) -> None:
    with store.transaction():
        store.usage.add(0.5 * HOUR, 2.5 * HOUR, 400, 4000)
        store.usage.add(2.9 * HOUR, 2.9 * HOUR, 7, 0)
    hours = store.usage.since(0.0)
    assert [(hour.at // HOUR, hour.requests, hour.bytes) for hour in hours] == [
        (0, 100, 1000),
        (1, 200, 2000),
        (2, 107, 1000),
    ]
    assert [hour.at // HOUR for hour in store.usage.since(1.5 * HOUR)] == [1, 2]
