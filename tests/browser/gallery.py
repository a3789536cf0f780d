"""Every page that the gateway shows, each with the steps that lead somebody to it."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qs, urlsplit

from tests.browser.walker import Walker
from tests.support.entrance import PEOPLE, Entrance

PROVIDERS = ("bh-ekey", "kw-mobile-id", "om-pki", "qa-nas", "sa-nafath", "ae-uaepass", "gcc-card")
ON = "main form button"
LINK = "form[action='/account/link'] button"
Steps = Callable[[Walker, Entrance], Awaitable[None]]


def at(path: str) -> Steps:
    """A page that an address alone leads to."""

    async def go(someone: Walker, gate: Entrance) -> None:
        await someone.page.goto(f"{gate.url}{path}")

    return go


async def sent_by_another_site(someone: Walker, gate: Entrance) -> None:
    link = f"<a href='{gate.url}/auth/login/bh-ekey?return_to=/docs'>win</a>"
    await someone.page.goto(f"data:text/html,{link}")
    await someone.press("a")
    await someone.page.wait_for_url(f"{gate.url}/auth/login/bh-ekey?return_to=/docs")


async def number_asked_for(someone: Walker, gate: Entrance) -> None:
    await at("/auth/login/sa-nafath")(someone, gate)


async def number_refused(someone: Walker, gate: Entrance) -> None:
    await number_asked_for(someone, gate)
    await someone.type("#identifier", "1084260289")
    await someone.press(ON)
    await someone.page.wait_for_selector("[role=alert]")


async def waiting_with_a_number(someone: Walker, gate: Entrance) -> None:
    await number_asked_for(someone, gate)
    await wait_for(someone, PEOPLE["saudi-citizen"].identifiers[0][1])


async def waiting_for_a_yes(someone: Walker, gate: Entrance) -> None:
    await at("/auth/login/kw-mobile-id")(someone, gate)
    await wait_for(someone, PEOPLE["kuwaiti-citizen"].identifiers[0][1])


async def wait_for(someone: Walker, number: str) -> None:
    await someone.type("#identifier", number)
    await someone.press(ON)
    await someone.page.wait_for_url("**/auth/wait/*")


async def account(someone: Walker, gate: Entrance) -> None:
    await at("/auth/login/bh-ekey?return_to=/account")(someone, gate)
    await someone.press("button[value='resident']")
    await someone.page.wait_for_url(f"{gate.url}/account")


async def about_to_link(someone: Walker, gate: Entrance, provider: str = "gcc-card") -> None:
    await account(someone, gate)
    await someone.page.select_option("#provider", provider)
    await someone.press(LINK)
    await someone.page.wait_for_selector("main a.button")


async def full_account(someone: Walker, gate: Entrance) -> None:
    """Two identities, and the session of another browser."""
    await account(someone, gate)
    await someone.page.context.clear_cookies()
    await about_to_link(someone, gate)
    await someone.press("main a.button")
    await someone.press("button[value='resident']")
    await someone.page.wait_for_url(f"{gate.url}/account")


async def declined(someone: Walker, gate: Entrance) -> None:
    await at("/auth/login/ae-uaepass")(someone, gate)
    await someone.press("button[value='decline']")
    await someone.page.wait_for_url(f"{gate.url}/**")


async def without_a_card(someone: Walker, gate: Entrance) -> None:
    await at("/auth/login/om-pki")(someone, gate)
    state = parse_qs(urlsplit(someone.page.url).query)["state"][0]
    await at(f"/auth/callback/om-pki?state={state}")(someone, gate)


async def somebody_elses(someone: Walker, gate: Entrance) -> None:
    await at("/auth/login/ae-uaepass")(someone, gate)
    await someone.press("button[value='emirati-citizen']")
    await someone.page.wait_for_url(f"{gate.url}/account")
    await about_to_link(someone, gate, "ae-uaepass")
    await someone.press("main a.button")
    await someone.press("button[value='emirati-citizen']")
    await someone.page.wait_for_url(f"{gate.url}/**")


async def leaving(someone: Walker, gate: Entrance) -> None:
    await account(someone, gate)
    await someone.page.goto(f"{gate.url}/oauth/logout")


async def out_of_date_form(someone: Walker, gate: Entrance) -> None:
    await account(someone, gate)
    await someone.page.context.clear_cookies(name="__Host-browser")
    await someone.press(LINK)
    await someone.page.wait_for_url(f"{gate.url}/account/link")


GALLERY: Mapping[str, Steps] = {
    "home": at("/"),
    "docs": at("/docs"),
    "docs-problems": at("/docs/problems"),
    "docs-schema": at("/docs/schema"),
    "docs-join": at("/docs/join"),
    "signin": at("/signin"),
    "signin-level": at("/signin?level=high&return_to=/docs"),
    "sent-here": sent_by_another_site,
    "identify": number_asked_for,
    "identify-refused": number_refused,
    "wait-number": waiting_with_a_number,
    "wait-yes": waiting_for_a_yes,
    "post": at("/auth/login/qa-nas"),
    "go": about_to_link,
    "account": account,
    "account-full": full_account,
    "logout": leaving,
    "not-found": at("/nowhere"),
    "unknown-provider": at("/auth/login/nobody"),
    "spent": at("/auth/callback/bh-ekey?state=x"),
    "declined": declined,
    "no-card": without_a_card,
    "taken": somebody_elses,
    "form-expired": out_of_date_form,
}
