"""The services that an adapter may give: those of a catalogue's folder, and those that it defines itself."""

from collections.abc import Mapping
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.registry.service import Service
from gateway.registry.services import Services
from gateway.toml_file import load_model

CHECKOUT = Path(__file__).resolve().parents[2]
"""Where the program lies with its catalogue and its example, when it runs from a checkout."""


def catalogue_folder(named: Path | None) -> Path | None:
    """The folder of services: the one that is named, else that of the working directory or of the checkout."""
    if named is not None:
        return named
    return next((each for each in (Path("config/services"), CHECKOUT / "config/services") if each.is_dir()), None)


def known_services(folder: Path | None, adapter: Path | None = None) -> Mapping[str, Service]:
    """Every service by its id; those in ``services/`` of the adapter's folder beside the catalogue's.

    Raises ``ConfigurationError`` naming file and key, also where an adapter defines what the catalogue has.
    """
    known = {service.id: service for service in Services.load(folder)} if folder else {}
    for path in sorted((adapter / "services").glob("*.toml")) if adapter else ():
        service = load_model(path, Service)
        if service.id in known:
            raise ConfigurationError(field=f"{path}: id", problem="is a service that the catalogue has already")
        known[service.id] = service
    return known
