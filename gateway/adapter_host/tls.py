"""Mutual TLS: each side shows a certificate and takes only those of the other's authority."""

import ssl
from pathlib import Path

from gateway.errors import ConfigurationError

SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2, those that keep what was said secret when a key is stolen later; libraries offer others too."""


def client_tls(certificate: Path, key: Path, authority: str | None, *, field: str = "registry") -> ssl.SSLContext:
    """How the gateway speaks to one agency's hosts: by its own certificate, and to those of ``authority`` alone.

    ``authority`` is the agency's, in PEM; ``None`` means the system's authorities. Raises ``ConfigurationError``
    naming ``FIELD.host_certificate_file``, or ``authority`` where that is of no use.
    """
    if authority == "":
        # The library would take the system's authorities in its place.
        raise ConfigurationError(field="authority", problem="is empty")
    try:
        context = ssl.create_default_context(cadata=authority)
    except (ssl.SSLError, ValueError) as problem:
        raise ConfigurationError(field="authority", problem="is no certificate in PEM") from problem
    _show(context, certificate, key, f"{field}.host_certificate_file")
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(SUITES)
    return context


def check_shown(certificate: Path, key: Path, *, field: str = "registry") -> None:
    """That the gateway can show them; raises ``ConfigurationError`` naming ``FIELD.host_certificate_file``."""
    _show(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), certificate, key, f"{field}.host_certificate_file")


def server_tls(certificate: Path, key: Path, authorities: Path) -> ssl.SSLContext:
    """How a host is spoken to: by whoever shows a certificate of one of ``authorities``, and by nobody else.

    Raises ``ConfigurationError`` naming the setting.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(SUITES)
    _show(context, certificate, key, "tls.certificate_file")
    try:
        context.load_verify_locations(authorities)
    except (OSError, ssl.SSLError) as problem:
        said = f"{authorities} holds no certificates in PEM that can be read"
        raise ConfigurationError(field="tls.client_authorities_file", problem=said) from problem
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _show(context: ssl.SSLContext, certificate: Path, key: Path, field: str) -> None:
    try:
        # A key that asks for a pass phrase would ask whoever sits at the terminal.
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except (OSError, ssl.SSLError, ValueError) as problem:
        said = f"{certificate} and {key} must be a certificate and its unencrypted key, in PEM"
        raise ConfigurationError(field=field, problem=said) from problem
