"""Blocks: appending in place and in order, changing, trashing, listing."""

import pytest

from tests.sandbox.support import NEWEST, Sandbox, file_of, paragraph, rich


def ids(results: list[dict[str, object]]) -> list[object]:
    return [block["id"] for block in results]


def listed(notion: Sandbox, parent: str | None = None) -> list[object]:
    answer = notion.ok("GET", f"/v1/blocks/{parent or notion.page_id}/children")
    return [block["id"] for block in answer["results"] if block["type"] != "child_database"]


def test_blocks_stand_where_they_were_put(notion: Sandbox) -> None:
    a, b = ids(notion.append(paragraph("a"), paragraph("b")))
    first = notion.append(paragraph("first"), position={"type": "start"})[0]["id"]
    after = {"type": "after_block", "after_block": {"id": a}}
    between = ids(notion.append(*(paragraph(str(n)) for n in range(3)), position=after))[:3]
    last = notion.append(paragraph("last"), position={"type": "end"})[0]["id"]
    assert listed(notion) == [first, a, *between, b, last]


def test_insertions_between_the_same_two_never_run_out_of_room(notion: Sandbox) -> None:
    parent = notion.append(paragraph("parent"))[0]["id"]
    left, right = ids(notion.append(paragraph("left"), paragraph("right"), to=str(parent)))
    inserted: list[object] = []
    for number in range(40):
        after = {"type": "after_block", "after_block": {"id": left}}
        inserted.insert(0, notion.append(paragraph(str(number)), to=str(parent), position=after)[0]["id"])
    assert listed(notion, str(parent)) == [left, *inserted, right]


def test_an_insertion_answers_with_the_following_siblings(notion: Sandbox) -> None:
    a, b, c = ids(notion.append(paragraph("a"), paragraph("b"), paragraph("c")))
    new, *following = ids(notion.append(paragraph("x"), position={"type": "start"}))
    assert following[-3:] == [a, b, c]
    after = {"type": "after_block", "after_block": {"id": b}}
    newer, *following = ids(notion.append(paragraph("y"), position=after))
    assert following == [c]
    assert ids(notion.append(paragraph("z"))) == [listed(notion)[-1]]
    assert new != newer


@pytest.mark.parametrize(
    ("version", "key", "status"),
    [
        ("2022-06-28", "after", 200),
        ("2022-06-28", "position", 400),
        ("2025-09-03", "after", 200),
        ("2025-09-03", "position", 200),
        (NEWEST, "after", 400),
        (NEWEST, "position", 200),
    ],
)
def test_each_version_inserts_in_its_own_words(notion: Sandbox, version: str, key: str, status: int) -> None:
    first = notion.append(paragraph("a"), paragraph("b"))[0]["id"]
    place = first if key == "after" else {"type": "after_block", "after_block": {"id": first}}
    body = {"children": [paragraph("between")], key: place}
    response = notion.call("PATCH", f"/v1/blocks/{notion.page_id}/children", body, version)
    assert response.status_code == status
    if status == 400:
        assert f"body.{key} should be not present, instead was" in response.json()["message"]


def test_media_blocks_are_read_back_as_files(notion: Sandbox) -> None:
    upload = notion.upload("Größe 1.png")
    image, file = notion.append(
        {"image": {**file_of(upload), "caption": rich("seen")}},
        {"file": {**file_of(upload), "name": "n.png"}},
    )
    assert image["image"]["type"] == "file"
    assert image["image"]["caption"][0]["plain_text"] == "seen"
    assert "name" not in image["image"]
    assert "/Gr%C3%B6%C3%9Fe%201.png?X-Amz-" in image["image"]["file"]["url"]
    assert file["file"]["name"] == "n.png"
    assert "file_upload" not in file["file"]


