"""Every form in which people paste a page, and what is none."""

from collections.abc import Callable

import pytest

from notion_sync.notion.ids import block_url, page_url, parse_block_id, parse_database_id, parse_id

from .support import DASHED, ID

OTHER = "fedcba9876543210fedcba9876543210"


@pytest.mark.parametrize(
    "text",
    [
        ID,
        ID.upper(),
        DASHED,
        DASHED.upper(),
        f"  {ID}\n",
        f"https://www.notion.so/{ID}",
        f"https://notion.so/{ID}/",
        f"http://www.notion.so/acme/{ID}",
        f"https://www.notion.so/acme/Screenshots-{ID}",
        f"https://www.notion.so/Caf%C3%A9-dead-beef-{ID}",
        f"https://www.notion.so/acme/{DASHED}",
        f"https://www.notion.so/acme/Title-{DASHED}",
        f"https://www.notion.so/acme/{ID}?v={OTHER}&pvs=4",
        f"https://www.notion.so/acme/{OTHER}?v={OTHER}&p={ID}&pm=s",
        f"https://www.notion.so/acme/{OTHER}?v={OTHER}&p={DASHED}",
        f"https://acme.notion.site/Title-{ID}?pvs=4",
        f"https://app.notion.com/p/acme/Title-{ID}",
        f"https://app.notion.com/p/{ID}/",
        f"https://api.notion.com/v1/pages/{DASHED}",
        f"notion://www.notion.so/acme/Title-{ID}",
        f"www.notion.so/acme/Title-{ID}",
        f"http://127.0.0.1:8080/browse/{ID}",
        f"http://[::1]:8080/browse/{ID}",
        f"HTTPS://WWW.NOTION.SO/acme/Title-{ID}",
        f"https://www.notion.so/acme/Title-{ID}?p=nothing",
    ],
)
def test_parse_id(text: str) -> None:
    assert parse_id(text) == DASHED


@pytest.mark.parametrize(
    "text",
    [
        f"<https://www.notion.so/Minutes-{ID}>",
        f"[Minutes](https://www.notion.so/Minutes-{ID})",
        f"[Minutes](<https://www.notion.so/Minutes-{ID}>)",
        f'[Minutes](https://www.notion.so/Minutes-{ID} "of Monday")',
        f"[https://www.notion.so/{ID}](https://www.notion.so/{ID})",
        f"<https://www.notion.so/Minutes-{ID}|Minutes>",
        f'"https://www.notion.so/Minutes-{ID}"',
        f"“https://www.notion.so/Minutes-{ID}”",
        f"`https://www.notion.so/Minutes-{ID}?pvs=4`",
        f"(https://www.notion.so/Minutes-{ID})",
        f"Minutes: https://www.notion.so/Minutes-{ID}.",
        f"<www.notion.so/Minutes-{ID}>",
        f"'{ID}'",
        f"<{DASHED}>",
    ],
)
@pytest.mark.parametrize("parse", [parse_id, parse_database_id, parse_block_id])
def test_what_mail_and_chat_put_around_it_is_taken_off(parse: Callable[[str], str], text: str) -> None:
    assert parse(text) == DASHED


@pytest.mark.parametrize(
    "text",
    [
        f"https://www.notion.so/acme/Title-{ID}#{OTHER}",
        f"https://www.notion.so/acme/Title-{ID}?pvs=4#block-{OTHER}",
        f"https://www.notion.so/acme/{OTHER}?v={OTHER}&p={ID}#{OTHER}",
        f"<https://www.notion.so/{ID}#{OTHER}>",
    ],
)
@pytest.mark.parametrize("parse", [parse_id, parse_database_id])
def test_a_block_is_not_taken_for_its_page(parse: Callable[[str], str], text: str) -> None:
    with pytest.raises(ValueError, match="link to a block"):
        parse(text)


def test_of_several_addresses_none_is_chosen() -> None:
    with pytest.raises(ValueError, match="2 addresses"):
        parse_id(f"https://www.notion.so/{ID} https://www.notion.so/{OTHER}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Screenshots",
        ID[:-1],
        f"{ID}0",
        "https://www.notion.so/acme/Title",
        f"https://www.notion.so/acme/Title?v={ID}",
        f"https://example.org/commit/{ID}01234567",
        f"file:///{ID}",
        f"https://gitlab.example/snippets/{ID}",
        f"https://www.dropbox.com/s/{ID}/scan.pdf",
        f"https://notion.so.example/{ID}",
        f"https://mynotion.so/{ID}",
        f"https://www.notion.so@example.org/{ID}",
        f"http://127.0.0.1.example/{ID}",
        f"/srv/scans/{ID}",
        f"scans/{ID}",
        f"./{ID}",
        "g" * 32,
    ],
)
def test_what_is_no_id_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="32 hex digits"):
        parse_id(text)


@pytest.mark.parametrize(
    "text",
    [
        ID,
        f"https://www.notion.so/acme/{ID}?v={OTHER}",
        f"https://www.notion.so/acme/Files-{ID}?v={OTHER}&p={OTHER}&pm=s",
        f"https://www.notion.so/{ID}?p=nothing#heading",
        f"www.notion.so/{DASHED}",
    ],
)
def test_parse_database_id(text: str) -> None:
    """A row that is open over its database does not stand for it."""
    assert parse_database_id(text) == DASHED


@pytest.mark.parametrize("parse", [parse_id, parse_database_id, parse_block_id])
def test_an_address_that_cannot_be_taken_apart(parse: Callable[[str], str]) -> None:
    with pytest.raises(ValueError, match="32 hex digits"):
        parse(f"http://[{ID}/")


def test_a_long_text_is_not_repeated_whole() -> None:
    with pytest.raises(ValueError, match="…") as caught:
        parse_id("x" * 5000)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("text", "block"),
    [
        (f"https://www.notion.so/Title-{OTHER}#{ID}", DASHED),
        (f"https://www.notion.so/Title-{OTHER}?pvs=4#block-{ID}", DASHED),
        (f"https://www.notion.so/Title-{ID}", DASHED),
        (f"https://www.notion.so/Title-{ID}#heading", DASHED),
        (ID, DASHED),
        (f"#{ID}", DASHED),
    ],
)
def test_parse_block_id(text: str, block: str) -> None:
    assert parse_block_id(text) == block


def test_urls_lead_back_to_their_ids() -> None:
    assert page_url(DASHED) == f"https://www.notion.so/{ID}"
    assert block_url(DASHED, OTHER) == f"https://www.notion.so/{ID}#{OTHER}"
    assert parse_block_id(block_url(OTHER, DASHED)) == parse_id(page_url(ID)) == DASHED
