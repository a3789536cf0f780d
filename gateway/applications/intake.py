"""What an applicant brings, checked: the inputs, the right to apply, what was asked for."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from gateway.applications.kept import Application, Particulars, Supplied
from gateway.applications.life import possible_actions
from gateway.applications.view import ActionRequest, NewApplication
from gateway.errors import Conflict, InvalidInput
from gateway.identity.principal import Principal
from gateway.identity.snapshot import Snapshot
from gateway.policy.permit import Policy, own_identifier
from gateway.registry.inputs import fold_text, pointer_to
from gateway.registry.service import Service
from gateway.registry.services import Services

LONGEST_TEXT = 2000
"""Characters of one text that a state asked for."""


def check_application(
    services: Services, policy: Policy, principal: Principal, new: NewApplication, today: date
) -> tuple[Service, Particulars]:
    """The service and what is applied for, checked and folded; errors as of a lookup."""
    service = services.find(new.service, "procedure")
    purpose = policy.admit(principal, service.id, new.purpose, "applications")
    inputs = service.check_inputs(new.inputs)
    identifier = own_identifier(principal, inputs.pop("identifier", None), today)
    applicant = Snapshot.of(principal)
    return service, Particulars(
        applicant=applicant, inputs=inputs, identifier=identifier, purpose=purpose, language=new.language
    )


def check_action(
    application: Application, request: ActionRequest, waiting: set[str], attached: set[str], service: Service
) -> Supplied:
    """What the action carries, checked against how the application stands.

    Raises ``Conflict`` when the action is not possible now, and ``InvalidInput`` naming what is missing or unknown.
    ``attached`` are the attachments that have arrived.
    """
    if request.kind not in possible_actions(application.status, waiting):
        raise Conflict("action_not_possible", field="/kind", action=request.kind)
    if request.kind == "submit":
        check_attachments(service, attached)
    if request.kind != "supply":
        if request.values:
            raise InvalidInput("field_unknown", field=pointer_to("/values", next(iter(request.values))))
        return Supplied()
    return _check_supply(application, request.values, attached)


def check_attachments(service: Service, attached: set[str]) -> None:
    """Raises ``InvalidInput`` naming the first required attachment that has not arrived."""
    for rule in service.attachments:
        if rule.required and rule.name not in attached:
            raise InvalidInput("attachment_missing", field=pointer_to("/attachments", rule.name))


def _check_supply(application: Application, values: Mapping[str, str], attached: set[str]) -> Supplied:
    progress = application.standing.progress
    wanted = progress.wanted if progress else ()
    texts = {each.name for each in wanted if each.kind == "text"}
    for unknown in values.keys() - texts:
        raise InvalidInput("field_unknown", field=pointer_to("/values", unknown))
    given = {name: _text(value, pointer_to("/values", name)) for name, value in values.items()}
    for each in wanted:
        if each.kind == "text" and not given.get(each.name):
            raise InvalidInput("field_missing", field=pointer_to("/values", each.name))
        if each.kind == "document" and each.name not in attached:
            raise InvalidInput("attachment_missing", field=pointer_to("/attachments", each.name))
    return Supplied(values=given)


def _text(value: Any, at: str) -> str:
    folded = fold_text(value, at)
    if len(folded) > LONGEST_TEXT:
        raise InvalidInput("field_too_long", field=at)
    return folded