def test_an_update_keeps_the_block_and_what_is_not_given(notion: Sandbox) -> None:
    old, new = notion.upload("old.png"), notion.upload("new.png", b"other")
    block = notion.append({"file": {**file_of(old), "name": "named", "caption": rich("kept")}})[0]
    body = {"file": {"file_upload": {"id": new["id"]}}}
    changed = notion.ok("PATCH", f"/v1/blocks/{block['id']}", body)
    assert changed["id"] == block["id"]
    assert changed["file"]["name"] == "new.png"
    assert changed["file"]["caption"][0]["plain_text"] == "kept"
    renamed = notion.ok("PATCH", f"/v1/blocks/{block['id']}", {"type": "file", "file": {"name": "again"}})
    assert renamed["file"]["name"] == "again.png"
    assert "/new.png?" in renamed["file"]["file"]["url"]


def test_the_trash_takes_and_gives_back(notion: Sandbox) -> None:
    block = notion.append(paragraph("x"))[0]
    gone = notion.ok("DELETE", f"/v1/blocks/{block['id']}")
    assert gone["in_trash"] is True
    assert listed(notion) == []
    assert notion.page_blocks()[0]["in_trash"] is True
    again = notion.call("DELETE", f"/v1/blocks/{block['id']}")
    assert again.status_code == 400
    assert "archived" in again.json()["message"]
    back = notion.ok("PATCH", f"/v1/blocks/{block['id']}", {"archived": False}, "2022-06-28")
    assert (back["archived"], back["in_trash"]) == (False, False)
    assert listed(notion) == [block["id"]]


def test_nested_blocks_and_has_children(notion: Sandbox) -> None:
    leaf = paragraph("leaf")
    inner = {"toggle": {"rich_text": rich("inner"), "children": [leaf]}}
    outer = notion.append({"toggle": {"rich_text": rich("outer"), "children": [inner]}})[0]
    assert outer["has_children"] is True
    assert "children" not in outer["toggle"]
    children = notion.ok("GET", f"/v1/blocks/{outer['id']}/children")["results"]
    assert children[0]["parent"] == {"type": "block_id", "block_id": outer["id"]}
    tree = notion.page_blocks()[0]
    assert tree["children"][0]["children"][0]["caption"] == "leaf"


def test_children_come_in_pages_with_inclusive_cursors(notion: Sandbox) -> None:
    parent = str(notion.append(paragraph("parent"))[0]["id"])
    made = ids(notion.append(*(paragraph(str(n)) for n in range(7)), to=parent))
    first = notion.ok("GET", f"/v1/blocks/{parent}/children?page_size=3")
    assert (ids(first["results"]), first["next_cursor"]) == (made[:3], made[3])
    rest = notion.ok("GET", f"/v1/blocks/{parent}/children?start_cursor={made[3]}")
    assert (ids(rest["results"]), rest["has_more"]) == (made[3:], False)


def test_ids_are_taken_without_dashes_and_given_with(notion: Sandbox) -> None:
    answer = notion.ok("GET", f"/v1/blocks/{notion.page_id.replace('-', '').upper()}")
    assert answer["id"] == notion.page_id
    assert answer["child_page"] == {"title": "Sandbox"}


def test_an_append_is_all_or_nothing(notion: Sandbox) -> None:
    good = notion.upload()
    missing = {"id": "12345678-1234-4234-8234-123456789abc"}
    body = {"children": [{"image": file_of(good)}, paragraph("b"), {"image": file_of(missing)}]}
    assert notion.call("PATCH", f"/v1/blocks/{notion.page_id}/children", body).status_code == 404
    assert listed(notion) == []
    assert notion.ok("GET", f"/v1/file_uploads/{good['id']}")["expiry_time"] is not None


def test_a_connection_that_only_inserts_is_told_only_ids(notion: Sandbox) -> None:
    token = notion.control("tokens", {"capabilities": ["insert"]})["token"]
    with notion.client(token=token) as inserter:
        answer = inserter.patch(f"/v1/blocks/{notion.page_id}/children", json={"children": [paragraph("x")]})
    assert [set(block) for block in answer.json()["results"]] == [{"object", "id"}]
