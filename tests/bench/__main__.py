"""``make bench``: lookups on one core beside the peer, six states, sign-ins, submissions, and what else is below."""

import json
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from adapters.uae import sandbox_answers
from gateway.schema import Country
from gateway.sdk.sandbox import population
from tests.bench.catalogue import catalogue
from tests.bench.contestants import IDN, ready, serving, serving_peer, token
from tests.bench.fan_out import fan_out
from tests.bench.machine import back_end, load, middle
from tests.bench.outbox import outbox
from tests.bench.registry_size import registry_size
from tests.bench.sign_ins import sign_ins
from tests.bench.submissions import submissions
from tests.bench.tokens import tokens
from tests.bench.ways import ways

SECONDS, CONNECTIONS, ROUNDS = 6, 32, 3
BODY = json.dumps({"countries": ["AE"], "purpose": "self_service"})


def main() -> None:
    """Prints a table each, or those that are named; each figure of the first is the median of three runs in turn."""
    tables = {
        "lookups": one_state,
        "fan-out": fan_out,
        "sign-ins": sign_ins,
        "submissions": submissions,
        "outbox": outbox,
        "tokens": tokens,
        "catalogue": catalogue,
        "registry": registry_size,
        "ways": ways,
    }
    for table in sys.argv[1:] or tables:
        with tempfile.TemporaryDirectory() as name:
            tables[table](Path(name))


def one_state(folder: Path) -> None:
    """The same question by the direct way, through Bawaba and through the peer, turn by turn."""
    with ExitStack() as stack:
        bus = stack.enter_context(back_end(folder, answers()))
        config, settings = ready(folder)
        gateway = stack.enter_context(serving(folder, config, settings, bus))
        peer_of = serving_peer(folder, settings, "tests.bench.peer:app", {"PEER_BACKEND": bus, "PEER_IDN": IDN})
        peer_url, peer = stack.enter_context(peer_of)
        headers = {"Authorization": f"Bearer {token(settings)}", "Content-Type": "application/json"}
        ask = partial(load, seconds=SECONDS, connections=CONNECTIONS, folder=folder)
        path = "/v1/lookups/identity-verification"
        rounds = [
            (
                ask("direct, no gateway", f"{bus}/icp/v2/persons/{IDN}"),
                ask(
                    "Bawaba, whole",
                    settings.server.public_url + path,
                    headers=headers,
                    body=BODY,
                    measured=gateway,
                ),
                ask("FastAPI, httpx, PyJWT, pydantic", peer_url + path, headers=headers, body=BODY, measured=peer),
            )
            for _ in range(ROUNDS)
        ]
    rows = [middle(column) for column in zip(*rounds, strict=True)]
    print(f"\nOne state, one worker on one core, {CONNECTIONS} connections, {SECONDS} s, median of {ROUNDS}\n")
    print(f"{'':34}{'lookups/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>9}{'MB':>7}{'failed':>8}")
    for row in rows:
        print(
            f"{row.name:34}{row.rate:>11,.0f}{row.p50:>9.2f}{row.p99:>9.2f}{row.cpu:>9.0f}{row.memory:>7.0f}{row.failures:>8}"
        )
    print(f"\nBawaba is {rows[1].rate / rows[2].rate:.1f} times the peer, with every answer sealed.\n")


def answers() -> Mapping[str, str]:
    """What the national system of the Emirates says, fixed."""
    people = population(Country.AE)
    person = people.person(IDN)
    if person is None:
        raise LookupError(IDN)
    granted = {"access_token": "bench", "token_type": "Bearer", "expires_in": 3600}
    return {"/oauth/token": json.dumps(granted), f"/icp/v2/persons/{IDN}": json.dumps(sandbox_answers.person(person))}


if __name__ == "__main__":
    main()
