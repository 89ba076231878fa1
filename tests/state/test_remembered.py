"""Values that later processes go on with."""

from notion_sync.state import Store


def test_answers_are_remembered_for_a_while(store: Store) -> None:
    value = {"bot": "é", "limit": None, "n": [1, 2]}
    with store.transaction():
        store.remembered.set("key", {"old": True}, 1.0)
        store.remembered.set("key", value, 100.0)
        store.remembered.set("root /a", value, 100.0)
    assert store.remembered.get("key", 99.0) == value
    assert store.remembered.get("key", 100.0) is None
    assert store.remembered.get("another", 0.0) is None
    with store.transaction():
        store.remembered.clear(keep=("root ",))
    assert store.remembered.get("key", 0.0) is None
    assert store.remembered.get("root /a", 0.0) == value
