"""Every TLS of ours offers suites that keep what was said secret for ever, and prove that nobody changed it."""

import re
import ssl
from pathlib import Path

from OpenSSL import SSL

from gateway.adapter_host.tls import server_tls
from gateway.sandbox.providers.certificates import certificate_pem, key_pem
from gateway.web.signin.card_tls import CardTls
from tests.support.cards import stranger
from tests.support.hosts import Sides

GOOD = re.compile(r"TLS_(AES|CHACHA20)|(ECDHE|DHE)-.*(GCM|CHACHA20|SHA256|SHA384)")
BROKEN = re.compile(r"NULL|EXPORT|RC4|DES|MD5|ADH|AECDH|PSK|SRP|ANON", re.IGNORECASE)


def card_door(folder: Path) -> CardTls:
    own = stranger().server("127.0.0.1")
    (folder / "door.pem").write_text(certificate_pem(own.certificate), "ascii")
    (folder / "door.key").write_text(key_pem(own.key), "ascii")
    return CardTls(folder / "door.pem", folder / "door.key", ())


def test_every_suite_keeps_the_past_secret_and_is_authenticated(tmp_path: Path) -> None:
    sides = Sides(tmp_path)
    served = server_tls(sides.file("host.pem"), sides.file("host.key"), sides.file("programme.pem"))
    offered = {
        "to hosts": [each["name"] for each in sides.tls().get_ciphers()],
        "by hosts": [each["name"] for each in served.get_ciphers()],
        "to systems": [each["name"] for each in ssl.create_default_context().get_ciphers()],
        "by the doors for certificates": SSL.Connection(card_door(tmp_path)._context).get_cipher_list(),
    }

    for where, names in offered.items():
        assert names[0].startswith("TLS_"), where
        assert [name for name in names if BROKEN.search(name)] == [], where
        assert [name for name in names if not GOOD.match(name)] == [], where
