"""The doors of the notifications service, through API Gateway to the packaged Lambda: shut without a key."""

import pytest
import requests

from tools.tape.platform import Platform


@pytest.fixture(scope="module")
def url(platform: Platform) -> str:
    found = platform.api_url()
    assert found is not None
    return found


@pytest.mark.parametrize("path", ["/telegram", "/relay", "/feedback", "/unsubscribe", "/push/subscriptions"])
def test_nobody_is_let_in_where_no_key_is_set(url: str, path: str) -> None:
    answer = requests.post(f"{url}{path}", json={"update_id": 1, "TopicArn": ""}, timeout=30)
    assert answer.status_code == 401, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_web_push_that_is_not_set_up_says_so(url: str) -> None:
    assert requests.get(f"{url}/push/key", timeout=30).status_code == 404
