"""A proof of another key, request, moment or token, or one that came before, proves nothing: attacks T25 and T10."""

from collections.abc import Awaitable
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.errors import OAuthError
from gateway.identity.providers.oidc.jwk import VerifyingKey, read_jwk
from gateway.oauth.confirmation import Confirmation
from gateway.oauth.dpop import DpopProofs
from gateway.oauth.nonces import Nonces
from tests.support.openid_keys import make_key, small_rsa_key
from tests.support.proofs import FINDER, URL, Holder, Memory, NoMemory, proofs, proofs_without
from tests.unit.identity.examples import NOON, Clock

TOKEN = "e30.e30.e30"


async def believed(checking: DpopProofs, proof: str, method: str = "POST", url: str = URL, **more: Any) -> str:
    """The thumbprint of the key that a proof proves, which must be believed."""
    found = await checking.check(proof, method, url, more.pop("token", None), **more)
    assert found.kind == "jkt"
    return found.value


async def refused(checking: Awaitable[object], reason: str, code: str = "invalid_dpop_proof") -> OAuthError:
    """The refusal that ``checking`` must end in, with exactly one line in the log, which gives the reason."""
    with capture_logs() as lines, pytest.raises(OAuthError) as caught:
        await checking
    assert [(line["event"], line["reason"]) for line in lines] == [("proof.refused", reason)]
    assert lines[0].keys() == {"event", "log_level", "reason"}
    assert (caught.value.code, caught.value.status) == (code, 400)
    return caught.value


@pytest.mark.parametrize("alg", ["ES256", "PS256", "EdDSA"])
async def test_a_good_proof_tells_whose_key_it_is(alg: str) -> None:
    holder = Holder(make_key(alg))

    assert await believed(proofs(), holder.proof(token=TOKEN), token=TOKEN) == holder.jkt


async def test_the_newer_name_of_an_algorithm_is_known() -> None:
    """RFC 9864 calls by its curve what RFC 8037 called EdDSA."""
    holder = Holder(make_key("EdDSA"))

    assert await believed(proofs(), holder.proof(header=holder.header(alg="Ed25519")))


@pytest.mark.parametrize(
    "typ", [..., None, "", "JWT", "at+jwt", "logout+jwt", "DPoP+JWT", "application/dpop+jwt", 1, []]
)
async def test_a_token_of_another_kind_is_no_proof(typ: object) -> None:
    """T10: what was signed to say something else must not be read as a proof, nor the other way round."""
    holder = Holder()
    await believed(proofs(), holder.proof())

    bad = holder.proof(header=holder.header(typ=typ))

    await refused(believed(proofs(), bad), "header_names" if typ is ... else "typ")
    assert await believed(proofs_without("typ", "header_names"), bad)


@pytest.mark.parametrize("alg", ["none", "None", "", "RS256", "HS256", "ES384", "es256", None, 0, ["ES256"], ...])
async def test_a_proof_by_another_algorithm_is_refused(alg: object) -> None:
    """T25: alg none, a key shared with everybody, and what FAPI 2.0 does not take."""
    holder = Holder(make_key("PS256"))
    await believed(proofs(), holder.proof())

    signed = holder.proof(header=holder.header(alg=alg), alg="RS256" if alg == "RS256" else None)
    unsigned = signed.rpartition(".")[0] + "."

    await refused(believed(proofs(), signed), "header_names" if alg is ... else "alg")
    await refused(believed(proofs(), unsigned), "alphabet")
    if alg == "RS256":
        assert await believed(proofs_without("alg"), signed)


async def test_an_algorithm_of_another_kind_of_key_is_refused() -> None:
    """T25."""
    holder, other = Holder(), Holder(make_key("EdDSA"))
    await believed(proofs(), holder.proof())

    await refused(believed(proofs(), holder.proof(header=holder.header(alg="EdDSA"))), "signature")
    await refused(believed(proofs(), holder.proof(header=holder.header(alg="PS256"))), "signature")
    await refused(believed(proofs(), holder.proof(header=holder.header(jwk=other.jwk))), "signature")


async def test_a_proof_under_the_name_of_somebody_elses_key_is_refused() -> None:
    """T25: a public key is no secret; only its holder can sign."""
    victim, thief = Holder(), Holder()
    await believed(proofs(), victim.proof())

    forged = thief.proof(header=victim.header())

    await refused(believed(proofs(), forged), "signature")
    assert await believed(proofs(read_key=lambda _: read_jwk(thief.jwk)), forged) == victim.jkt


