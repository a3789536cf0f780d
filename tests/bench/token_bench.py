"""How many tokens a second one core mints and verifies: `python -m tests.bench.token_bench`."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.identity.keys import Algorithm, KeyRing, SigningKey
from gateway.identity.strict import TokenError
from tests.support.openid_keys import make_key
from tests.support.proofs import Holder, NoMemory, proofs
from tests.unit.identity.examples import AUDIENCE, ISSUER, Office

URL = "https://gateway.example/v1/lookups/traffic-fines"
ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "EdDSA")
SECONDS = 1.0
FRESH = 2_000


def main() -> None:
    """Prints the table, each figure the best of three runs."""
    print(f"{'':40}{'per second':>12}{'µs each':>10}")
    for alg in ALGORITHMS:
        office = Office(keys=KeyRing(SigningKey.generate(alg)))
        tokens = [office.token() for _ in range(FRESH)]
        show(f"{alg} minted", best(office.token))
        show(f"{alg} verified, new", best(new(office, tokens)))
        show(f"{alg} verified, remembered", best(remembered(office, tokens[0])))
        show(f"{alg} forged, refused", best(forged(office, tokens)))
        show(f"{alg} PyJWT alone, PEM each time", best(plain(office.key, tokens)))
        show(f"{alg} proof (DPoP) checked", best(proved(Holder(make_key(alg)), tokens[0])))


def new(office: Office, tokens: list[str]) -> Callable[[], object]:
    """Each token is met for the first time: the memory holds one, and the next pushes it out."""
    verifier, queue = office.verifier(remembered=1), iter(tokens * 1_000)
    return lambda: verifier.verify(next(queue))


def remembered(office: Office, token: str) -> Callable[[], object]:
    """The same token again."""
    verifier = office.verifier()
    return lambda: verifier.verify(token)


def forged(office: Office, tokens: list[str]) -> Callable[[], object]:
    """A wrong signature, up to the refusal, without its line in the log."""
    verifier = office.verifier()
    swapped = str.maketrans("AB", "BA")
    spoilt = iter([token[:-80] + token[-80:-2].translate(swapped) + token[-2:] for token in tokens] * 1_000)

    def refuse() -> None:
        with suppress(TokenError):
            verifier._examine(next(spoilt), office.clock.now)

    return refuse


def plain(key: SigningKey, tokens: list[str]) -> Callable[[], object]:
    """What a team would write first."""
    pem = key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    queue, options = iter(tokens * 1_000), {"verify_exp": False, "verify_nbf": False, "verify_iat": False}

    def decode() -> Any:
        token = next(queue)
        return jwt.decode(token, pem, algorithms=[key.alg], audience=AUDIENCE, issuer=ISSUER, options=options)  # type: ignore[arg-type]

    return decode


def proved(holder: Holder, token: str) -> Callable[[], object]:
    """The proof that goes with a bound token, but for remembering that it came."""
    proof = holder.proof("POST", URL, token)
    checking = proofs(seen=NoMemory())

    def check() -> None:
        # Nothing in it waits but the memory, so one step is the whole of it.
        with suppress(StopIteration):
            checking.check(proof, "POST", URL, token).send(None)

    return check


def best(action: Callable[[], object]) -> float:
    """Actions a second, the best of three runs."""
    return max(rate(action) for _ in range(3))


def rate(action: Callable[[], object]) -> float:
    """Actions a second over about one second of this core."""
    done, began = 0, time.process_time()
    while (spent := time.process_time() - began) < SECONDS:
        for _ in range(50):
            action()
        done += 50
    return done / spent


def show(name: str, per_second: float) -> None:
    """One line of the table."""
    print(f"{name:40}{per_second:>12,.0f}{1e6 / per_second:>10.1f}")


if __name__ == "__main__":
    main()
