"""An adapter's folder as what is registered at a gateway: one JSON document."""

from collections.abc import Mapping

from gateway.errors import ConfigurationError
from gateway.kit.folder import Folder
from gateway.registry.manifest import Environment, Manifest
from gateway.registry.service import Service
from gateway.registry.submission import Submission


def pack(
    folder: Folder, services: Mapping[str, Service], agency: str, sandbox: str, live: str | None = None
) -> Submission:
    """The submission: all endpoints of the name plate are at ``sandbox``, and at ``live`` where that is told.

    Raises ``ConfigurationError`` for a folder that does not pass as a draft, or whose adapter is code.
    """
    plate = folder.plate
    if plate is None or folder.findings:
        raise ConfigurationError(field=str(folder.path), problem="has findings; run bawaba adapter check first")
    if plate.kind == "room":
        raise ConfigurationError(field="kind", problem="is room, which is code: run it with bawaba adapter serve")
    addresses: dict[Environment, dict[str, str]] = {"sandbox": dict.fromkeys(plate.endpoints, sandbox)}
    if live:
        addresses["live"] = dict.fromkeys(plate.endpoints, live)
    registered = plate.model_copy(update={"agency": agency, "addresses": addresses})
    cases: dict[str, list[dict[str, object]]] = {}
    for case in folder.cases:
        cases.setdefault(case.service, []).append(case.said.model_dump(mode="json", exclude_unset=True))
    defined = sorted(path.stem for path in folder.path.glob("services/*.toml"))
    return Submission(
        plate=Manifest.model_validate_json(registered.model_dump_json()),
        definitions=tuple(services[name] for name in defined),
        cases={service: tuple(each) for service, each in cases.items()},
    )
