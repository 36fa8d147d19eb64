"""Where moto's Step Functions differs: another state machine under a name is refused, and tags go with theirs. Sends nothing."""

from __future__ import annotations

from providers.aws.sandbox.call import Call
from providers.aws.sandbox.corrections import Handler, Work
from providers.aws.sandbox.errors import RefusedError
from providers.kit.server import Response


def _create(call: Call, work: Work) -> Response:
    """The same once more is answered as the first time; roles and tags do not count."""
    asked = call.parameters()
    machine = next((each for each in work.model("stepfunctions").state_machines if each.name == asked["name"]), None)
    if machine is not None and (machine.definition, machine.type) != (
        asked["definition"],
        asked.get("type", "STANDARD"),
    ):
        raise RefusedError("StateMachineAlreadyExists", f"State Machine Already Exists: '{machine.arn}'")
    return work()


def _delete(call: Call, work: Work) -> Response:
    arn = call.parameters()["stateMachineArn"]
    work.model("stepfunctions").tagger.delete_all_tags_for_resource(arn)
    return work()


HANDLERS: dict[str, Handler] = {"CreateStateMachine": _create, "DeleteStateMachine": _delete}
