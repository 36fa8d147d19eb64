"""What is known of the stack's objects while a run goes on: identities and attributes, filled in as steps finish."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace

from provisioner.model.place import Place
from provisioner.model.plan import Plan
from provisioner.model.resource import Resource
from provisioner.model.value import ABSENT, EMPTY, Map, NotTextError, Reference, Value, get, is_known, substitute


class MissingAttributeError(LookupError):
    """An object exists, but this attribute of it was not returned so far: read it. ``complete``: it was read, in vain."""

    def __init__(self, reference: Reference, complete: bool) -> None:
        super().__init__(str(reference))
        self.reference = reference
        self.complete = complete


@dataclass(frozen=True, slots=True)
class LiveObject:
    """One existing object. complete: its body was read after the last change."""

    identity: str
    type: str
    place: Place
    body: Map = EMPTY
    complete: bool = False


@dataclass
class Live:
    """Objects by address."""

    objects: dict[str, LiveObject] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> Live:
        """What the plan itself knows: objects that its steps refer to but leave alone, and those that it changes."""
        live = cls()
        for change in plan.changes:
            if change.have is not None and change.want is not None:
                have = change.have
                live.objects[change.address] = LiveObject(have.identity, have.type, have.place, have.body)
        for known in plan.knowns:
            old = live.objects.get(known.address)
            if old:
                live.objects[known.address] = replace(old, body=known.body)
        return live

    def lookup(self, reference: Reference) -> Value:
        """The value of a reference; ``MissingAttributeError`` where it is not known, ABSENT where there is no object."""
        found = self.objects.get(reference.address)
        if found is None:
            return ABSENT
        value = get(found.body, reference.path) if reference.path else found.identity
        if value is ABSENT:
            raise MissingAttributeError(reference, found.complete)
        return value

    def resolve(self, want: Resource) -> Resource:
        """The resource with every reference replaced. ``MissingAttributeError`` as above."""
        return replace(want, body=substitute(want.body, self.lookup), within=substitute(want.within, self.lookup))

    def outputs(self, outputs: Map) -> Map:
        """Outputs as far as they are known; what is not stays out."""

        def known(reference: Reference) -> Value:
            try:
                return self.lookup(reference)
            except MissingAttributeError:
                return ABSENT

        found = {}
        for name, value in outputs.items():
            with suppress(NotTextError):  # the planner says so where it can
                found[name] = substitute(value, known)
        return Map({name: value for name, value in found.items() if is_known(value)})
