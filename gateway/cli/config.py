"""``bawaba config``: what the settings are, and whether the whole house fits them."""

import json
from collections.abc import Iterator
from typing import Any

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.cli import ConfigOption, config_verbs, settings_of
from gateway.settings import ProviderWiring, RoomWiring, Settings

HIDDEN = "(set)"


@config_verbs.command()
def show(config: ConfigOption = None) -> None:
    """Print every setting in force, secrets hidden."""
    document = settings_of(config).model_dump(mode="json")
    typer.echo(json.dumps(_hide(document), indent=2, ensure_ascii=False))


@config_verbs.command()
def check(config: ConfigOption = None) -> None:
    """Read settings, keys, services, policy and every name plate, and build every room; nothing is served."""
    # Not above: the other verbs look at the settings alone, and the whole house takes a second to load.
    from gateway.app import rehearse

    rooms = rehearse(settings_of(config))
    typer.echo(f"Everything fits: {len(rooms)} rooms ({', '.join(rooms)}).")


@config_verbs.command()
def reference() -> None:
    """Print every setting with its default and its sentence, as docs/settings.md has it."""
    typer.echo("\n".join(settings_page()))


def settings_page() -> Iterator[str]:
    """The lines of ``docs/settings.md``: a table a section, from the settings themselves."""
    yield from _PREFACE
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            words = (section.__doc__ or "").strip()
            yield from ("", f"## `[{name}]`", "", words, "", "| setting | default | what it says |", "|---|---|---|")
            yield from _rows(name, section)
    for name, model in (("providers.<id>", ProviderWiring), ("rooms.<name>", RoomWiring)):
        yield from ("", f"## `[{name}]`", "", (model.__doc__ or "").strip(), "")
        yield from ("| setting | what it says |", "|---|---|")
        yield from (f"| `{key}` | {each.description} |" for key, each in model.model_fields.items())


_PREFACE = (
    "# Settings",
    "",
    "The file is named by `--config`, else by `BAWABA_CONFIG`, else it is `config/gateway.toml` if that is there. An",
    "environment variable goes before the file: `server.port` is `BAWABA_SERVER__PORT`. A key or variable that is not",
    "on this page is refused by name. `bawaba config show` prints what is in force, `bawaba config check` tries it.",
    "",
    "`mode` is `demo` or `production`; in `production` keys that were made for the demo are refused, and so are",
    "`server.public_url` and `tokens.issuer` without https.",
)


def _rows(name: str, section: type[BaseModel]) -> Iterator[str]:
    """A row a setting; those of a part of the section bear its name."""
    for key, field in section.model_fields.items():
        part = field.annotation
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield from _rows(f"{name}.{key}", part)
        else:
            yield _row(name, key, field)


def _row(section: str, key: str, field: FieldInfo) -> str:
    return f"| `{section}.{key}` | `{field.default}` | {field.description} |"


def _hide(document: dict[str, Any]) -> dict[str, Any]:
    for wired in (*document["rooms"].values(), *document["providers"].values(), document["operators"]):
        for kind in wired.keys() & {"secrets", "sandbox"}:
            wired[kind] = dict.fromkeys(wired[kind], HIDDEN)
    for channel in ("email", "sms", "whatsapp"):
        part = document["notices"][channel]
        if part.get("password"):
            part["password"] = HIDDEN
        for kind in part.keys() & {"headers", "body"}:
            part[kind] = dict.fromkeys(part[kind], HIDDEN)
    for key in ("url", "valkey_url"):
        scheme, _, rest = document["storage"][key].partition("://")
        if "@" in rest:
            document["storage"][key] = f"{scheme}://{HIDDEN}@{rest.rpartition('@')[2]}"
    return document
