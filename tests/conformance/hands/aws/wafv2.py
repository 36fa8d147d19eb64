"""WAF through plain boto3."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.conformance.case import Call
from tests.conformance.hands.aws.clients import Clients, tagged
from tests.conformance.hands.base import Found

_NAMED = {"Name": "{Name}", "Id": "{Id}", "Scope": "{Scope}", "LockToken": "{LockToken}"}
REMOVALS = {"AWS::WAFv2::IPSet": Call("wafv2.delete_ip_set", _NAMED)}


def inventory(clients: Clients, _types: Collection[str]) -> Iterator[Found]:
    """Sets of addresses."""
    waf = clients("wafv2")
    for each in waf.list_ip_sets(Scope="REGIONAL")["IPSets"]:
        answer = waf.get_ip_set(Name=each["Name"], Id=each["Id"], Scope="REGIONAL")
        tags = tagged(waf.list_tags_for_resource(ResourceARN=each["ARN"])["TagInfoForResource"]["TagList"])
        body = {**answer["IPSet"], "LockToken": answer["LockToken"], "Scope": "REGIONAL", "Tags": tags}
        yield Found("AWS::WAFv2::IPSet", f"{each['Name']}|{each['Id']}|REGIONAL", each["Id"], tags, body)
