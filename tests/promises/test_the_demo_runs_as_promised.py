"""``bawaba demo`` on its own ports: people and lines that work when pasted, a green check, and nothing left behind."""

import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.door import PERSONAS
from tests.support.house import ROOT
from tests.support.program import Program, all_gone, environment, free_ports, lines_that_begin, run, running

# The public port, the operators', one of cards, then six national systems and as many identity providers.
MOST_PORTS = 20
SERVICES = ("identity-verification", "traffic-fines", "commercial-registration", "pension-contributions")


def arguments(folder: Path) -> list[str]:
    first = free_ports(MOST_PORTS)
    options = {
        "--port": first,
        "--operators-port": first + 1,
        "--card-port": first + 2,
        "--sandbox-port": first + 3,
        "--provider-port": first + 11,
    }
    named = [str(word) for option in options.items() for word in option]
    return ["demo", "--folder", str(folder / "demo"), *named]


def said_at_start(program: Program) -> str:
    """What the demo prints, up to its last line."""
    lines = []
    assert program.process.stdout
    for line in program.process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            return "".join(lines)
    raise AssertionError(f"it ended: {lines} {program.lines}")


@pytest.mark.slow
def test_the_demo_introduces_people_and_lines_that_work_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with running(*arguments(tmp_path)) as program:
        said = said_at_start(program)

        assert all(persona in said for persona in PERSONAS)
        tokens = re.findall(r"^\s+(eyJ[\w.-]+)$", said, re.MULTILINE)
        assert len(set(tokens)) == len(PERSONAS) == 7
        lines = lines_that_begin(said, "curl ")
        assert len(lines) == 3
        fines, identities, checkpoint = [pasted(line) for line in lines]
        assert {answer["country"] for answer in json.loads(fines)["answers"]} == {"BH", "KW", "OM", "QA", "SA", "AE"}
        assert [answer["status"] for answer in json.loads(identities)["answers"]] == ["ok", "ok"]
        assert checkpoint.startswith("bawaba.example/demo\n")

        (invitation,) = re.findall(r"Operate (http://localhost:\S+)", said)
        console = pasted(f"curl -sS -H 'Accept-Language: en' {invitation}")
        assert "You are invited to operate Bawaba" in console
        assert "Choose whom to sign in as" in pasted(f"curl -sSL {login_of(invitation)}")

        (join, invite) = re.findall(r"Join +(http://\S+/docs/join)  ·  (bawaba agency invite FILE)", said)[0]
        assert "Join in thirty minutes" in pasted(f"curl -sS -H 'Accept-Language: en' {join}")
        assert invited(invite, tmp_path / "demo/gateway.toml").startswith("http")
        assert "ports 7301 to 7308" in said

        children = program.children()
        assert len(children) >= 2
        began = time.monotonic()
        program.process.send_signal(signal.SIGINT)
        program.process.wait(30)

        assert program.process.returncode in (0, 130)
        assert all_gone(children)
        assert time.monotonic() - began < 20
    log = (tmp_path / "demo" / "demo.log").read_text("utf-8")
    assert "Traceback" not in log
    assert not any(token in log for token in tokens)


def invited(command: str, config: Path) -> str:
    """The address that the printed command makes for the agency that operators read of in their page."""
    page = (ROOT / "docs/operators.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(agency = .*?)```", page, re.DOTALL)
    file = config.with_name("fisheries.toml")
    file.write_text(example, "utf-8")
    words = [str(file) if word == "FILE" else word for word in command.split()[1:]]
    code, said, complaint = run(*words, "--config", str(config))
    assert (code, complaint) == (0, "")
    found: list[str] = re.findall(r"http\S+/agency/join\S+", said)
    (address,) = found
    return address


def login_of(invitation: str) -> str:
    """Where the invitation's page leads."""
    console, _, secret = invitation.partition("/invitation/")
    return f"{console}/auth/login?invitation={secret}"


def pasted(line: str) -> str:
    """What a line gives in a shell."""
    done = subprocess.run(
        ["bash", "-c", line], env=environment(), capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


@pytest.mark.slow
def test_the_check_of_the_demo_is_green_over_all_implementations(tmp_path: Path) -> None:
    code, said, complaint = run(*arguments(tmp_path), "--check")

    assert (code, complaint) == (0, ""), said
    rows = [line for line in said.splitlines() if any(f" {service} " in line for service in SERVICES)]
    assert len(rows) == 24
    assert all(re.search(r" ok .*[0-9a-f]{32}", row) for row in rows), said
    assert "24 of 24 implementations answered rightly." in said


def test_a_port_that_is_taken_is_named_before_anything_starts(tmp_path: Path) -> None:
    wanted = arguments(tmp_path)
    with running(*wanted) as first:
        said_at_start(first)

        code, said, complaint = run(*wanted)

        assert (code, said) == (2, "")
        assert re.fullmatch(r"bawaba: port [0-9]+: is taken; .*\n", complaint)


@pytest.mark.slow
def test_a_demo_that_is_killed_leaves_nothing_behind_either(tmp_path: Path) -> None:
    with running(*arguments(tmp_path)) as program:
        said_at_start(program)
        children = program.children()

        program.process.kill()
        program.process.wait(20)

        assert all_gone(children)
