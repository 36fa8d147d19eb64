"""What an editor says of the keys that are ours: those of an entry, and those of the files beside the template.

Data only; ``options`` judges the values themselves. Must not know a resource type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}

_TIME = {
    "anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": "^[0-9]{1,9}[smh]$"}],
}
_CHECK = {
    "type": "object",
    "properties": {
        "that": {
            "type": "string",
            "description": "A CEL expression over its live attributes: self.State == 'available'",
        },
        "tcp": {"type": "string", "description": "HOST:PORT that must accept a connection from where orch runs"},
        "http": {"type": "string", "description": "A URL that must answer a GET from where orch runs"},
        "status": {"type": "integer", "minimum": 100, "maximum": 599, "description": "Of the answer; by default 200"},
        "within": {**_TIME, "description": "How long it may take to pass; by default 60s"},
    },
    "oneOf": [{"required": ["that"]}, {"required": ["tcp"]}, {"required": ["http"]}],
    "additionalProperties": False,
}

KEYS: Mapping[str, dict[str, Any]] = {
    "in": {
        "type": "string",
        "description": "The place of the environment where it lives; by default the only one of its cloud",
    },
    "depends_on": {**_TEXTS, "description": "Addresses that must stand first, beyond those that it refers to"},
    "protect": {"type": "boolean", "description": "Refuse every plan that would delete or replace it"},
    "on_remove": {
        "enum": ["delete", "retain"],
        "description": "What becomes of it once the entry or the stack is gone: delete (the default), or retain and own no more",
    },
    "on_replace": {
        "enum": ["create_first", "delete_first"],
        "description": "The order of a replacement; by default what its type allows, new before old where it can be",
    },
    "ignore_changes": {**_TEXTS, "description": "Paths whose differences are left alone: Tags, or Rules[0].Port"},
    "timeout": {
        **_TIME,
        "description": "How long a step of it may take: seconds, or 90s, 30m, 2h; no call is broken off, none begins later",
    },
    "adopt": {
        "type": "string",
        "minLength": 1,
        "description": "The id of an existing object to take over instead of making one",
    },
    "moved_from": {
        "anyOf": [*_TEXTS["anyOf"], {"type": "object", "additionalProperties": _TEXTS}],
        "description": "The address that it had before, or several, or with for_each by key; no cloud object is touched",
    },
    "allow_stopping": {"type": "boolean", "description": "Allow changes in place that need the object to be stopped"},
    "unchecked": {"type": "boolean", "description": "Do not check the properties against the type's schema"},
    "module": {"type": "string", "description": "Another blueprint's folder, which this entry expands to"},
    "parameters": {"type": "object", "description": "The module's parameters"},
    "for_each": {"type": ["array", "object"], "description": "One of these for each item"},
    "check": {
        "anyOf": [_CHECK, {"type": "array", "items": _CHECK}],
        "description": "What must hold of it, once it is applied, before anything that needs it starts",
    },
}
"""By key: JSON Schema words of its value, with a description."""

TYPE = "The resource type, as its cloud names it: AWS::EC2::VPC, Microsoft.Network/virtualNetworks"

FILES: Mapping[str, str] = {
    # parameters.yaml
    "parameters": "The blueprint's parameters: declared in parameters.yaml, given values in an environment",
    "type": "What a value must be",
    "default": "The value where none is given; without a default, one must be given",
    "description": "What it is for; shown where a value lacks or does not fit",
    "sensitive": "Never shown nor stored: a plan holds a keyed hash of it",
    "enum": "The values that are allowed",
    "pattern": "A regular expression that a text must match",
    "format": "A form that a text must have: cidr, email, uri, date-time…",
    "minimum": "The smallest number",
    "maximum": "The largest number",
    "minLength": "The fewest characters",
    "maxLength": "The most characters",
    "items": "What each item of a list must be",
    "minItems": "The fewest items",
    "maxItems": "The most items",
    "uniqueItems": "Whether all items must differ",
    "properties": "What the keys of a map must be",
    "required": "Keys that a map must have",
    "additionalProperties": "Whether a map may have other keys, or what those must be",
    "rules": "What the parameters must be together",
    "rule": "A CEL expression over the parameters' names that must be true",
    "message": "What to say where it is not",
    # environments/*.yaml
    "extends": "The environment whose places, values and tags this one adds to",
    "places": "Where resources live, by a name of your own",
    "default_tags": "Tags of every resource that can have them; an entry's own win",
    "cloud": "Which cloud it is",
    "endpoint": "Another endpoint than the cloud's: sandbox, or a URL",
    "account": "The AWS account, 12 digits in quotes; the credentials are checked against it",
    "region": "The region of what says no other",
    "profile": "A profile of the AWS configuration",
    "role_arn": "A role to assume",
    "external_id": "The external id that the role asks for",
    "session_name": "The name of the assumed role's session",
    "subscription": "The subscription's id; the credentials are checked against it",
    "location": "The location of what says no other",
    "tenant": "The tenant to sign in to",
    "client_id": "The managed identity or application to sign in as",
    "project": "The project's id; the credentials are checked against it",
    "zone": "The zone of what says no other",
    "file": "A file with credentials",
    "impersonate": "A service account to impersonate",
    "quota_project": "The project whose quota the calls use",
    # orch.yaml
    "backend": "The state database, from this file's folder",
    "parallelism": "How many steps go on at once",
    "policy": "Which rules plans are judged by",
    "packs": "Policy packs that come with orch",
    "confirm_destroy": "Which plans are applied only with --confirm-destroy N, N being the number that go or are replaced",
    "share": "More deletions than this share of the stack's objects have to be confirmed",
    "at_least": "Fewer deletions than this never have to be confirmed; 5 where it is not said",
    "env_vars": "Variables of the process that env_var() may read",
    "secrets": "Secrets that secret() may read, as patterns: env://APP_*, file://secrets/*",
    "folders": "Policy packs of your own, from this file's folder",
}
"""By key, wherever it stands in one of these files: a sentence."""
