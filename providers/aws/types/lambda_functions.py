"""The table of Lambda's Function: its code, its configuration, and the concurrency that is reserved for it. Data and hooks.

Code is compared with what was last applied, since Lambda gives none of it back. Not managed are what it takes one more request
each to read: code signing, runtime management, recursion.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping

from providers.aws.table import Bulk, ByArn, Call, Get, Table, Wait
from providers.aws.terms import Field, Frame, Term, field_of, given
from providers.aws.types import tagging
from providers.aws.types.lambda_names import NOT_YET, function_arn, name_of_arn
from providers.aws.words import arn, arn_of, column, const, filled, ident, own_name, same
from providers.kit.refusals import given as set_ones
from providers.kit.refusals import wrong
from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import Equality, Sameness
from provisioner.model.value import ABSENT, EMPTY, Map, Value, get

# --- code -----------------------------------------------------------------------------------------------------------------

_CODE = ("S3Bucket", "S3Key", "S3ObjectVersion", "S3ObjectStorageMode", "ImageUri", "SourceKMSKeyArn")
_SOURCES = {"nodejs": "index.js", "python": "index.py"}
_FIRST_TIME = (1980, 1, 1, 0, 0, 0)  # the same text makes the same archive


def _archive(frame: Frame) -> Value:
    """Inline source as the archive that Lambda wants: one file ``index``, as in CloudFormation."""
    source = given(frame.want, ("Code", "ZipFile"))
    if source is ABSENT:
        return ABSENT
    runtime = str(frame.want.get("Runtime", ""))
    file = zipfile.ZipInfo(
        next((name for begin, name in _SOURCES.items() if runtime.startswith(begin)), "index.py"), _FIRST_TIME
    )
    file.external_attr = 0o644 << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(file, str(source))
    return packed.getvalue()


def _code(prefix: str = "") -> dict[str, Term]:
    return {f"{prefix}ZipFile": _archive, **{f"{prefix}{name}": f"Code.{name}" for name in _CODE}}


_CODE_PATHS = ("Code.ZipFile", *(f"Code.{name}" for name in _CODE))


def _no_source(want: Resource) -> Iterator[Problem]:
    """Inline source is for the runtimes that CloudFormation packs it for, and is the whole code."""
    code, runtime = want.body.get("Code"), want.body.get("Runtime")
    if not isinstance(code, Map):
        return
    inline = "ZipFile" in code
    if inline and isinstance(runtime, str) and not runtime.startswith(tuple(_SOURCES)):
        hint = "give the code as S3Bucket and S3Key"
        yield wrong(want, ("Code", "ZipFile"), f"is source text, which {runtime} does not run", hint)
    ways = [names for names in (("ZipFile",), ("S3Bucket", "S3Key"), ("ImageUri",)) if set_ones(code, *names)]
    if len(ways) != 1:
        words = "names no code" if not ways else "names more than one code"
        yield wrong(want, ("Code",), words, "give ZipFile, or S3Bucket and S3Key, or ImageUri")


def _image_or_zip(want: Resource) -> Iterator[Problem]:
    kind = want.body.get("PackageType")
    missing = [name for name in ("Handler", "Runtime") if not set_ones(want.body, name)]
    if kind == "Zip" and missing:
        yield wrong(want, (), f"lacks {' and '.join(missing)}", "only a function with PackageType: Image does without")


# --- configuration --------------------------------------------------------------------------------------------------------


def _said(source: Field) -> Callable[[Map], Value]:
    """Of a listing's item and of the creating call's answer, or, in ``GetFunction``, within its configuration."""
    return lambda found: field_of(found.get("Configuration", found), source)


def _part(name: str, *parts: str) -> Callable[[Map], Value]:
    """Those parts of a map that can be set; none where there is nothing in them."""

    def value(found: Map) -> Value:
        whole = field_of(found.get("Configuration", found), name)
        kept = {key: whole[key] for key in parts if whole.get(key)} if isinstance(whole, Map) else {}
        return Map(kept) if kept else ABSENT

    return value


def _network(found: Map) -> Value:
    """A function outside of any VPC has a configuration with nothing in it."""
    whole = get(found.get("Configuration", found), ("VpcConfig",))
    if not isinstance(whole, Map) or not whole.get("SubnetIds"):
        return ABSENT
    names = ("SubnetIds", "SecurityGroupIds", "Ipv6AllowedForDualStack")
    return Map({name: whole[name] for name in names if name in whole})


def _logging(frame: Frame) -> Value:
    """Levels are for JSON alone: those that merely stood there do not stay when the format becomes text."""
    wanted = given(frame.want, ("LoggingConfig",))
    if not isinstance(wanted, Mapping) or wanted.get("LogFormat") == "JSON":
        return wanted
    stood = {name: get(frame.have, ("LoggingConfig", name)) for name in ("ApplicationLogLevel", "SystemLogLevel")}
    return Map({key: value for key, value in wanted.items() if stood.get(key, ABSENT) != value})


_CONFIGURED: dict[str, Term] = {
    **same("DeadLetterConfig", "Description", "Environment", "EphemeralStorage", "FileSystemConfigs", "Handler",
           "ImageConfig", "Layers", "MemorySize", "Role", "Runtime", "SnapStart", "Timeout", "TracingConfig", "VpcConfig"),
    "KMSKeyArn": "KmsKeyArn",
    "LoggingConfig": _logging,
}  # fmt: skip
_PROPERTIES = tuple("KmsKeyArn" if name == "KMSKeyArn" else name for name in _CONFIGURED)


def _reserved(frame: Frame) -> bool:
    return given(frame.want, ("ReservedConcurrentExecutions",)) is not ABSENT


def _state(found: Map) -> Value:
    """Created and changed: two states, and a call is refused while either is under way."""
    changing = found.get("LastUpdateStatus")
    return changing if changing in ("InProgress", "Failed") else found.get("State")


def _why(found: Map) -> Value:
    return found.get("LastUpdateStatusReason") or found.get("StateReason") or ""


def _of_name(found: Map, place: Place) -> Mapping[str, Value]:
    return {"Arn": f"{arn_of(place, 'lambda')}:function:{found['FunctionName']}"} if place.account else {}


_SELF: dict[str, Term] = {"FunctionName": ident("FunctionName")}

FUNCTION = Table(
    "AWS::Lambda::Function",
    create=Call(
        "CreateFunction",
        {
            "FunctionName": own_name("FunctionName"),
            **_code("Code."),
            **_CONFIGURED,
            **same("Architectures", "PackageType"),
            **tagging.in_create("Tags", tagging.as_map),
        },
        sets=("FunctionName", "Architectures", "PackageType", *_CODE_PATHS, *_PROPERTIES),
    ),
    updates=(
        Call("UpdateFunctionConfiguration", _SELF | _CONFIGURED, sets=_PROPERTIES),
        Call(
            "UpdateFunctionCode",
            _SELF | _code() | same("Architectures"),
            sets=(*_CODE_PATHS, "Architectures"),
        ),
        Call(
            "PutFunctionConcurrency",
            _SELF | same("ReservedConcurrentExecutions"),
            sets=("ReservedConcurrentExecutions",),
            when=_reserved,
        ),
        Call(
            "DeleteFunctionConcurrency",
            _SELF,
            sets=("ReservedConcurrentExecutions",),
            when=lambda frame: not _reserved(frame),
        ),
    ),
    tags=tagging.calls(
        {"Resource": arn("lambda", const("function:"), ident("FunctionName"))},
        "TagResource:Tags",
        "UntagResource:TagKeys",
        tagging.as_map,
    ),
    delete=Call("DeleteFunction", _SELF),
    settles=Wait("GetFunctionConfiguration", _SELF, _state, ("Active", "Inactive"), ("Failed",), _why, every=2.0),
    bulk=Bulk("ListFunctions", "Functions", limit=("MaxItems", 50), token=("Marker", "NextMarker")),
    get=Get("GetFunction", _SELF),
    by_arn=ByArn("lambda:function", name_of_arn),
    named={"FunctionName": own_name("FunctionName")},
    body={
        **{
            name: _said(name)
            for name in (
                "FunctionName",
                "Architectures",
                "EphemeralStorage",
                "LoggingConfig",
                "MemorySize",
                "PackageType",
                "Role",
                "Timeout",
                "TracingConfig",
            )
        },
        **{name: _said(filled(name)) for name in ("Description", "FileSystemConfigs", "Handler", "Runtime")},
        "Arn": function_arn,
        "DeadLetterConfig": _part("DeadLetterConfig", "TargetArn"),
        "Environment": _part("Environment", "Variables"),
        "ImageConfig": _part("ImageConfigResponse.ImageConfig", "Command", "EntryPoint", "WorkingDirectory"),
        "KmsKeyArn": _said(filled("KMSKeyArn")),
        "Layers": _said(column("Layers", "Arn")),
        "ReservedConcurrentExecutions": "Concurrency.ReservedConcurrentExecutions",
        "SnapStart": _part("SnapStart", "ApplyOn"),
        "SnapStartResponse": _said("SnapStart"),
        "Tags": "Tags",
        "VpcConfig": _network,
    },
    derive=_of_name,
    defaults={
        "Architectures": ("x86_64",),
        "DeadLetterConfig.TargetArn": "",
        "Description": "",
        "Environment.Variables": EMPTY,
        "EphemeralStorage.Size": 512,
        "FileSystemConfigs": (),
        "ImageConfig.Command": (),
        "ImageConfig.EntryPoint": (),
        "ImageConfig.WorkingDirectory": "",
        "KmsKeyArn": "",
        "Layers": (),
        "LoggingConfig.LogFormat": "Text",
        "MemorySize": 128,
        "PackageType": "Zip",
        "ReservedConcurrentExecutions": None,
        "SnapStart.ApplyOn": "None",
        "Timeout": 3,
        "TracingConfig.Mode": "PassThrough",
        "VpcConfig.Ipv6AllowedForDualStack": False,
        "VpcConfig.SecurityGroupIds": (),
        "VpcConfig.SubnetIds": (),
    },
    equalities=(
        Equality(("Environment", "Variables"), Sameness.WHOLE),
        Equality(("VpcConfig", "SecurityGroupIds"), Sameness.UNORDERED),
        Equality(("VpcConfig", "SubnetIds"), Sameness.UNORDERED),
    ),
    faults=NOT_YET,
    natural_key=(("FunctionName",),),
    any_of=(("Handler", "PackageType"), ("Runtime", "PackageType")),
    widened={"Code": {"examples": (Map(S3Bucket="bucket", S3Key="code.zip"),)}},
    refuses=(_no_source, _image_or_zip),
)

TABLES = (FUNCTION,)
