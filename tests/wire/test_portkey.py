"""The gateway's headers: one name for each option, each value as the gateway reads it."""

import pytest

from claude_kit.wire import portkey


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"api_key": "pk"}, {"x-portkey-api-key": "pk"}),
        ({"provider": "@slug"}, {"x-portkey-provider": "@slug"}),
        ({"trace_id": "run-7"}, {"x-portkey-trace-id": "run-7"}),
        ({"metadata": {"_user": "Ünal"}}, {"x-portkey-metadata": '{"_user": "\\u00dcnal"}'}),
        ({"config": "pc-1"}, {"x-portkey-config": "pc-1"}),
        ({"config": {"retry": {"attempts": 3}}}, {"x-portkey-config": '{"retry": {"attempts": 3}}'}),
        ({"debug": False}, {"x-portkey-debug": "false"}),
        ({"request_timeout": 500}, {"x-portkey-request-timeout": "500"}),
        ({"forward_headers": ["a", "b"]}, {"x-portkey-forward-headers": "a,b"}),
        ({"authorization": "sk"}, {"authorization": "Bearer sk"}),
        ({"Authorization": "Bearer sk"}, {"authorization": "Bearer sk"}),
        ({"virtual_key": None}, {}),
    ],
)
def test_each_option_is_a_header(options: dict[str, object], expected: dict[str, str]) -> None:
    """Mappings become ASCII JSON, lists are joined, truth is lower case, None is left out."""
    assert portkey.headers(**options) == expected
