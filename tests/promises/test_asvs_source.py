"""What the source itself must not do, read from the source: no text becomes a program, a query, a command or a key."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.check.source import Module, modules

ROOT = Path(__file__).parents[2]
# Stand-ins of national systems are no part of what serves people.
SOURCE = tuple(
    module
    for module in modules(ROOT, "gateway", "adapters")
    if not any(part.startswith("sandbox") for part in module.path.parts)
)
STRINGS = re.compile(r"secrets|randomness")
PATTERNS = frozenset({"compile", "fullmatch", "match", "search", "sub", "split", "findall", "finditer"})
# Patterns that are made when a file is loaded, of words of ours or of words that are escaped.
MADE_PATTERNS = {
    "gateway/adapter_host/door.py": "paths of our own",
    "gateway/agencies/invitations.py": "the code of a state",
    "gateway/field_map/formats.py": "each token is escaped",
    "gateway/identity/pkcs11_keys.py": "the name is escaped",
    "gateway/kit/rules_sandbox.py": "headings of our own",
    "gateway/oauth/scopes.py": "kinds of our own",
    "gateway/schema/digits.py": "marks of our own",
}
# Names of things, which give nothing to who knows them; secrets have 16 bytes or more.
NAMES = {
    "gateway/agencies/mandates.py": 12,
    "gateway/agencies/members.py": 12,
    "gateway/applications/collecting.py": 8,
    "gateway/applications/exchange.py": 8,
    "gateway/applications/facade.py": 10,
    "gateway/applications/outbox.py": 8,
    "gateway/cli/agencies.py": 8,
    "gateway/cli/operators.py": 8,
    "gateway/identity/operators/accounts.py": 12,
    "gateway/kit/afar.py": 4,
    "gateway/notices/postman.py": 8,
}


@cache
def calls() -> tuple[tuple[Module, ast.Call, str], ...]:
    """Each call, with the name of what is called as the source spells it."""
    return tuple(
        (module, node, ast.unparse(node.func))
        for module in SOURCE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
    )


@cache
def imported() -> tuple[tuple[Module, str], ...]:
    """Each module, and each name of one, that is imported; what is near is left out."""
    return tuple((module, name) for module in SOURCE for node in ast.walk(module.tree) for name in _names(node))


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_of(*roots: str) -> list[str]:
    return [f"{module.path}: {name}" for module, name in imported() if name.split(".")[0] in roots]


def unlike_a_constant(node: ast.expr) -> bool:
    return not isinstance(node, ast.Constant)


def test_there_is_source_to_read() -> None:
    assert len(SOURCE) > 200
    assert len(calls()) > 5_000


def test_no_statement_is_put_together_of_text() -> None:
    users = {module.path for module, name in imported() if name in ("sqlalchemy.text", "sqlalchemy")}
    raw = [
        f"{module.path}:{node.lineno}"
        for module, node, name in calls()
        if (name in ("text", "sa.text") and module.path in users)
        or name.endswith(("exec_driver_sql", "literal_column"))
        if not node.args or unlike_a_constant(node.args[0])
    ]

    # The settings of a connection to SQLite, one by one of a list of our own.
    assert len(users) > 10
    assert [place.partition(":")[0] for place in raw] == ["gateway/storage/engine.py"]


def test_nothing_is_run_by_a_shell() -> None:
    runs = [
        f"{module.path}:{node.lineno}"
        for module, node, name in calls()
        if name in ("os.system", "os.popen") or any(word.arg == "shell" for word in node.keywords)
    ]

    assert runs == []
    # The demo starts the gateway itself, by a list of words that is written there; nothing that serves starts anything.
    assert {place.partition(":")[0] for place in imports_of("subprocess", "pty", "commands")} == {"gateway/cli/demo.py"}


def test_no_text_is_run_as_a_program() -> None:
    run = [f"{module.path}:{node.lineno}" for module, node, name in calls() if name in ("eval", "exec", "__import__")]

    assert run == []
    assert imports_of("pickle", "marshal", "shelve", "dill", "yaml", "jsonpickle", "code", "codeop", "joblib") == []


def test_no_language_is_spoken_that_would_need_an_escape_of_its_own() -> None:
    """Neither LDAP, LaTeX nor memcache is spoken, no XPath is made of text, no WebSocket or GraphQL is served."""
    spoken = {
        str(module.path)
        for module, node, name in calls()
        if name.endswith((".xpath", "XPath", "ETXPath", "XSLT", "WebSocketResponse", "EventSourceResponse"))
        if not node.args or unlike_a_constant(node.args[0])
    }

    # One that counts levels, made of their number alone.
    assert spoken == {"gateway/sdk/xml_reader.py"}
    assert imports_of("ldap", "ldap3", "pymemcache", "memcache", "pylatex", "graphql", "strawberry", "websockets") == []


def test_no_pattern_is_put_together_of_input() -> None:
    made = {
        str(module.path)
        for module, node, name in calls()
        if name in {f"re.{verb}" for verb in PATTERNS} and unlike_a_constant(node.args[0])
    }

    assert made == MADE_PATTERNS.keys()


def test_no_code_of_ours_handles_memory_by_hand() -> None:
    native = [
        path for folder in ("gateway", "adapters") for path in (ROOT / folder).rglob("*.[ch]*") if path.suffix != ".css"
    ]

    assert imports_of("ctypes", "cffi", "mmap") == []
    assert [path for path in native if path.suffix in (".c", ".h", ".cc", ".cpp", ".hpp")] == []


def test_no_cipher_is_of_our_own() -> None:
    """AES by GCM from one library, and no other cipher, mode or padding: nothing is encrypted by anything else."""
    ciphers = {name for _, name in imported() if ".ciphers" in name or name.endswith((".OAEP", ".Fernet"))}
    by_rsa = [
        str(module.path)
        for module, node, name in calls()
        if name.endswith((".encrypt", ".decrypt")) and "cipher" not in name
    ]

    assert ciphers == {"cryptography.hazmat.primitives.ciphers.aead.AESGCM"}
    assert imports_of("Crypto", "Cryptodome", "nacl", "rsa", "ecdsa", "pyaes") == []
    # What a browser's push service carries is sealed by RFC 8188, which is AES by GCM as well.
    assert set(by_rsa) <= {"gateway/notices/push.py"}


def test_a_broken_hash_stands_only_where_a_standard_demands_it() -> None:
    named = {
        (str(module.path), name.rpartition(".")[2].lower())
        for module, name in (
            *imported(),
            *((module, name) for module, _, name in calls() if name.startswith(("hashlib.", "hashes."))),
        )
        if re.fullmatch(r"md4|md5|sha_?1|ripemd\w*", name.rpartition(".")[2], re.IGNORECASE)
    }

    # Authenticator apps know no other: RFC 6238, where the strength is that of HMAC.
    assert named == {("gateway/identity/operators/totp.py", "sha1")}


def test_secrets_are_long_and_drawn_from_the_system() -> None:
    drawn = [
        (str(module.path), _bytes(module, node.args[0]) if node.args else 32)
        for module, node, name in calls()
        if STRINGS.search(name) and name.rpartition(".")[2] in ("token_bytes", "token_hex", "token_urlsafe")
    ]
    short = {(place, length) for place, length in drawn if length < 16}

    assert len(drawn) > 20
    assert short == set(NAMES.items())
    # How long a pause is, which nobody is to be kept from guessing.
    assert {place.partition(":")[0] for place in imports_of("random")} == {
        "gateway/applications/settling.py",
        "gateway/resilience/retry.py",
    }


def _bytes(module: Module, node: ast.expr) -> int:
    if isinstance(node, ast.Constant):
        return int(node.value)  # type: ignore[arg-type]
    assert isinstance(node, ast.Name)
    return int(getattr(importlib.import_module(module.name), node.id))


def test_nothing_runs_in_a_debug_mode() -> None:
    debugging = [
        f"{module.path}:{node.lineno}"
        for module, node, name in calls()
        if name.endswith((".set_debug", "breakpoint", "set_trace"))
        or any(word.arg in ("debug", "echo") and ast.unparse(word.value) != "False" for word in node.keywords)
    ]
    image = (ROOT / "Dockerfile").read_text("utf-8") + (ROOT / "docker-compose.yml").read_text("utf-8")

    assert debugging == []
    assert not re.search(r"PYTHONASYNCIODEBUG|PYTHONDEVMODE|DEBUG", image)


def test_logs_go_to_standard_error_alone() -> None:
    elsewhere = [
        f"{module.path}:{node.lineno}"
        for module, node, name in calls()
        if re.search(r"(File|Socket|SysLog|HTTP|SMTP|Datagram|Memory|Rotating\w*)Handler$|\bFileConfig$", name)
    ]

    assert elsewhere == []
    assert imports_of("syslog", "sentry_sdk", "logging_loki") == []


def test_every_cookie_is_secure_and_of_the_whole_of_one_host() -> None:
    """What the prefix ``__Host-`` asks of a cookie (RFC 6265bis, 4.1.3.2); browsers drop it else."""
    given = [(module, node) for module, node, name in calls() if name.endswith((".set_cookie", ".del_cookie"))]
    loose = []
    for module, node in given:
        how = {each.arg: ast.unparse(each.value) for each in node.keywords}
        confined = how.get("secure") == how.get("httponly") == "True" and how.get("path") == "'/'"
        if not confined or "samesite" not in how or "domain" in how:
            loose.append(f"{module.name}:{node.lineno}")

    assert len(given) > 5
    assert loose == []


def test_who_asks_is_told_by_one_function_alone() -> None:
    """The connection's own address is a proxy's where one stands before us; limits by it would be everybody's."""
    asked = {
        module.path.as_posix()
        for module in SOURCE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr == "remote" and ast.unparse(node.value).endswith("request")
    }

    assert asked == {"gateway/web/address.py", "gateway/web/signin/client_cert.py"}


def test_templates_escape_what_they_show() -> None:
    """``safe`` stands behind text that is written in the template itself, and nowhere else."""
    templates = sorted((ROOT / "gateway/web/pages/templates").rglob("*.html"))
    marked = [
        (path.name, match.group(0))
        for path in templates
        for match in re.finditer(r"(\"[^\"{}]*\")?\s*\|\s*safe\b|autoescape", path.read_text("utf-8"))
        if not match.group(1)
    ]

    assert len(templates) > 20
    assert marked == []


@pytest.mark.parametrize(
    "word",
    [
        *("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", 'setTimeout("'),
        *("localStorage", "sessionStorage", "indexedDB", "document.cookie", "caches."),
        *("onmessage", '"message"', "postMessage", "WebSocket", "EventSource", "importScripts", "__proto__", "http:"),
    ],
)
def test_the_one_script_writes_no_markup_keeps_nothing_and_hears_nobody(word: str) -> None:
    (script,) = (ROOT / "gateway").rglob("*.js")

    assert script.name == "passkey.js"
    assert word not in script.read_text("utf-8")
