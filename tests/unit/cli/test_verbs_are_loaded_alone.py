"""A command loads its own verbs alone, and has all of them."""

from collections.abc import Iterator

import pytest
from typer import Typer

from gateway.cli import MODULES, app, load_verbs
from tests.support.program import run


def verbs(typer: Typer, words: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Each command with the module that it is in."""
    for command in typer.registered_commands:
        assert command.callback is not None
        yield " ".join((*words, command.name or command.callback.__name__)), command.callback.__module__
    for group in typer.registered_groups:
        assert group.typer_instance is not None
        yield from verbs(group.typer_instance, (*words, str(group.name)))


def test_every_command_is_in_a_module_that_its_first_word_loads() -> None:
    load_verbs()

    found = list(verbs(app))

    assert len(found) > 30
    for command, module in found:
        begun = [words for words in MODULES if f"{command} ".startswith(f"{words} ")]
        assert begun, command
        assert all(module.removeprefix("gateway.cli.") in MODULES[words] for words in begun), command
    assert {module.removeprefix("gateway.cli.") for _, module in found} == set().union(*MODULES.values())


@pytest.mark.parametrize(
    ("arguments", "named"),
    [((), ("serve", "demo", "ledger", "adapter", "keys")), (("adapter", "--help"), ("serve", "check", "new", "try"))],
)
def test_help_names_all_that_there_is(arguments: tuple[str, ...], named: tuple[str, ...]) -> None:
    _, said, complaint = run(*arguments)

    assert all(f" {word} " in said + complaint for word in named)
