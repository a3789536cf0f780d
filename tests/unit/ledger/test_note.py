"""Promises of signed notes and checkpoints, in the forms of C2SP."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.ledger.checkpoint import Checkpoint, open_checkpoint
from gateway.ledger.merkle import EMPTY_ROOT
from gateway.ledger.note import MOST_SIGNATURES, NoteError, Signer, Verifier, open_note

# The example of Go's sumdb/note, which C2SP's signed-note grew from.
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
NOTE = f"{TEXT}\n— PeterNeumann {SIGNATURE}\n"

SIGNER = Signer("log.example/one", Ed25519PrivateKey.from_private_bytes(bytes(32)))
STRANGER = Signer("log.example/two", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def test_the_published_note_is_believed_under_its_published_key() -> None:
    assert open_note(NOTE, [Verifier.parse(KEY)]) == TEXT


def test_a_verifier_key_is_written_as_it_was_read() -> None:
    assert str(Verifier.parse(KEY)) == KEY
    assert Verifier.parse(str(SIGNER.verifier)) == SIGNER.verifier


def test_a_signed_text_is_given_back() -> None:
    assert open_note(SIGNER.sign("one\n\ntwo\n"), [SIGNER.verifier]) == "one\n\ntwo\n"


def test_a_signature_shows_the_first_four_bytes_of_its_keys_hash() -> None:
    last = SIGNER.sign("one\n").splitlines()[-1]

    assert last.startswith(f"— log.example/one {b64encode(SIGNER.verifier.key_id).decode()[:5]}")


def test_signatures_of_strangers_beside_a_known_one_are_passed_over() -> None:
    theirs = STRANGER.sign("one\n").partition("\n\n")[2]

    assert open_note(SIGNER.sign("one\n") + theirs, [SIGNER.verifier]) == "one\n"


def test_a_note_that_only_a_stranger_signed_is_refused() -> None:
    with pytest.raises(NoteError, match="no key that we know"):
        open_note(STRANGER.sign("one\n"), [SIGNER.verifier])


def test_a_stranger_under_a_known_name_is_not_known() -> None:
    namesake = Signer(SIGNER.name, STRANGER.key)

    with pytest.raises(NoteError, match="no key that we know"):
        open_note(namesake.sign("one\n"), [SIGNER.verifier])


def test_a_failing_signature_of_a_known_key_spoils_the_note_whatever_else_stands_there() -> None:
    good = SIGNER.sign("one\n")
    other = SIGNER.sign("two\n").partition("\n\n")[2]

    with pytest.raises(NoteError, match="not of this text"):
        open_note(good + other, [SIGNER.verifier])


@pytest.mark.parametrize("place", range(0, len(NOTE) - 1, 7))
def test_a_note_changed_in_one_place_is_refused(place: int) -> None:
    changed = NOTE[:place] + chr(ord(NOTE[place]) ^ 1) + NOTE[place + 1 :]

    with pytest.raises(NoteError):
        open_note(changed, [Verifier.parse(KEY)])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        TEXT,
        TEXT + "\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("think", "th\x07ink"),
        NOTE.replace("— ", "- "),
        NOTE.replace("— P", "—  P"),
        NOTE.replace("AM=", "AN="),
        NOTE.replace("AM=", "AM"),
        NOTE.replace(SIGNATURE, "x08g"),
        NOTE + f"— PeterNeumann {SIGNATURE}\n" * MOST_SIGNATURES,
        TEXT * 20_000 + NOTE,
    ],
)
def test_a_malformed_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        open_note(note, [Verifier.parse(KEY)])


@pytest.mark.parametrize(
    "key",
    [
        "",
        "PeterNeumann",
        KEY.replace("c74f20a3", "c74f20a4"),
        KEY.replace("PeterNeumann", "Peter Neumann"),
        KEY.replace("PeterNeumann", ""),
        KEY.replace("+ARpc", "+AhpC"),
        KEY[:-4],
        KEY + "AAAA",
        KEY + "=",
    ],
)
def test_a_malformed_verifier_key_is_refused(key: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(key)


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n", "carriage\r\n"])
def test_a_text_that_cannot_be_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        SIGNER.sign(text)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nbreak", "wide\u3000blank"])
def test_a_name_that_cannot_be_a_keys_is_refused(name: str) -> None:
    with pytest.raises(NoteError):
        Signer(name, SIGNER.key)


def test_a_private_key_is_never_shown() -> None:
    assert "key=" not in repr(SIGNER).replace("key=<cryptography", "", 1) or "private" not in repr(SIGNER).lower()


def test_a_checkpoint_has_three_lines_and_a_signature() -> None:
    note = Checkpoint("log.example/one", 0, EMPTY_ROOT).sign(SIGNER)

    assert note.startswith("log.example/one\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— log.example/one ")


def test_a_checkpoint_is_read_as_it_was_signed() -> None:
    checkpoint = Checkpoint("log.example/one", 20_852_163, bytes(32))

    assert open_checkpoint(checkpoint.sign(SIGNER), [SIGNER.verifier], "log.example/one") == checkpoint


def test_a_checkpoint_of_another_log_is_refused_even_under_the_same_key() -> None:
    note = Checkpoint("log.example/three", 1, bytes(32)).sign(SIGNER)

    with pytest.raises(NoteError, match="another log"):
        open_checkpoint(note, [SIGNER.verifier], "log.example/one")


def test_the_published_example_of_a_checkpoint_is_read() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

    assert Checkpoint.parse(text).size == 20_852_163


def test_extension_lines_are_passed_over() -> None:
    root = b64encode(bytes(32)).decode()

    assert Checkpoint.parse(f"log\n7\n{root}\nmore\n") == Checkpoint("log", 7, bytes(32))


@pytest.mark.parametrize(
    "text",
    [
        "log\n7\n",
        "log\n07\n{root}\n",
        "log\n-1\n{root}\n",
        "log\n٧\n{root}\n",
        "log\n7\n{root}",
        "\n7\n{root}\n",
        "log\n7\n\n",
        "log\n7\nAAAA\n",
        "log\n7\n{root}\n\nmore\n",
        "log\n99999999999999999999\n{root}\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text.format(root=b64encode(bytes(32)).decode()))