async def test_a_proof_that_shows_its_private_key_is_refused() -> None:
    """T25: that key is everybody's now."""
    holder = Holder()
    await believed(proofs(), holder.proof())
    secret = holder.key.private.private_numbers().private_value.to_bytes(32, "big")

    bad = holder.proof(header=holder.header(jwk=holder.jwk | {"d": secret.hex()}))

    await refused(believed(proofs(), bad), "jwk_not_public")
    assert await believed(proofs(read_key=_whatever_it_shows), bad)


def _whatever_it_shows(jwk: object) -> VerifyingKey:
    assert isinstance(jwk, dict)
    return read_jwk({name: value for name, value in jwk.items() if name != "d"})


@pytest.mark.parametrize(
    ("jwk", "reason"),
    [
        ({"kty": "oct", "k": "AAAA"}, "jwk_not_public"),
        ({"kty": "oct"}, "jwk_kty"),
        ({}, "jwk_kty"),
        ("a key", "jwk_not_an_object"),
        (None, "jwk_not_an_object"),
        (["EC"], "jwk_not_an_object"),
        (small_rsa_key().jwk, "jwk_rsa_size"),
        ({"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}, "jwk_numbers"),
        ({"kty": "EC", "crv": "P-384", "x": "A" * 64, "y": "A" * 64}, "jwk_crv"),
        ({"kty": "OKP", "crv": "X25519", "x": "A" * 43}, "jwk_crv"),
        (dict(make_key("ES256").jwk) | {"use": "enc"}, "jwk_use"),
        (..., "header_names"),
    ],
)
async def test_a_key_that_is_unfit_is_refused(jwk: object, reason: str) -> None:
    """T25: the policy for keys is the same wherever keys come from."""
    holder = Holder()
    await believed(proofs(), holder.proof())

    await refused(believed(proofs(), holder.proof(header=holder.header(jwk=jwk))), reason)


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["b64"], "b64": False},
        {"crit": []},
        {"zip": "DEF"},
        {"jku": "http://127.0.0.1:1/keys"},
        {"x5u": "http://127.0.0.1:1/chain"},
        {"x5c": []},
        {"kid": "another"},
    ],
    ids=str,
)
async def test_a_header_that_says_more_is_refused(extra: dict[str, object]) -> None:
    """T25: what nobody here reads must not change what is meant."""
    holder = Holder()
    await believed(proofs(), holder.proof())

    bad = holder.proof(header=holder.header(**extra))

    await refused(believed(proofs(), bad), "header_names")
    assert await believed(proofs_without("header_names"), bad)


@pytest.mark.parametrize("method", ["GET", "post", "Post", "PUT", "POST ", ""])
async def test_a_proof_for_another_method_is_refused(method: str) -> None:
    """T25."""
    holder = Holder()
    await believed(proofs(), holder.proof())

    bad = holder.proof(method)

    await refused(believed(proofs(), bad), "htm")
    assert await believed(proofs_without("htm"), bad)


@pytest.mark.parametrize(
    "url",
    [
        "https://bawaba.example/v1/lookups/real-estate",
        "https://bawaba.example/v1/lookups/traffic-fines/",
        "https://bawaba.example/v1/lookups",
        "http://bawaba.example/v1/lookups/traffic-fines",
        "https://bawaba.example:8443/v1/lookups/traffic-fines",
        "https://other.example/v1/lookups/traffic-fines",
        "https://bawaba.example.other.example/v1/lookups/traffic-fines",
        "https://bawaba.example@other.example/v1/lookups/traffic-fines",
        "https://user@bawaba.example/v1/lookups/traffic-fines",
        "/v1/lookups/traffic-fines",
        "https://bawaba.example/V1/lookups/traffic-fines",
        "https://bawaba.example/v1/lookups/traffic-fines\n",
        "not an address",
        "",
    ],
)
async def test_a_proof_for_another_address_is_refused(url: str) -> None:
    """T25: a proof that another service was shown is worth nothing here."""
    holder = Holder()
    await believed(proofs(), holder.proof())

    bad = holder.proof(url=url)

    await refused(believed(proofs(), bad), "htu")
    assert await believed(proofs_without("htu"), bad)


async def test_an_address_may_be_spelt_as_addresses_may_be() -> None:
    """RFC 9449, 4.3: compared after normalisation, without query and fragment."""
    for url in (
        f"{URL}?a=b#c",
        URL.replace("https://bawaba", "HTTPS://BAWABA"),
        URL.replace(".example", ".example:443"),
    ):
        assert await believed(proofs(), Holder().proof(url=url))


@pytest.mark.parametrize("ath", [..., None, "", 0, TOKEN, "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"])
async def test_a_proof_for_another_token_is_refused(ath: object) -> None:
    """T25: a proof that was made for one token does not serve another."""
    holder = Holder()
    await believed(proofs(), holder.proof(token=TOKEN), token=TOKEN)

    bad = holder.proof(token=TOKEN, ath=ath)

    await refused(believed(proofs(), bad, token=TOKEN), "ath")
    assert await believed(proofs_without("ath"), bad, token=TOKEN)


