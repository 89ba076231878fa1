"""Which uploads may be attached, and which parts of them are sent."""

import pytest

from notion_sync.errors import StoreError
from notion_sync.model import Upload
from notion_sync.state import Store
from tests.support.store import BOT, digest, notion_id, upload

NOW = 1000.0
X = digest(b"content")


def save(store: Store, *uploads: Upload, bot: str = BOT) -> None:
    with store.transaction():
        for each in uploads:
            store.uploads.save(bot, each)


def usable(store: Store, now: float = NOW) -> list[str]:
    return [each.id for each in store.uploads.usable(BOT, X, now)]


def test_an_upload_comes_back_as_it_was(store: Store) -> None:
    made = upload(1, expires_at=NOW + 0.25, created_at=960.0, filename="é\n.txt", content_type="text/plain")
    save(store, made)
    assert store.uploads.get(made.id) == made
    assert store.uploads.usable(BOT, X, NOW) == [made]
    assert store.uploads.get(made.id.replace("-", "")) == made
    assert store.uploads.get(notion_id(2)) is None


@pytest.mark.parametrize(
    ("expires_at", "good"), [(None, True), (NOW + 1, True), (NOW, False), (NOW - 1, False)]
)
def test_an_upload_is_good_until_it_expires(store: Store, expires_at: float | None, good: bool) -> None:
    save(store, upload(1, expires_at=expires_at))
    assert bool(usable(store)) is good


def test_the_best_upload_comes_first(store: Store) -> None:
    """Attached ones last for ever; of the others the one that lasts longest; unfinished ones last."""
    save(
        store,
        upload(1, status="pending", expires_at=NOW + 900),
        upload(2, status="uploaded", expires_at=NOW + 10),
        upload(3, status="uploaded", expires_at=NOW + 500),
        upload(4, status="attached"),
    )
    assert usable(store) == [notion_id(number) for number in (4, 3, 2, 1)]


def test_another_bot_s_or_content_s_upload_is_of_no_use(store: Store) -> None:
    save(store, upload(1), bot="somebody else")
    save(store, upload(2, b"other content"))
    assert usable(store) == []


def test_an_upload_that_was_attached_is_good_for_ever(store: Store) -> None:
    save(store, upload(1, expires_at=NOW + 1), upload(2, expires_at=NOW + 1))
    with store.transaction():
        store.uploads.save_part(notion_id(1), 1, "ab" * 32)
        store.uploads.attached([notion_id(1), notion_id(1), None, notion_id(99)])
    attached = store.uploads.get(notion_id(1))
    assert attached is not None
    assert (attached.status, attached.expires_at) == ("attached", None)
    assert store.uploads.parts(notion_id(1)) == {}
    assert usable(store, NOW + 1e9) == [notion_id(1)]


def test_an_upload_goes_from_pending_to_uploaded(store: Store) -> None:
    save(store, upload(1, status="pending", expires_at=NOW + 1))
    save(store, upload(1, status="uploaded", expires_at=NOW + 2))
    changed = store.uploads.get(notion_id(1))
    assert changed is not None
    assert (changed.status, changed.expires_at) == ("uploaded", NOW + 2)


def test_parts_are_known_by_number_and_content(store: Store) -> None:
    save(store, upload(1, status="pending"), upload(2, status="pending"))
    with store.transaction():
        store.uploads.save_part(notion_id(1), 3, "aa" * 32)
        store.uploads.save_part(notion_id(1), 1, "bb" * 32)
        store.uploads.save_part(notion_id(1), 3, "cc" * 32)
        store.uploads.save_part(notion_id(2), 1, "dd" * 32)
    assert store.uploads.parts(notion_id(1)) == {1: "bb" * 32, 3: "cc" * 32}
    assert store.uploads.parts(notion_id(3)) == {}


def test_a_refused_upload_is_never_offered_again_nor_its_parts(store: Store) -> None:
    save(store, upload(1, status="pending"))
    with store.transaction():
        store.uploads.save_part(notion_id(1), 1, "aa" * 32)
        store.uploads.drop(notion_id(1))
    assert usable(store) == []
    assert store.uploads.parts(notion_id(1)) == {}


def test_a_part_of_an_upload_that_was_dropped_has_no_place(store: Store) -> None:
    """Parts go side by side: one may arrive when another's refusal has ended the upload."""
    with store.transaction():
        store.uploads.save_part(notion_id(1), 1, "aa" * 32)
    assert store.uploads.parts(notion_id(1)) == {}


def test_an_unknown_status_is_a_bug_and_not_recorded(store: Store) -> None:
    with pytest.raises(StoreError, match="CHECK constraint"):
        save(store, upload(1, status="expired"))
    assert store.uploads.get(notion_id(1)) is None
