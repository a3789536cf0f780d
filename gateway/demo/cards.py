"""The card door of the demo, and the cards: files that a browser imports, for those who want to use one."""

from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, cast

from gateway.sandbox.identity import build_stand_in
from gateway.sandbox.providers.card_authority import CardAuthority, Issuer
from gateway.sandbox.providers.card_reader import CardReader
from gateway.sandbox.providers.certificates import certificate_pem, key_pem
from gateway.schema.country import Country

PASSWORD = "demo"  # noqa: S105 of files whose keys are invented; browsers import none without
Write = Callable[[Path, bytes], None]


def prepare_cards(
    folder: Path, port: int, providers: MutableMapping[str, dict[str, str]], write: Write
) -> Mapping[str, Any]:
    """The settings of the door; writes its certificate, and a card for each persona and provider, where missing.

    ``providers`` are the secrets of the stand-ins: those with a reader are told where the door is.
    """
    readers = [name for name, secrets in providers.items() if "stand_in_root_om" in secrets]
    if not readers:
        return {}
    authority = CardAuthority(Country.OM, providers[readers[0]])
    certificate, key = folder / "keys" / "card-door.pem", folder / "keys" / "card-door.key"
    if not certificate.exists():
        _write_door(authority, certificate, key, write)
    for name in readers:
        providers[name] |= {
            "stand_in_door": f"https://127.0.0.1:{port}",
            "stand_in_door_authorities": certificate_pem(authority.root.certificate),
        }
        _write_cards(folder / "cards", name, providers[name], write)
    return {"card_port": port, "card_certificate_file": str(certificate), "card_key_file": str(key)}


def _write_door(authority: CardAuthority, certificate: Path, key: Path, write: Write) -> None:
    door: Issuer = authority.server("127.0.0.1")
    write(key, key_pem(door.key).encode())
    write(certificate, "".join(map(certificate_pem, (door.certificate, authority.issuing.certificate))).encode())


def _write_cards(folder: Path, provider: str, secrets: Mapping[str, str], write: Write) -> None:
    reader = cast(CardReader, build_stand_in(provider, secrets))
    folder.mkdir(exist_ok=True)
    for persona in reader.holders():
        file = folder / f"{provider}-{persona}.p12"
        if not file.exists():
            write(file, reader.card(persona).pkcs12(f"{provider} {persona}", PASSWORD))
