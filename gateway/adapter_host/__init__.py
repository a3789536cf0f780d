"""The adapter protocol: an adapter that runs beside its national system, and the gateway's side of it."""

from gateway.adapter_host.client import ENDPOINT, HostLookup, HostSystem, build
from gateway.adapter_host.keys import HeldSigner, Signer, load_signer
from gateway.adapter_host.tls import check_shown, client_tls

__all__ = [
    "ENDPOINT",
    "HeldSigner",
    "HostLookup",
    "HostSystem",
    "Signer",
    "build",
    "check_shown",
    "client_tls",
    "load_signer",
]