@pytest.mark.parametrize("skew", [-31, 31, -3600, 3600, -int(NOON) - 1, 10**14 - int(NOON)])
async def test_a_proof_of_another_moment_is_refused_and_the_time_is_told(skew: int) -> None:
    """T25: the nonce that comes with the refusal makes up for a clock that is wrong."""
    holder, checking = Holder(), proofs()
    for good in (-30, 0, 30):
        assert await believed(checking, holder.proof(iat=int(NOON) + good))

    bad = holder.proof(iat=int(NOON) + skew)

    problem = await refused(believed(checking, bad), "iat", "use_dpop_nonce")
    assert await believed(proofs_without("iat"), bad)
    assert await believed(checking, holder.proof(iat=int(NOON) + skew, nonce=problem.facts["nonce"]))


@pytest.mark.parametrize("nonce", ["", "a" * 32, 1, True, [], {}])
async def test_a_nonce_that_is_not_ours_is_refused_though_the_moment_is_right(nonce: object) -> None:
    """T25."""
    holder = Holder()
    await believed(proofs(), holder.proof())

    bad = holder.proof(nonce=nonce)

    await refused(believed(proofs(), bad), "nonce_wrong", "use_dpop_nonce")
    assert await believed(proofs_without("nonce_wrong"), bad)


async def test_a_nonce_is_good_for_ten_minutes_at_most() -> None:
    """T25: a proof made in advance with a nonce of then is of no use later."""
    clock, holder = Clock(NOON - NOON % 300), Holder()
    nonce = Nonces(FINDER, clock).current()
    ahead = [holder.proof(nonce=nonce) for _ in range(3)]
    checking = proofs(clock)

    assert await believed(checking, ahead[0])
    clock.now += 599
    assert await believed(checking, ahead[1])
    clock.now += 1
    await refused(believed(checking, ahead[2]), "nonce_wrong", "use_dpop_nonce")


async def test_where_a_nonce_is_needed_none_is_not_enough() -> None:
    """T25: so that no proof can be made before we are asked."""
    holder, checking = Holder(), proofs(nonces_needed=True)

    problem = await refused(believed(checking, holder.proof()), "nonce_missing", "use_dpop_nonce")

    assert await believed(checking, holder.proof(nonce=problem.facts["nonce"]))
    assert await believed(proofs_without("nonce_missing", nonces_needed=True), holder.proof())


async def test_a_proof_of_another_key_than_the_tokens_is_refused_and_leaves_no_trace() -> None:
    """T25: a stolen token with the thief's own proof."""
    owner, thief, memory = Holder(), Holder(), Memory()
    bound = Confirmation("jkt", owner.jkt)
    checking = proofs(seen=memory)
    await believed(checking, owner.proof(token=TOKEN), token=TOKEN, bound_to=bound)

    bad = thief.proof(token=TOKEN)

    await refused(believed(checking, bad, token=TOKEN, bound_to=bound), "other_key", "invalid_token")
    assert len(memory.kept) == 1
    assert await believed(proofs(), bad, token=TOKEN)


async def test_a_proof_that_comes_again_is_refused_as_long_as_it_would_be_good() -> None:
    """T25."""
    clock, holder, memory = Clock(), Holder(), Memory()
    checking = proofs(clock, seen=memory)
    plain, timed = holder.proof(iat=int(NOON) + 30), holder.proof(nonce=Nonces(FINDER, clock).current())
    for proof in (plain, timed):
        await believed(checking, proof)

    for proof in (plain, timed):
        await refused(believed(checking, proof), "replayed")
        assert await believed(proofs(clock, seen=NoMemory()), proof)

    assert [until - NOON for until in memory.kept.values()] == [61, 601]


async def test_the_same_number_by_another_key_is_no_replay() -> None:
    """T25: or else a stranger could use up the numbers of others."""
    checking = proofs()

    for holder in (Holder(), Holder()):
        assert await believed(checking, holder.proof(jti="same"))


@pytest.mark.parametrize(
    "changes",
    [
        *({name: value} for name in ("jti", "htm", "htu") for value in (..., None, 1, [1], {"a": 1}, True)),
        *({"iat": value} for value in (..., None, "1790000000", True, [1], {"a": 1})),
        {"jti": ""},
        {"jti": "a" * 257},
    ],
    ids=str,
)
async def test_a_proof_that_leaves_something_out_is_refused(changes: dict[str, Any]) -> None:
    """T25."""
    holder = Holder()
    await believed(proofs(), holder.proof(jti="a" * 256))

    await refused(believed(proofs(), holder.proof(**changes)), "types")
