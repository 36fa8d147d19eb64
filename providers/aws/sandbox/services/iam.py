"""IAM where moto is not it (IAM API reference): what keeps a user, group or policy from being deleted, a user's boundary, an
OIDC provider's clients. Knows nothing of other services."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from providers.aws.sandbox.call import Call
from providers.aws.sandbox.corrections import Handler, Work
from providers.aws.sandbox.errors import RefusedError
from providers.kit.server import Response

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


def _done(call: Call) -> Response:
    """The answer of an operation that has nothing to say."""
    name = f"{call.operation}Response"
    meta = f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
    return Response(
        200, f'<{name} xmlns="{_NAMESPACE}">{meta}</{name}>'.encode(), {"Content-Type": "text/xml;charset=UTF-8"}
    )


def _model(work: Work) -> Any:
    return work.model("iam")


def _missing(what: str) -> RefusedError:
    return RefusedError("NoSuchEntity", f"{what} cannot be found.", 404)


def _held(what: str) -> RefusedError:
    return RefusedError("DeleteConflict", f"Cannot delete entity, must {what} first.", 409)


# --- users and groups ---------------------------------------------------------------------------------------------------


def _user(call: Call, work: Work) -> Any:
    name = call.form().get("UserName", "")
    found = _model(work).users.get(name)
    if found is None:
        raise _missing(f"The user with name {name}")
    return found


def _create_user(call: Call, work: Work) -> Response:
    response = work()
    if response.status < 400 and (arn := call.form().get("PermissionsBoundary")):
        _bound(_user(call, work), arn)
    return response


def _bound(user: Any, arn: str) -> None:
    user.permissions_boundary = {
        "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
        "PermissionsBoundaryArn": arn,
    }


def _update_user(call: Call, work: Work) -> Response:
    """moto keeps tags by the ARN, which changes with the path."""
    user, tagger = _user(call, work), _model(work).tagger
    before = user.arn
    tags = tagger.get_tag_dict_for_resource(before)
    response = work()
    if response.status < 400 and user.arn != before:
        tagger.delete_all_tags_for_resource(before)
        tagger.tag_resource(user.arn, tagger.convert_dict_to_tags_input(tags))
    return response


def _put_boundary(call: Call, work: Work) -> Response:
    _bound(_user(call, work), call.form()["PermissionsBoundary"])
    return _done(call)


def _delete_boundary(call: Call, work: Work) -> Response:
    user = _user(call, work)
    if not getattr(user, "permissions_boundary", None):
        raise _missing(f"A permissions boundary of the user {user.name}")
    user.permissions_boundary = None
    return _done(call)


def _delete_user(call: Call, work: Work) -> Response:
    user, model = _user(call, work), _model(work)
    if any(user in group.users for group in model.groups.values()):
        raise _held("remove users from group")
    if user.password:
        raise _held("delete login profile")
    if user.access_keys:
        raise _held("delete access keys")
    return work()


def _group(call: Call, work: Work) -> Any:
    name = call.form().get("GroupName", "")
    found = _model(work).groups.get(name)
    if found is None:
        raise _missing(f"The group with name {name}")
    return found


def _update_group(call: Call, work: Work) -> Response:
    """moto sets a path only beside a new name."""
    form = call.form()
    if "NewGroupName" in form:
        return work()
    _group(call, work).path = form["NewPath"]
    return _done(call)


def _delete_group(call: Call, work: Work) -> Response:
    group = _group(call, work)
    for held, what in (
        (group.users, "remove users from group"),
        (group.managed_policies, "detach all policies"),
        (group.policies, "delete policies"),
    ):
        if held:
            raise _held(what)
    return work()


# --- policies and providers ---------------------------------------------------------------------------------------------


def _delete_policy(call: Call, work: Work) -> Response:
    model, arn = _model(work), call.form()["PolicyArn"]
    policy = model.managed_policies.get(arn)
    if policy and len(policy.versions) > 1:
        raise RefusedError("DeleteConflict", "This policy has more than one version. Delete the other versions.", 409)
    holders = (*model.roles.values(), *model.users.values(), *model.groups.values())
    if any(arn in holder.managed_policies for holder in holders):
        raise RefusedError("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    return work()


def _clients(change: Callable[[list[str], str], None]) -> Handler:
    """Adding and removing client ids: both succeed where it is so already."""

    def handler(call: Call, work: Work) -> Response:
        form = call.form()
        provider = _model(work).open_id_providers.get(form["OpenIDConnectProviderArn"])
        if provider is None:
            raise _missing("The OpenIDConnect provider")
        change(provider.client_id_list, form["ClientID"])
        return _done(call)

    return handler


def _add(clients: list[str], one: str) -> None:
    if one not in clients:
        clients.append(one)


def _remove(clients: list[str], one: str) -> None:
    if one in clients:
        clients.remove(one)


HANDLERS: Mapping[str, Handler] = {
    "AddClientIDToOpenIDConnectProvider": _clients(_add),
    "CreateUser": _create_user,
    "DeleteGroup": _delete_group,
    "DeletePolicy": _delete_policy,
    "DeleteUser": _delete_user,
    "DeleteUserPermissionsBoundary": _delete_boundary,
    "PutUserPermissionsBoundary": _put_boundary,
    "RemoveClientIDFromOpenIDConnectProvider": _clients(_remove),
    "UpdateGroup": _update_group,
    "UpdateUser": _update_user,
}
