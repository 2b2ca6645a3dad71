"""Every kind of message has an example that can be sent."""

import json
from typing import get_args

from awt.model.messages import Body, decode_body, encode_body
from tests.docs.documents import blocks, read

EXAMPLES = blocks(read("docs/queues.md"), "json")


def test_every_kind_has_one_example() -> None:
    found = [type(decode_body(text)) for text in EXAMPLES]
    assert sorted(found, key=str) == sorted(get_args(Body), key=str)


def test_an_example_has_all_the_fields_of_its_kind() -> None:
    for text in EXAMPLES:
        assert json.loads(encode_body(decode_body(text))) == json.loads(text)
