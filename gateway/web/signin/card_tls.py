"""TLS that asks the other side for a certificate and lets any come in, or none, to be judged and answered in words.

Python's own ``ssl`` ends the handshake of a card that is expired, unknown or for another purpose, and the person
sees an error of the browser instead of a page; nor can it name to the browser the authorities whose cards are
wanted, or hand over more than the first certificate. OpenSSL can, through pyOpenSSL. That the other side holds the
key of the certificate is proved by the handshake whatever is made of the certificate afterwards.
"""

import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from gateway.errors import ConfigurationError
from gateway.web.signin.shown import ShownCertificates

PIECE = 65_536
MOST_CERTIFICATES = 5
LARGEST_CERTIFICATE = 16_384
ResultT = TypeVar("ResultT")


class CardTls(ssl.SSLContext):
    """The context of a listener at which people show their cards, or programs their certificates.

    ``authorities`` are named to the other side as those whose certificates are wanted; without any, all are.
    """

    def __new__(
        cls,
        certificate: Path,
        key: Path,
        authorities: Sequence[x509.Certificate],
        setting: str = "server.card_certificate_file",
    ) -> "CardTls":
        return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

    def __init__(
        self,
        certificate: Path,
        key: Path,
        authorities: Sequence[x509.Certificate],
        setting: str = "server.card_certificate_file",
    ) -> None:
        """Raises ``ConfigurationError`` naming ``setting`` when the listener's certificate or key cannot be used."""
        self._context = context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        # The library's own list holds suites whose past is read by whoever gets the key one day.
        context.set_cipher_list(b"ECDHE+AESGCM:ECDHE+CHACHA20")
        # No session is ever taken up again: each connection proves its card anew.
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION)
        try:
            context.use_certificate_chain_file(str(certificate))
            context.use_privatekey_file(str(key))
            context.check_privatekey()
        except SSL.Error as problem:
            raise ConfigurationError(field=setting, problem="certificate and key cannot be used together") from problem
        for authority in authorities:
            context.add_client_ca(authority)
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *_: Any, **__: Any) -> Any:
        """One connection, between the bytes that come and the bytes that go; always the server's side."""
        return CardConnection(self._context, incoming, outgoing)


class CardConnection(ShownCertificates):
    """One connection as event loops drive it: what they call of ``ssl.SSLObject``, done by OpenSSL."""

    def __init__(self, context: SSL.Context, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._tls = SSL.Connection(context, None)
        self._tls.set_accept_state()
        self._unread = False

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """What the other side sent, in DER, its own first; empty when it sent none. Nothing of it is verified."""
        own = self._tls.get_peer_certificate(as_cryptography=True)
        if own is None:
            return ()
        # On a server's side OpenSSL keeps the others apart from the first.
        others = self._tls.get_peer_cert_chain(as_cryptography=True) or []
        found = [each.public_bytes(Encoding.DER) for each in (own, *others)[:MOST_CERTIFICATES]]
        return tuple(found) if all(len(each) <= LARGEST_CERTIFICATE for each in found) else ()

    def do_handshake(self) -> None:
        self._receive()
        self._run(self._tls.do_handshake)

    def read(self, size: int, buffer: Any = None) -> Any:
        """As ``SSLObject.read``: the bytes, or their number once in ``buffer``; nothing when the other side ended."""
        self._receive()
        try:
            if buffer is None:
                return self._run(lambda: self._tls.recv(size))
            return self._run(lambda: self._tls.recv_into(buffer, size))
        except ssl.SSLZeroReturnError:
            return b"" if buffer is None else 0

    def write(self, data: Any) -> int:
        return self._run(lambda: self._tls.send(bytes(data)))

    def unwrap(self) -> None:
        """Says that nothing more will come; an answer to that is not waited for."""
        with suppress(ssl.SSLError):
            self._run(self._tls.shutdown)

    def pending(self) -> int:
        """How many bytes can be read at least; loops do not read where there are none."""
        return max(self._tls.pending(), int(self._unread))

    def getpeercert(self) -> None:
        """Nothing: a certificate in the form of ``ssl`` would be one that was verified."""

    def cipher(self) -> tuple[str | None, str | None, int | None]:
        return self._tls.get_cipher_name(), self._tls.get_cipher_version(), self._tls.get_cipher_bits()

    def compression(self) -> None:
        """There is none."""

    def _receive(self) -> None:
        if received := self._incoming.read():
            self._tls.bio_write(received)
            self._unread = True

    def _run(self, step: Callable[[], ResultT]) -> ResultT:
        """Does one step, hands out what it has to send, and tells its failure in the words of ``ssl``."""
        try:
            return step()
        except SSL.WantReadError as problem:
            self._unread = False
            raise ssl.SSLWantReadError from problem
        except SSL.ZeroReturnError as problem:
            raise ssl.SSLZeroReturnError from problem
        except SSL.Error as problem:
            raise ssl.SSLError(ssl.SSL_ERROR_SSL, "the other side broke the connection's rules") from problem
        finally:
            self._send()

    def _send(self) -> None:
        # Until it says that there is no more.
        with suppress(SSL.WantReadError):
            while True:
                self._outgoing.write(self._tls.bio_read(PIECE))
