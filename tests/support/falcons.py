"""A house whose catalogue has, beside the shipped services, two that are only listed; both are invented."""

import re
from pathlib import Path
from typing import Any

from tests.support.definitions import PAGE
from tests.support.house import ROOT, generous

_BODY = f"""[[authorities]]
country = "BH"
agency = "bh-falcons"
participation = "sandbox"
page = "{PAGE}"
name = {{ ar = "هيئة الصقور", en = "Falcon Authority" }}

"""
_NAMES = {
    "falcon-passport": ("traffic-fines", "جواز سفر الصقر", "Falcon passport"),
    "falcon-licence": ("branch-registration", "رخصة صيد بالصقور", "Licence to hunt with falcons"),
}


def falconry(folder: Path) -> dict[str, Any]:
    """The settings' paths, to a folder of services and to a policy that knows them."""
    services = folder / "services"
    services.mkdir()
    for shipped in (ROOT / "config/services").glob("*.toml"):
        (services / shipped.name).write_bytes(shipped.read_bytes())
    for service, (like, ar, en) in _NAMES.items():
        text = (ROOT / f"config/services/{like}.toml").read_text("utf-8")
        text = text.replace(f'id = "{like}"', f'id = "{service}"', 1)
        text = re.sub(r"\nname = \{.*\}\n", f'\nname = {{ ar = "{ar}", en = "{en}" }}\n', text, count=1)
        text = re.sub(r"\[\[authorities\]\]\n.*?(?=\[\[attachments|\[inputs\])", "", text, flags=re.DOTALL)
        text = text.replace("[[legal_basis]]", f"{_BODY}[[legal_basis]]", 1)
        (services / f"{service}.toml").write_text(text, "utf-8")
    rules_folder = folder / "rules"
    rules_folder.mkdir()
    # Not beside the services, and not where the house writes its own.
    policy = generous(rules_folder)
    rules = "".join(_rule(policy, service, like) for service, (like, _, _) in _NAMES.items())
    policy.write_text(policy.read_text("utf-8") + rules, "utf-8")
    return {"services": services, "policy": policy, "providers": ROOT / "config/providers"}


def _rule(policy: Path, service: str, like: str) -> str:
    found = re.search(rf"\[services\.{like}\]\n(.*?)\n\n", policy.read_text("utf-8"), flags=re.DOTALL)
    if found is None:
        raise LookupError(like)
    return f"\n[services.{service}]\n{found[1]}\n"
