"""What a service is called where that is not the registry's name in small letters. Data alone."""

from __future__ import annotations

from collections.abc import Mapping

SDK: Mapping[str, str] = {"certificatemanager": "acm", "elasticloadbalancingv2": "elbv2"}
"""By the SDK."""

IAM: Mapping[str, str] = {
    "apigatewayv2": "apigateway",
    "certificatemanager": "acm",
    "cloudcontrol": "cloudformation",
    "efs": "elasticfilesystem",
    "elasticloadbalancingv2": "elasticloadbalancing",
    "resourcegroupstaggingapi": "tag",
    "stepfunctions": "states",
}
"""In the actions that a policy allows."""
