"""Ids of properties, and the keys of targets that are called otherwise now."""

from dataclasses import replace

from notion_sync.model import FilePath
from notion_sync.state import Store
from tests.support.store import notion_id, placement

SOURCE, OTHER = notion_id(1), notion_id(2)


def test_a_name_means_a_property_of_its_data_source(store: Store) -> None:
    with store.transaction():
        store.properties.save(SOURCE, "Scans", "%40a")
        store.properties.save(SOURCE, "Scans", "%40b")
        store.properties.save(SOURCE, "Attachments", "%40b")
    assert store.properties.ids(SOURCE) == {"Scans": "%40b", "Attachments": "%40b"}
    assert store.properties.ids(OTHER) == {}


def test_what_is_recorded_at_a_target_follows_its_key(store: Store) -> None:
    """What the other key has of a file already stays, and so does what the old one has of it."""
    first = placement(FilePath("/f", "a.txt"), target="d/old")
    both = [placement(FilePath("/f", "b.txt"), target=key) for key in ("d/old", "d/new")]
    with store.transaction():
        for each in (first, *both):
            store.placements.save(each, 1.0)
        store.retired.add(first, 1.0)
        store.files.mark_clean(first.id.folder, b"rule", b"signature", 1)
        store.targets.rename("d/old", "d/new")
        store.targets.rename("d/never", "d/newer")
    assert store.placements.get(first.id, "d/new") == replace(first, target="d/new")
    assert store.placements.get(first.id, "d/old") is None
    assert [each.target for each in store.retired.below(first.id.folder, ("d/old", "d/new"))] == ["d/new"]
    assert [store.placements.get(each.id, each.target) for each in both] == both
    assert store.targets.recorded() == {"d/old", "d/new"}
    assert store.files.clean(first.id.folder, b"rule") is None
