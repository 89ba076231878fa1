"""The rate window, moved along by the sandbox's clock."""

from collections.abc import Callable

from tests.sandbox.support import Sandbox

ME = "/v1/users/me"


def test_a_window_is_spent_at_any_pace_and_then_closed(start: Callable[..., Sandbox]) -> None:
    notion = start("--rate", "3/60")
    assert [notion.call("GET", ME).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = notion.call("GET", ME)
    answer = refused.json()
    assert answer["code"] == "rate_limited"
    assert answer["additional_data"]["rate_limit_reason"] == "public_api_request_rate_limit"
    seconds = int(refused.headers["Retry-After"])
    assert 1 <= seconds <= 60
    assert answer["additional_data"]["retry_after"] == refused.headers["Retry-After"]
    notion.control("clock", {"advance": seconds})
    assert notion.call("GET", ME).status_code == 200


def test_each_connection_has_its_own_window(start: Callable[..., Sandbox]) -> None:
    notion = start("--rate", "1/60")
    token = notion.control("tokens", {})["token"]
    assert notion.call("GET", ME).status_code == 200
    assert notion.call("GET", ME).status_code == 429
    with notion.client(token=token) as other:
        assert other.get(ME).status_code == 200


def test_controls_and_downloads_cost_nothing(start: Callable[..., Sandbox]) -> None:
    notion = start("--rate", "1/60")
    for _ in range(5):
        notion.control("state")
    assert notion.call("GET", ME).status_code == 200


def test_the_plans_have_notions_own_rates(start: Callable[..., Sandbox]) -> None:
    notion = start()
    counted = [notion.call("GET", ME).status_code for _ in range(181)]
    assert counted == [200] * 180 + [429]
    notion.control("reset", {})
    assert notion.call("GET", ME).status_code == 200


def test_a_refused_send_is_read_to_its_end(start: Callable[..., Sandbox]) -> None:
    notion = start("--rate", "1/60")
    created = notion.ok("POST", "/v1/file_uploads", {"filename": "a.png"})
    assert notion.send(created["id"], b"x" * 5_000_000, "image/png").status_code == 429
    assert notion.control("requests")[-1]["bytes"] > 5_000_000
